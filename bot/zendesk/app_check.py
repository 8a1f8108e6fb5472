"""Is a sidebar app one that Zendesk takes, and one that leaks nothing? Our own check, no network.

The rules are those of Zendesk's validator (github.com/zendesk/zendesk_apps_support) and some that
it lacks: logo sizes, secrets in files. What it only warns of is wrong here.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.zendesk.app_check_files import file_problems, translation_problems
from bot.zendesk.app_check_parameters import parameter_problems, secure_names

MANIFEST: Final = "manifest.json"
FRAMEWORK: Final = "2.0"
_KNOWN: Final = frozenset(
    {"name", "author", "version", "frameworkVersion", "location", "defaultLocale", "parameters"}
    | {"domainWhitelist", "private", "singleInstall", "signedUrls", "requirementsOnly"}
    | {"marketingOnly", "oauth", "termsConditionsURL", "gaID", "experiments"}
    | {"remoteInstallationURL"}
)
_REQUIRED: Final = ("name", "version", "author", "defaultLocale", "location", "frameworkVersion")
_FLAGS: Final = ("private", "singleInstall", "signedUrls", "requirementsOnly", "marketingOnly")
_TEXTS: Final = (
    "version", "defaultLocale", "remoteInstallationURL", "termsConditionsURL", "gaID"
)  # fmt: skip
_PRODUCTS: Final = frozenset({"support", "chat", "sell"})
_PLACES: Final = frozenset(
    {"top_bar", "nav_bar", "ticket_sidebar", "new_ticket_sidebar", "user_sidebar", "background"}
    | {"organization_sidebar", "modal", "ticket_editor", "system_top_bar", "chat_sidebar"}
    | {"ticket_module"}
)
_OPTIONS: Final = frozenset(
    {"url", "flexible", "autoLoad", "autoHide", "signed", "size", "objectTypes"}
)


def app_problems(files: Mapping[str, bytes], secrets: Sequence[str] = ()) -> tuple[str, ...]:
    """Say everything that is wrong with these files, each line with file, key and way out.

    `secrets` are values that must stand in none of them.
    """
    found = [*file_problems(files, secrets)]
    if MANIFEST not in files:
        return (*found, f"{MANIFEST}: is missing: an app is known by it")
    try:
        manifest = json.loads(files[MANIFEST], object_pairs_hook=_without_repeats)
    except ValueError as error:
        return (*found, f"{MANIFEST}: is not JSON: {error}")
    if not isinstance(manifest, dict):
        return (*found, f"{MANIFEST}: must be a JSON object")
    found += [f"{MANIFEST}: {problem}" for problem in _manifest_problems(manifest, files)]
    found += translation_problems(files, manifest)
    return tuple(found)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Zendesk refuses a manifest that says something twice; a parser would keep the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice} is there twice: keep one of them")
    return found


def _manifest_problems(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    for key in sorted(set(manifest) - _KNOWN):
        yield f"{key}: is not a property of a manifest: correct the spelling, or remove it"
    for key in _REQUIRED:
        if manifest.get(key) in (None, "", {}, []):
            yield f"{key}: is missing"
    version = manifest.get("frameworkVersion")
    if version is not None and version != FRAMEWORK:
        yield f'frameworkVersion: {version!r} is refused by Zendesk: write exactly "{FRAMEWORK}"'
    yield from _kind_problems(manifest)
    yield from _author_problems(manifest.get("author"))
    yield from _location_problems(manifest.get("location"), files)
    yield from parameter_problems(manifest)
    yield from _whitelist_problems(manifest)


def _kind_problems(manifest: Mapping[str, Any]) -> Iterator[str]:
    for key in _FLAGS:
        if not isinstance(manifest.get(key, False), bool):
            yield f"{key}: must be true or false"
    for key in _TEXTS:
        if not isinstance(manifest.get(key, ""), str | None):
            yield f"{key}: must be a text in quotes"
    if manifest.get("experiments"):
        yield "experiments: are for Zendesk's own apps: remove them"


def _author_problems(author: object) -> Iterator[str]:
    if author is None:
        return
    if not isinstance(author, dict):
        yield "author: must be an object with name and email"
        return
    for key in ("name", "email"):
        if not isinstance(author.get(key), str) or not author[key]:
            yield f"author.{key}: is missing"
    url = author.get("url")
    if "url" in author and not (isinstance(url, str) and url.startswith(("http://", "https://"))):
        yield f"author.url: {url!r} is refused by Zendesk: give an address, or remove the key"


def _location_problems(location: object, files: Mapping[str, bytes]) -> Iterator[str]:
    if location is None:
        return
    if not isinstance(location, dict):
        yield 'location: must look like {"support": {"ticket_sidebar": {"url": "assets/…"}}}'
        return
    for product, places in location.items():
        if product not in _PRODUCTS:
            yield f"location.{product}: is no product: one of {', '.join(sorted(_PRODUCTS))}"
        elif not isinstance(places, dict):
            yield f"location.{product}: must be an object of places"
        else:
            for place, options in places.items():
                yield from _place_problems(f"location.{product}.{place}", place, options, files)


def _place_problems(
    where: str, place: str, options: object, files: Mapping[str, bytes]
) -> Iterator[str]:
    if place not in _PLACES:
        yield f"{where}: is no place in Zendesk: one of {', '.join(sorted(_PLACES))}"
    if isinstance(options, str):
        options = {"url": options}
    if not isinstance(options, dict):
        yield f"{where}: must be an object with url"
        return
    for key in sorted(set(options) - _OPTIONS):
        yield f"{where}.{key}: is not an option: one of {', '.join(sorted(_OPTIONS))}"
    for key in ("flexible", "autoLoad", "autoHide", "signed"):
        if not isinstance(options.get(key, False), bool):
            yield f"{where}.{key}: must be true or false"
    url = options.get("url")
    if not isinstance(url, str) or not _is_reachable(url, files):
        yield (
            f"{where}.url: {url!r} is neither a file of the package nor an https address: name a "
            "file under assets/"
        )


def _is_reachable(url: str, files: Mapping[str, bytes]) -> bool:
    if "{{setting." in url:
        return True  # Zendesk cannot check it either
    if url.startswith(("https://", "http://localhost:", "http://localhost/")):
        return True
    return url.startswith("assets/") and url.partition("?")[0].partition("#")[0] in files


def _whitelist_problems(manifest: Mapping[str, Any]) -> Iterator[str]:
    hosts = manifest.get("domainWhitelist")
    if hosts is None:
        if secure_names(manifest):
            yield (
                "domainWhitelist: is missing: with secure settings it must name the hosts that may "
                "receive them"
            )
        return
    if not isinstance(hosts, list) or not hosts:
        yield "domainWhitelist: must be an array of hosts, and not an empty one"
        return
    for host in hosts:
        if not isinstance(host, str) or not host or "/" in host or " " in host:
            yield f"domainWhitelist: {host!r} is not a bare host such as bot.example.com"
