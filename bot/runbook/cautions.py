"""What whoever reads a note should know about the files on the ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.runbook.book import Runbook
from bot.runbook.snippet import render

#: A ticket with many files gets no more lines about them than these.
_MOST: Final = 3
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
