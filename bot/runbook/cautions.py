"""What whoever reads a note should know about what the customer sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.evidence.checkscript import JUDGED, VANTAGE
from bot.evidence.observation import Observation
from bot.runbook.book import Runbook
from bot.runbook.snippet import render

#: A ticket with many files gets no more lines about them than these.
_MOST: Final = 3
#: Where a run proves nothing because of this, a whole block proves more. A block without a checksum
#: comes from a server without the tool for it: asking again gets the same.
_LOST_ON_THE_WAY: Final = frozenset({"cut", "changed"})
#: What Markdown would take for its own in a file's name.
_MARKS: Final = str.maketrans(dict.fromkeys("*_`[]<>|~#\\", "."))


@dataclass(frozen=True, slots=True)
class NoteCaution:
    """One caution about one file."""

    kind: str
    """Its words are `caution_<kind>` in runbook.toml."""
    file: str
    """The file's name, redacted."""
    found: str = ""
    """What is inside, in words."""


def caution_lines(book: Runbook, cautions: Sequence[NoteCaution]) -> str:
    """Return the cautions as a note shows them, one line each."""
    lines = [
        render(
            book.head.note[f"caution_{one.kind}"],
            {"file": one.file.translate(_MARKS), "found": one.found},
        )
        for one in cautions[:_MOST]
    ]
    return "\n".join(lines)


def damage_line(book: Runbook, seen: Sequence[Observation]) -> str:
    """Say that the check script's last block came damaged and shows nothing; empty if not so."""
    runs = [look for look in seen if look.vantage == VANTAGE and look.probe == JUDGED]
    if not runs or runs[-1].verdict != "unknown":
        return ""
    damaged = runs[-1].facts.get("damaged") in _LOST_ON_THE_WAY
    return book.head.note["caution_damaged_block"] if damaged else ""
