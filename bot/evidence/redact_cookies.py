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


def cookie_values(pairs: str) -> Iterator[tuple[Kind, str]]:
    """Yield kind and value of every cookie in a Cookie or Set-Cookie header."""
    for kind, start, end in _pairs(pairs, 0, len(pairs)):
        yield kind, pairs[start:end]


def replace_cookies(pairs: str, standins: StandIns) -> str:
    """Return `name=value; name=value; path=/` with a stand-in for every cookie's value."""
    pieces: list[str] = []
    done = 0
    for kind, start, end in _pairs(pairs, 0, len(pairs)):
        pieces += [pairs[done:start], standins.token(kind, pairs[start:end])]
        done = end
    return "".join([*pieces, pairs[done:]])


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
    """Yield the values of curl's `-b 'a=b; c=d'`."""
    yield from _of(text, _OPTION.match(text, start))


def _of(text: str, match: re.Match[str] | None) -> Iterator[Edit]:
    if match is None:
        return
    start, end = match.span("v")
    end = min(end, start + _LONGEST)
    quote = _QUOTED_END.search(text, start, end)
    yield from _pairs(text, start, quote.start() if quote else end)
