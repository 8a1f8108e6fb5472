"""The app's package keeps Zendesk's rules, our sizes, and what was built from where."""

import io
import json
import re
import struct
import zipfile
from html import unescape
from pathlib import Path
from typing import Any, get_args

import pytest

from bot.runbook import book
from scripts import app_build, app_fit, app_words
from scripts.app_logo import logo

APP = Path(__file__).parents[3] / "manifests" / "app"
ASSETS = APP / "assets"
SOURCE = APP.parents[1] / "scripts" / "sidebar"
MANIFEST: dict[str, Any] = json.loads((APP / "manifest.json").read_text("utf-8"))
FILES = [path for path in APP.rglob("*") if path.is_file()]
BANNED = {"zip", "gzip", "gz", "rar", "7z", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx",
          "odt", "bin", "sh", "csh", "jar", "mp3", "mpeg", "avi", "bz", "bz2"}  # fmt: skip


def packed() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as package:
        for path in FILES:
            package.write(path, path.relative_to(APP))
    return whole.getvalue()


def strings(locale: str) -> dict[str, str]:
    return app_words.languages()[locale]


def test_the_manifest_is_one_of_a_private_sidebar_app() -> None:
    sidebar = MANIFEST["location"]["support"]["ticket_sidebar"]

    assert MANIFEST["frameworkVersion"] == "2.0"
    assert MANIFEST["private"] is True
    assert (APP / sidebar["url"]).is_file()
    assert sidebar["flexible"] is True
    assert (APP / "translations" / f"{MANIFEST['defaultLocale']}.json").is_file()
    assert MANIFEST["author"].keys() <= {"name", "email", "url"}
    assert MANIFEST["author"].get("url", "https://") != ""
    assert isinstance(MANIFEST["domainWhitelist"], list)


def test_only_the_proxy_can_read_the_shared_secret() -> None:
    parameters = {one["name"]: one for one in MANIFEST["parameters"]}

    assert parameters["shared_secret"]["secure"] is True
    assert parameters["shared_secret"]["scopes"] == ["jwt_secret_key"]
    assert not any("default" in one for one in MANIFEST["parameters"])
    assert all(not re.search("token|key|pwd|password", name) for name in parameters)
    assert parameters.keys() == {"backend", "shared_secret"}


@pytest.mark.parametrize("path", sorted((APP / "translations").glob("*.json")), ids=str)
def test_every_setting_has_a_label_in_every_translation(path: Path) -> None:
    app = json.loads(path.read_text("utf-8"))["app"]

    assert re.fullmatch(r"[a-z]{2,3}(-\w{2,3})?", path.stem)
    assert app["name"]
    assert len(app["short_description"]) <= 80
    for parameter in MANIFEST["parameters"]:
        assert app["parameters"][parameter["name"]]["label"]


def test_no_file_is_of_a_kind_that_zendesk_refuses() -> None:
    assert [path for path in FILES if path.suffix.lstrip(".").lower() in BANNED] == []
    assert [path for path in FILES if path.is_symlink()] == []


def test_no_page_or_script_asks_for_anything_over_plain_http() -> None:
    for path in [*ASSETS.glob("*.js"), *ASSETS.glob("*.html")]:
        assert not re.search(r"\bhttp:", path.read_text("utf-8")), path.name


def test_the_only_address_elsewhere_is_that_of_zendesks_sdk() -> None:
    found = set()
    for path in [*ASSETS.glob("*.js"), *ASSETS.glob("*.html"), *ASSETS.glob("*.css")]:
        code = re.sub(r"<template.*", "", path.read_text("utf-8"), flags=re.DOTALL)
        found |= set(re.findall(r"https://[\w.-]+\.\w+", code))

    assert found == {"https://static.zdassets.com"}


@pytest.mark.parametrize(("name", "size"), [("logo.png", 320), ("logo-small.png", 128)])
def test_a_logo_is_a_square_png_of_the_right_size_and_drawn_by_our_script(
    name: str, size: int
) -> None:
    data = (ASSETS / name).read_bytes()

    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (size, size)
    assert data == logo(size)


def test_the_app_is_small() -> None:
    scripts = sum(path.stat().st_size for path in ASSETS.glob("*.js"))

    assert scripts < 40_000
    assert (ASSETS / "app.css").stat().st_size < 7_500
    assert len(packed()) < 32_000


@pytest.mark.parametrize("name", ["app.js", "app.css"])
def test_what_ships_was_built_from_what_stands_in_sidebar(name: str) -> None:
    first = (ASSETS / name).read_text("utf-8").splitlines()[0]

    assert first == app_build.stamp(name), "run scripts/app"


def test_the_runbook_to_read_is_the_one_of_the_manifests() -> None:
    shipped = (ASSETS / "index.html").read_text("utf-8")

    assert shipped == app_build.page(), "run scripts/app"
    assert (ASSETS / "theme.js").read_text("utf-8") == app_build.bare("theme.js"), "run scripts/app"
    assert "[[ " not in shipped
    assert "DO NOT tick the Cloud Licensing checkbox" in shipped


def test_what_the_app_weighs_keeps_to_its_bounds() -> None:
    weights = {path: path.stat().st_size for path in ASSETS.rglob("*") if path.is_file()}
    scripts = sum(size for path, size in weights.items() if path.suffix == ".js")

    assert scripts < 40 * 1024
    # A longer runbook weighs no more (scripts/app_fit.py); the rest is for words.
    assert sum(weights.values()) < 60_000


