"""Our own check of the sidebar app: every rule of facts/zendesk-app.md, with file and key."""

from typing import Any

import pytest

from bot.manifest_file import manifests_folder
from bot.zendesk.app_check import app_problems
from bot.zendesk.app_package import read_app
from tests.zendesk.app_folder import PARAMETERS, app_files, png, translation

BACKEND, SECRET = PARAMETERS


def problems(files: dict[str, bytes | None] | None = None, **changes: Any) -> list[str]:
    return list(app_problems(app_files(files, **changes)))


def sidebar(**options: Any) -> dict[str, Any]:
    return {"support": {"ticket_sidebar": {"url": "assets/index.html", **options}}}


def test_a_good_app_has_no_problems() -> None:
    assert problems() == []


def test_our_own_app_has_no_problems() -> None:
    assert app_problems(read_app(manifests_folder() / "app").files) == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"frameworkVersion": "2.1"}, "manifest.json: frameworkVersion: '2.1'"),
        ({"frameworkVersion": 2.0}, "frameworkVersion"),
        ({"frameworkVersion": None}, "manifest.json: frameworkVersion: is missing"),
        ({"author": None}, "manifest.json: author: is missing"),
        ({"author": {"name": "x", "email": "y", "url": ""}}, "author.url: ''"),
        ({"author": {"name": "x"}}, "author.email: is missing"),
        ({"author": "somebody"}, "author: must be an object"),
        ({"defaultLocale": None}, "defaultLocale: is missing"),
        ({"location": None}, "location: is missing"),
        ({"version": ""}, "version: is missing"),
        ({"version": 1.0}, "version: must be a text"),
        ({"termsConditionsURL": 1}, "termsConditionsURL: must be a text"),
        ({"experiments": {"newCssCompiler": True}}, "experiments: are for Zendesk's own"),
        ({"privat": True}, "privat: is not a property"),
        ({"private": "yes"}, "private: must be true or false"),
        ({"location": {"desk": {}}}, "location.desk: is no product"),
        ({"location": {"support": {"ticket_side": {}}}}, "ticket_side: is no place"),
        ({"location": sidebar(flexible="yes")}, "ticket_sidebar.flexible: must be true or false"),
        ({"location": sidebar(width=3)}, "ticket_sidebar.width: is not an option"),
        ({"location": sidebar(url="assets/no.html")}, "'assets/no.html' is neither a file"),
        ({"location": sidebar(url="http://bot.example.com/")}, "neither a file of the package"),
        ({"location": sidebar(url="index.html")}, "name a file under assets/"),
        ({"domainWhitelist": None}, "domainWhitelist: is missing"),
        ({"domainWhitelist": "bot.example.com"}, "domainWhitelist: must be an array"),
        ({"domainWhitelist": ["https://bot.example.com/x"]}, "is not a bare host"),
    ],
)
def test_a_wrong_manifest_is_named_by_its_key(changes: dict[str, Any], says: str) -> None:
    assert says in "\n".join(problems(**changes))


@pytest.mark.parametrize(
    "url", ["assets/index.html?v=1", "https://bot.example.com/app", "http://localhost:4567/x",
            "{{setting.host}}/app"]
)  # fmt: skip
def test_what_zendesk_can_reach_is_a_good_location(url: str) -> None:
    assert problems(location=sidebar(url=url)) == []


@pytest.mark.parametrize(
    ("parameter", "says"),
    [
        ({"name": "plan", "type": "select"}, "parameters.plan.type: 'select' is refused"),
        ({"name": "name"}, "may not be called `name`"),
        ({"name": "x", "type": "hidden", "required": True}, "cannot be required"),
        ({"name": "x", "type": "hidden", "default": "1"}, "x.default: would stand in the package"),
        ({**SECRET, "name": "x", "default": "1"}, "x.default"),
        ({"name": "x", "scopes": ["header"]}, "only a secure parameter has scopes"),
        ({"name": "x", "secure": True}, "x.scopes: are missing"),
        ({**SECRET, "name": "x", "scopes": ["cookie"]}, "cookie is unknown"),
        ({"name": "ApiTokens"}, "ApiTokens.secure: a parameter of this name"),
        ({"name": "token"}, "token.secure: a parameter of this name must be secure"),
        ({"name": "x", "lable": "y"}, "x.lable: is not a key"),
        ({"name": "x", "required": 1}, "x.required: must be true or false"),
        ({"name": "x", "type": "oauth", "secure": True}, "an oauth parameter is never secure"),
        ({"type": "text"}, ".name: is missing"),
        ("plan", "parameters[2]: must be an object"),
        (BACKEND, "parameters.backend: is there twice"),
    ],
)
def test_a_wrong_parameter_is_named(parameter: Any, says: str) -> None:
    assert says in "\n".join(problems(parameters=[*PARAMETERS, parameter]))


