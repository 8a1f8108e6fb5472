"""Errors that a person quotes from a manual: nobody saw them on this server."""

import re
from collections.abc import Iterator
from typing import Final

from bot.evidence.normalise import Line, Lines
from bot.evidence.troublewords import trouble_in

_MANUAL: Final = (
    r"\b(?:docs?|documentation|manual|guide|runbook|handbook|handbuch|anleitung|doku(?:mentation)?"
    r"|article|artikel|wiki|faq|manuel|documentaci.{1,2}n)\b"
)
#: Who says `we` speaks of what they saw, and no longer of the manual.
_OWN: Final = r"\b(?:we|i|our|my|got|gets?|ich|wir|uns\w*|mein\w*|nous|je|notre|nuestr\w+)\b"
_SAYS: Final = (
    r"\b(?:sa(?:ys?|id)|states?|mentions?|shows?|lists?|writes?|tells?|describes?|explains?|if|when"
    r"|in case|steht|sagt|schreibt|nennt|beschreibt|bei|wenn|falls|dit|indique|mentionne|en cas"
    r"|dice|indica)\b"
)
_QUOTED: Final = re.compile(
    rf"{_MANUAL}(?=[^\"`]{{0,60}}{_SAYS})(?:(?!{_OWN})[^\"`]){{0,80}}"
    r"(?P<quote>\"[^\"]{3,400}\"|`[^`]{3,400}`)",
    re.IGNORECASE,
)
#: A manual's table of errors: the text, and what it means.
_EXPLAINED: Final = re.compile(
    r"\W{0,3}(?P<quote>[\"`][^\"`]{3,200}[\"`] (?:means?|indicates?|bedeutet|hei.{1,2}t|signifi\w+"
    r"|veut dire)\b.*)",
    re.IGNORECASE,
)
_NAMES_ONE: Final = re.compile(_MANUAL, re.IGNORECASE)


def without_manuals(lines: Lines) -> Lines:
    """The same lines, in which nothing is left of trouble that stands in somebody's manual."""
    if not any(_may_quote(line.text) for line in lines.lines):
        return lines
    return Lines(tuple(_cleaned(lines)))


def _may_quote(text: str) -> bool:
    return '"' in text or "`" in text


def _cleaned(lines: Lines) -> Iterator[Line]:
    above = ""
    for line in lines.lines:
        found = _quote_in(line.text, above) if _may_quote(line.text) else None
        if found is not None and trouble_in(found["quote"]) is not None:
            kept = line.text[: found.start("quote")] + line.text[found.end("quote") :]
            yield Line(kept, line.raw)
        else:
            yield line
        above = line.text or above


def _quote_in(text: str, above: str) -> re.Match[str] | None:
    named = _NAMES_ONE.search(text) is not None
    if named and (found := _QUOTED.search(text)) is not None:
        return found
    return _EXPLAINED.match(text) if named or _NAMES_ONE.search(above) else None