def test_a_longer_runbook_is_shortened_with_what_warns_kept_longest() -> None:
    whole = list(app_build.runbook())
    longer = whole + [
        f"#Scenario {n}\n" + "00Look at this. It is so because of that." for n in range(9)
    ]
    once, hard = app_fit.fitted(longer, 5_700), app_fit.fitted(longer * 3, 5_700)

    assert app_fit.fitted(whole, 10**6) == whole
    assert len("\n".join(once).encode()) <= 5_700
    assert len(once) == len(longer)
    assert any("DO NOT tick" in line for line in once)
    assert any("Remove nothing before that is settled." in line for line in once)
    assert len("\n".join(hard).encode()) <= 5_700


def test_who_and_effect_are_the_runbooks_own_words() -> None:
    assert get_args(book.Who) == app_build.DOERS
    assert get_args(book.Effect) == app_build.EFFECTS
    source = (SOURCE / "trouble.js").read_text("utf-8")
    assert f"const DOERS = {json.dumps(app_build.DOERS)};" in source
    assert f"const EFFECTS = {json.dumps(app_build.EFFECTS)};" in source


def test_every_language_ships_as_it_stands_in_the_source() -> None:
    languages = app_words.languages()

    assert {"en", "de"} <= languages.keys()
    for locale in languages.keys() - {"en"}:
        shipped = (ASSETS / "strings" / f"{locale}.txt").read_text("utf-8")
        assert shipped == app_words.language(locale), "run scripts/app"
    assert len(list((ASSETS / "strings").iterdir())) == len(languages) - 1


def test_a_word_fits_into_its_line() -> None:
    languages = app_words.languages().values()
    said = [one for words in languages for pair in words.items() for one in pair]

    assert [one for one in said if re.search(r"[\t\n]", one) or not one] == []


def test_words_cannot_end_the_block_of_the_page_that_holds_them() -> None:
    page = (ASSETS / "index.html").read_text("utf-8")
    blocks = dict(re.findall(r'<template id="(\w+)">(.*?)</template>', page, flags=re.DOTALL))

    assert list(blocks) == ["words", "runbook"]
    assert not any("<" in content for content in blocks.values())
    _, *words = unescape(blocks["words"]).splitlines()
    assert [line.split("\t")[-1] for line in words] == list(strings("en").values())
    assert all(re.match(r"#\w|[012]{2}\S", line) for line in blocks["runbook"].splitlines())


def test_the_page_shows_a_skeleton_before_any_script_runs_and_waits_for_none_from_elsewhere() -> (
    None
):
    page = (ASSETS / "index.html").read_text("utf-8")
    scripts = re.findall(r"<script([^>]*)>", page)

    assert page.index('"app.css"') < page.index('"theme.js"') < page.index('id="skeleton"')
    assert page.index('id="skeleton"') < page.index("<template")
    assert scripts == [
        ' defer blocking="render" src="theme.js"',
        ' defer src="app.js"',
        ' defer src="https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"',
    ]


def test_nothing_stands_in_the_page_that_a_strict_policy_forbids() -> None:
    page = (ASSETS / "index.html").read_text("utf-8")

    assert not re.search(r"<style|\bstyle=|\bon\w+=|javascript:|=.data:", page)
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page) == ["", "", ""]


def test_german_says_everything_that_english_says_with_the_same_holes() -> None:
    english, german = strings("en"), strings("de")

    assert english.keys() <= german.keys()
    own = {key.split(".")[0] for key in german.keys() - english.keys()}
    assert own <= {"mode", "source"}, "words for the bot's ids: manifests/runbook/languages"
    for key, words in english.items():
        assert re.findall(r"\{\w+\}", german[key]) == re.findall(r"\{\w+\}", words), key


def test_every_word_the_source_asks_for_is_there() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SOURCE.glob("*.js"))
    asked = set(re.findall(r'\bt\("([\w.]+)"', source))

    assert len(asked) > 50
    assert asked - strings("en").keys() == set()


def test_every_kind_of_trouble_has_words_and_a_way_out() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SOURCE.glob("*.js"))
    kinds = set(re.findall(r'new Trouble\("(\w+)"', source)) | {
        "auth", "proof", "tag", "off", "forbidden", "ticket", "stale", "input", "busy", "server",
        "timeout", "html", "offline", "unreachable", "setup", "unsaved", "outside", "sdk",
    }  # fmt: skip

    for kind in kinds:
        assert strings("en")[f"trouble.{kind}"]
        assert strings("en")[f"trouble.{kind}.way"]


@pytest.mark.parametrize("path", sorted(SOURCE.glob("*.js")), ids=lambda path: path.name)
def test_a_module_is_short_and_says_first_what_it_is_for(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()

    assert len(lines) <= 300
    assert lines[0].startswith("// ")


def test_nothing_in_the_app_sends_or_submits() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SOURCE.glob("*.js"))

    assert "sendMessage" not in source
    assert "ticket.save" not in source
    assert "innerHTML =" not in source.replace('SVG.innerHTML = "<svg></svg>"', "")
    assert "localStorage" not in source
