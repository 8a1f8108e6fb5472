"""Cookies in headers, terminal output and command lines: the names stay, the values go."""

import re
from collections.abc import Iterator
from typing import Final

from bot.evidence.redact_standins import STAND_IN, Edit, StandIns
from bot.evidence.secrets import Kind, kind_of_name

_PAIR: Final = re.compile(
    r"(?P<name>[^=;,\s]{1,200})=(?P<v>\"[^\"]*\"|\[[^\]\n]{3,40}\d\]|[^;\s\"',]+)"
)
_ATTRIBUTES: Final = re.compile(
    r"(?i)(?:path|domain|expires|max-age|samesite|secure|httponly|priority|partitioned|version)\Z"
)


def _pairs(text: str, start: int, end: int) -> Iterator[Edit]:
    for match in _PAIR.finditer(text, start, end):
        if not (_ATTRIBUTES.match(match["name"]) or STAND_IN.search(match["v"])):
            yield kind_of_name(match["name"]) or "cookie", *match.span("v")


_JOINED: Final = re.compile(r",\s*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200})=(?P<v>[^;]*)")


def _header_edits(header: str) -> Iterator[Edit]:
    """Yield every cookie's value in a header of its own: it reaches to the next semicolon.

    Some exporters join several Set-Cookie headers by line breaks, others by commas.
    """
    at = 0
    for part in re.split(r"([;\n])", header):
        name, equals, value = part.partition("=")
        start, end = at + len(name) + 1, at + len(part.rstrip())
        at += len(part)
        if not equals:
            continue
        if _ATTRIBUTES.match(name.strip()):
            joined = _JOINED.search(value)
            if joined is None:
                continue
            name = joined["name"]
            start, end = (
                start + joined.start("v"),
                start + joined.start("v") + len(joined["v"].rstrip()),
            )
        if start < end and not STAND_IN.fullmatch(header, start, end):
            yield kind_of_name(name) or "cookie", start, end


def cookie_values(header: str) -> Iterator[tuple[Kind, str]]:
    """Yield kind and value of every cookie in a Cookie or Set-Cookie header."""
    for kind, start, end in _header_edits(header):
        yield kind, header[start:end]


def replace_cookies(header: str, standins: StandIns) -> str:
    """Return `name=value; name=value; path=/` with a stand-in for every cookie's value."""
    pieces: list[str] = []
    done = 0
    for kind, start, end in _header_edits(header):
        pieces += [header[done:start], standins.token(kind, header[start:end])]
        done = end
    return "".join([*pieces, header[done:]])


_LINE: Final = re.compile(
    r"(?i)cookie2?(?:\\*[\"'])?\s*[:=][ \t]*(?:\\*[\"'])?(?P<v>[^=;\s\"']{1,200}=[^\r\n]*)"
)
_OPTION: Final = re.compile(r"(?i)(?: -b|--cookie)[ =][\"']?(?P<v>[^=;\s\"']{1,200}=[^\r\n]*)")
_QUOTED_END: Final = re.compile(r"(?<!=)\\*[\"'](?![^;\s]*;)")
_LONGEST: Final = 8192


def cookie_line_edits(text: str, start: int) -> list[Edit] | None:
    """Return the values of a `Cookie: a=b; c=d` at start; None when it is no such line."""
    before = text[start - 1 : start]
    match = _OPTION.match(text, start - 2) if text[max(0, start - 2) : start] == "--" else None
    if match is None and not before.isalnum() and before != "_":
        match = _LINE.match(text, start)
    return None if match is None else list(_of(text, match))


def cookie_option_edits(text: str, start: int, _: int) -> Iterator[Edit]:
    """Yield the values of curl's `-b 'a=b; c=d'`; ldapsearch's `-b dc=acme` is where it looks."""
    if "ldap" in text[max(text.rfind("\n", 0, start), start - _LONGEST, 0) : start]:
        return
    yield from _of(text, _OPTION.match(text, start))


def _of(text: str, match: re.Match[str] | None) -> Iterator[Edit]:
    if match is None:
        return
    start, end = match.span("v")
    end = min(end, start + _LONGEST)
    quote = _QUOTED_END.search(text, start, end)
    yield from _pairs(text, start, quote.start() if quote else end)