def test_oauth_needs_its_four_keys_and_one_parameter() -> None:
    two = [{"name": "a", "type": "oauth"}, {"name": "b", "type": "oauth"}]

    assert "oauth.client_secret: is missing" in "\n".join(problems(oauth={"client_id": "x"}))
    assert "needs a parameter of type oauth" in "\n".join(problems(oauth={"client_id": "x"}))
    assert "only one oauth parameter" in "\n".join(problems(parameters=two))


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"assets/check.sh": b"echo"}, "assets/check.sh: Zendesk refuses .sh files"),
        ({"assets/check.txt": b"#!/bin/sh\n"}, "assets/check.txt: is a script"),
        ({"assets/a.dat": b"PK\x03\x04x"}, "a zip, jar or office file"),
        ({"assets/a.svg": b"%PDF-1.7"}, "is a PDF"),
        ({"assets/a.PDF": b"x"}, "refuses .pdf"),
        ({"assets/a.wav": b"RIFF0000AVI LIST"}, "is an avi"),
        ({"assets/logo.png": None}, "assets/logo.png: is missing: a PNG of 320 x 320"),
        ({"assets/logo.png": png(300, 320)}, "assets/logo.png: is 300 x 320"),
        ({"assets/logo-small.png": b"GIF89a"}, "assets/logo-small.png: is not a PNG"),
        ({"assets/banner.png": png(830, 201)}, "assets/banner.png: must be a PNG of 830 x 200"),
        ({"assets/a.js": b"fetch('http://x.example')"}, "assets/a.js: names http://x…"),
        ({"requirements.json": b"{}"}, "requirements.json"),
        ({"manifest.json": b"{"}, "manifest.json: is not JSON"),
        ({"manifest.json": b'{"version": "1", "version": "2"}'}, "version is there twice"),
        ({"manifest.json": b"[]"}, "manifest.json: must be a JSON object"),
        ({"manifest.json": None}, "manifest.json: is missing"),
    ],
)
def test_a_wrong_file_is_named(files: dict[str, bytes | None], says: str) -> None:
    assert says in "\n".join(problems(files))


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"translations/en.json": None}, "translations/en.json: is missing"),
        ({"translations/en_US.json": translation()}, "translations/en_US.json: is not named"),
        ({"translations/zh-Hans.json": translation()}, "translations/zh-Hans.json: is not named"),
        ({"translations/notes.txt": b"{}"}, "translations/notes.txt: is not named"),
        ({"translations/de.json": b"{"}, "translations/de.json: is not JSON"),
        ({"translations/de.json": b"[]"}, "translations/de.json: app: is missing"),
        ({"translations/de.json": translation(name="")}, "de.json: app.name: is missing"),
        ({"translations/de.json": translation(short_description="x" * 81)}, "81 characters"),
        ({"translations/de.json": translation(parameters={})}, "backend.label: is missing"),
        (
            {"translations/de.json": translation(parameters={"gone": {"label": "x"}})},
            "app.parameters.gone: the manifest has no such parameter",
        ),
    ],
)
def test_a_wrong_translation_is_named(files: dict[str, bytes | None], says: str) -> None:
    assert says in "\n".join(problems(files))


@pytest.mark.parametrize("locale", ["pt-BR", "es-419", "fil", "de"])
def test_locales_that_zendesk_takes_are_taken(locale: str) -> None:
    assert problems({f"translations/{locale}.json": translation()}) == []


def test_a_public_app_needs_more_words() -> None:
    found = "\n".join(problems(private=False))

    assert "app.long_description: is missing" in found
    assert "app.installation_instructions: is missing" in found


def test_a_secret_of_ours_in_a_file_is_found() -> None:
    files = app_files({"assets/config.js": b"const s = 'k7-very-secret-value';"})

    found = app_problems(files, ("k7-very-secret-value", ""))

    assert len(found) == 1
    assert found[0].startswith("assets/config.js: holds a secret")
    assert "k7-very-secret-value" not in found[0]


def test_a_word_that_a_test_account_calls_its_secret_stands_in_every_app() -> None:
    assert app_problems(app_files(), ("secret", "s")) == ()
