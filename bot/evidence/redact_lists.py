"""Values in a row behind one name: `codes: ["…", "…"]`, YAML's dashes, `setItem("token", "…")`."""

import re
from collections.abc import Iterator
from typing import Final

from bot.evidence.redact_marks import QUOTE, SPACES
from bot.evidence.redact_standins import STAND_IN
from bot.evidence.secret_values import looks_chosen

Span = tuple[int, int]
_MOST: Final = 200

_BRACKET: Final = re.compile(rf"(?:{QUOTE})?{SPACES}(?:\[|%5[bB]){SPACES}")
_ITEM: Final = re.compile(
    rf"(?P<open>{QUOTE})?"
    rf"(?P<v>\[[A-Za-z -]{{3,40}} \d+\]|(?:(?!{QUOTE})[^\s,\[\]{{}}<>]){{1,400}})(?(open){QUOTE})"
)
_COMMA: Final = re.compile(rf"{SPACES}(?:,|%2[cC]){SPACES}")

_DASH: Final = re.compile(
    r"(?:[ \t]*\r?\n[ \t]*)?-[ \t]+(?P<q>[\"']?)"
    r"(?P<v>\[[A-Za-z -]{3,40} \d+\]|[^\s\"'#]{4,400})(?P=q)"
)


def listed_values(text: str, at: int) -> list[Span]:
    """Return the values of a list that begins here, in brackets or with dashes."""
    if STAND_IN.match(text, at):
        return []
    bracket = _BRACKET.match(text, at)
    if bracket:
        return list(_in_brackets(text, bracket.end()))
    return [span for span in _dashed(text, at) if looks_chosen(text[slice(*span)])]


def _in_brackets(text: str, at: int) -> Iterator[Span]:
    for _ in range(_MOST):
        item = _ITEM.match(text, at)
        if item is None:
            return
        yield item.span("v")
        comma = _COMMA.match(text, item.end())
        if comma is None:
            return
        at = comma.end()


def _dashed(text: str, at: int) -> Iterator[Span]:
    item = _DASH.match(text, at)
    while item is not None:
        yield item.span("v")
        item = _DASH.match(text, item.end())


_CALL: Final = re.compile(
    r"\b(?:append|set|add|put|setItem|setRequestHeader|setHeader|setAttribute|header|headers|field"
    r"|param|queryParam|cookie|write|store|define|env|register)\s{0,4}\(\s{0,4}\\{0,4}[\"'`]"
    r"[\w.\[-]{0,40}\Z"
)
_SECOND: Final = re.compile(rf"\]?{QUOTE}\s{{0,9}},\s{{0,9}}(?P<open>{QUOTE})")


def second_value(text: str, start: int, stop: int) -> tuple[re.Match[str], bool] | None:
    """Return what stands between a name and the value behind its comma; True in a known call."""
    between = _SECOND.match(text, stop)
    if between is None:
        return None
    return between, _CALL.search(text[max(0, start - 60) : start]) is not None
