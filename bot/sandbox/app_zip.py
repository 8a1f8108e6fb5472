"""What Zendesk's own check of an app package refuses, as far as its open source tells (ZAS)."""

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.sandbox.state import Record

_REQUIRED: Final = ("author", "defaultLocale", "location", "frameworkVersion")
_TYPES: Final = frozenset({"text", "checkbox", "url", "number", "multiline", "hidden", "oauth"})
_LOCALE: Final = re.compile(r"^[a-z]{2,3}(-\w{2,3})?$")
_BANNED: Final = frozenset(
    {"zip", "gzip", "gz", "rar", "7z", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt"}
    | {"bin", "sh", "csh", "jar", "mp3", "mpeg", "avi", "bz", "bz2"}
)
_LARGEST: Final = 20 * 1024 * 1024


class PackageError(Exception):
    """The package cannot be taken; the text is what Zendesk would answer."""


def read_package(data: bytes) -> tuple[Record, dict[str, bytes]]:
    """Return the manifest and the files, or raise with every complaint."""
    files = _unpacked(data)
    if "manifest.json" not in files:
        raise PackageError("Could not find manifest.json")
    try:
        manifest = json.loads(files["manifest.json"])
    except ValueError:
        raise PackageError("Manifest is not proper JSON") from None
    if not isinstance(manifest, dict):
        raise PackageError("Manifest is not a JSON object")
    complaints = [*_of_manifest(manifest), *_of_location(manifest, files),
                  *_of_parameters(manifest), *_of_files(manifest, files)]  # fmt: skip
    if complaints:
        raise PackageError("\n".join(complaints))
    return manifest, files


def _unpacked(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(item.file_size for item in packed.infolist()) > _LARGEST:
                raise PackageError("The package is too large")
            return {name: packed.read(name) for name in packed.namelist() if name[-1] != "/"}
    except (zipfile.BadZipFile, RuntimeError):
        raise PackageError("The package is not a zip file") from None


def _of_manifest(manifest: Record) -> Iterator[str]:
    missing = [key for key in _REQUIRED if not manifest.get(key)]
    if missing:
        yield f"Missing required fields in manifest: {', '.join(missing)}"
    if str(manifest.get("frameworkVersion")) != "2.0":
        yield f"{manifest.get('frameworkVersion')} is not a valid framework version"
    author = manifest.get("author")
    if isinstance(author, Mapping) and author.get("url", "x") == "":
        yield "author url is not a valid url"
    if not isinstance(manifest.get("domainWhitelist", []), list):
        yield "domainWhitelist must be an array"


def _of_location(manifest: Record, files: Mapping[str, bytes]) -> Iterator[str]:
    location = manifest.get("location")
    if not isinstance(location, Mapping):
        return
    for product in location.values():
        for name, options in (product if isinstance(product, Mapping) else {}).items():
            url = options.get("url") if isinstance(options, Mapping) else options
            if not isinstance(url, str) or not _is_reachable(url, files):
                yield f"location {name} does not specify a URI that exists: {url}"


def _is_reachable(url: str, files: Mapping[str, bytes]) -> bool:
    if "{{setting." in url or url.startswith(("https://", "http://localhost")):
        return True
    return url.startswith("assets/") and url.partition("?")[0] in files


def _of_parameters(manifest: Record) -> Iterator[str]:
    parameters = manifest.get("parameters", [])
    if not isinstance(parameters, list):
        yield "Parameters must be an array"
        return
    names = [item.get("name") for item in parameters if isinstance(item, Mapping)]
    if len(set(names)) != len(parameters) or "name" in names:
        yield "Parameters need a name each, used once, and not `name`"
    for item in parameters:
        kind = item.get("type", "text") if isinstance(item, Mapping) else None
        if kind not in _TYPES:
            yield f"{kind} is an invalid parameter type"
        elif kind == "hidden" and item.get("required"):
            yield f"{item.get('name')}: a hidden parameter cannot be required"
        elif item.get("scopes") and not item.get("secure"):
            yield f"{item.get('name')}: scopes need a secure parameter"


def _of_files(manifest: Record, files: Mapping[str, bytes]) -> Iterator[str]:
    for name in files:
        if name.rpartition(".")[2].lower() in _BANNED:
            yield f"{name}: this file type is not allowed"
    default = f"translations/{manifest.get('defaultLocale')}.json"
    if default not in files:
        yield f"Missing translation file for defaultLocale: {default}"
    for name in files:
        folder, _, rest = name.partition("/")
        if folder == "translations" and rest.endswith(".json"):
            yield from _of_translation(manifest, rest, files[name])


def _of_translation(manifest: Record, name: str, data: bytes) -> Iterator[str]:
    if not _LOCALE.match(name.removesuffix(".json")):
        yield f"{name} is not a valid locale name"
    try:
        found: Any = json.loads(data)
    except ValueError:
        yield f"{name} is not proper JSON"
        return
    app = found.get("app") if isinstance(found, dict) else None
    if not isinstance(app, dict) or not app.get("name"):
        yield f"{name}: missing required key app.name"
    elif manifest.get("private", True) is False and not app.get("long_description"):
        yield f"{name}: missing required key app.long_description"
