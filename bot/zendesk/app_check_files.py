"""What the files of an app may be: refused kinds, logos, translations, no secret inside."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.zendesk.app_check_parameters import parameters

#: What Zendesk refuses by its name.
_ENDINGS: Final = frozenset(
    {"zip", "gzip", "gz", "rar", "7z", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt"}
    | {"bin", "sh", "csh", "jar", "mp3", "mpeg", "avi", "bz", "bz2"}
)
#: … and by how it begins, whatever it is called.
_MAGIC: Final[Mapping[bytes, str]] = {
    b"PK\x03\x04": "a zip, jar or office file", b"PK\x05\x06": "an empty zip",
    b"\x1f\x8b": "a gzip file", b"Rar!\x1a\x07": "a rar file", b"7z\xbc\xaf\x27\x1c": "a 7z file",
    b"%PDF": "a PDF", b"\xd0\xcf\x11\xe0": "an old office file", b"#!": "a script",
    b"ID3": "an mp3", b"\xff\xfb": "an mp3", b"\x00\x00\x01\xba": "an mpeg",
    b"BZh": "a bzip2 file", b"BZ0": "a bzip file", b"\x7fELF": "a program", b"MZ": "a program",
}  # fmt: skip
_RIFF: Final = (b"RIFF", b"AVI ")
#: File → width and height that Zendesk shows it with; its own validator does not look.
_LOGOS: Final = {"assets/logo.png": 320, "assets/logo-small.png": 128}
_BANNER: Final = "assets/banner.png"
_BANNER_SIZES: Final = frozenset({(830, 200), (1660, 400)})
_OPEN_ADDRESS: Final = re.compile(rb"\bhttp:[/\w]{1,40}")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_LOCALE: Final = re.compile(r"[a-z]{2,3}(-\w{2,3})?")
_LONGEST_SHORT: Final = 80
#: A shorter one is no secret of Zendesk's but a word of a test account, and words stand in files.
_SECRET: Final = 12
_PUBLIC_KEYS: Final = ("short_description", "long_description", "installation_instructions")


def file_problems(files: Mapping[str, bytes], secrets: Sequence[str]) -> Iterator[str]:
    """Say which files Zendesk would refuse, and which give something away."""
    for name, data in sorted(files.items()):
        yield from (f"{name}: {problem}" for problem in _content_problems(name, data, secrets))
    if "requirements.json" in files:
        yield (
            "requirements.json: uninstalling would delete fields and triggers with their data: "
            "leave it out, `provision` makes the objects"
        )
    for name, size in _LOGOS.items():
        yield from _logo_problems(name, size, files.get(name))
    if _BANNER in files and _png_size(files[_BANNER]) not in _BANNER_SIZES:
        yield f"{_BANNER}: must be a PNG of 830 x 200 or 1660 x 400: correct it, or leave it out"


def _content_problems(name: str, data: bytes, secrets: Sequence[str]) -> Iterator[str]:
    ending = name.rpartition(".")[2].lower()
    if ending in _ENDINGS:
        yield f"Zendesk refuses .{ending} files in an app: leave it out"
    elif kind := _kind_of(data):
        yield f"is {kind} by its first bytes, which Zendesk refuses: leave it out"
    if ending in ("js", "html") and (found := _OPEN_ADDRESS.search(data)):
        yield f"names {found[0].decode()}…: anybody may read what goes there: use https"
    if any(len(one) >= _SECRET and one.encode() in data for one in secrets):
        yield (
            "holds a secret of ours in clear: every agent's browser could read it. "
            "Remove it and rotate the secret"
        )


def _kind_of(data: bytes) -> str:
    if data[:4] == _RIFF[0] and data[8:12] == _RIFF[1]:
        return "an avi"
    return next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), "")


def _logo_problems(name: str, size: int, data: bytes | None) -> Iterator[str]:
    if data is None:
        yield f"{name}: is missing: a PNG of {size} x {size}"
        return
    found = _png_size(data)
    if found is None:
        yield f"{name}: is not a PNG: a PNG of {size} x {size} is wanted"
    elif found != (size, size):
        yield f"{name}: is {found[0]} x {found[1]}: make it {size} x {size}"


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height out of the header chunk, which comes first in every PNG."""
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or len(data) < 24:  # noqa: PLR2004  the header's end
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def translation_problems(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong in translations/, which Zendesk's own pages show, never the app's."""
    locale = manifest.get("defaultLocale")
    default = f"translations/{locale}.json"
    if locale and default not in files:
        yield f"{default}: is missing: the manifest's defaultLocale is {locale!r}"
    for name in sorted(files):
        folder, _, rest = name.partition("/")
        if folder != "translations":
            continue
        if not rest.endswith(".json") or not _LOCALE.fullmatch(rest.removesuffix(".json")):
            yield f"{name}: is not named like en.json, pt-BR.json or es-419.json"
        yield from (f"{name}: {problem}" for problem in _words_problems(files[name], manifest))


def _words_problems(data: bytes, manifest: Mapping[str, Any]) -> Iterator[str]:
    try:
        words = json.loads(data)
    except ValueError as error:
        yield f"is not JSON: {error}"
        return
    app = words.get("app") if isinstance(words, dict) else None
    if not isinstance(app, dict):
        yield "app: is missing, an object with name and parameters"
        return
    needed = ("name",) if manifest.get("private", True) is not False else ("name", *_PUBLIC_KEYS)
    for key in needed:
        if not isinstance(app.get(key), str) or not app[key]:
            yield f"app.{key}: is missing"
    short = app.get("short_description")
    if isinstance(short, str) and len(short) > _LONGEST_SHORT:
        yield f"app.short_description: {len(short)} characters, at most {_LONGEST_SHORT}"
    yield from _label_problems(app.get("parameters", {}), manifest)


def _label_problems(given: object, manifest: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(given, dict):
        yield "app.parameters: must be an object"
        return
    names = [str(item.get("name")) for item in parameters(manifest)]
    for name in names:
        there = given.get(name)
        if not isinstance(there, dict) or not there.get("label"):
            yield f"app.parameters.{name}.label: is missing"
    for name in given:
        if name not in names:
            yield f"app.parameters.{name}: the manifest has no such parameter: remove it"
