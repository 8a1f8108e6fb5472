"""Shortens the runbook that the sidebar app carries: a longer one never bursts the package."""

import re
from collections.abc import Callable, Sequence
from typing import Final

#: Bytes for the runbook's lines: the whole app then keeps well below 60 000.
ROOM: Final = 5_700
#: Not after a question: alone it would be no step.
_SENTENCE: Final = re.compile(r"(?<=\.) +(?=[A-Z0-9])")
#: What must not be left out before everything else is.
_WARNS: Final = re.compile(
    r"do not|must|\b(?:never|nothing|cannot|before|sign out|resend|escalate)\b", re.IGNORECASE
)
_IRREVERSIBLE: Final = "2"
_SHORTEST: Final = 24


def fitted(lines: Sequence[str], room: int = ROOM) -> list[str]:
    """Return the lines, the longest steps first cut to fewer sentences, then to fewer words.

    Warnings, and steps that cannot be undone, are cut last. What still does not fit is left out.
    """
    found = list(lines)
    for shorter in (_careful_sentences, _careful_words, _fewer_sentences, _fewer_words):
        while _weight(found) > room and _shortened(found, shorter):
            pass
    while _weight(found) > room:
        found.pop()
    return found


def _weight(lines: Sequence[str]) -> int:
    return len("\n".join(lines).encode())


def _shortened(lines: list[str], shorter: Callable[[str], str]) -> bool:
    """Shorten the longest line that can be."""
    for place in sorted(range(len(lines)), key=lambda at: -len(lines[at])):
        if (less := shorter(lines[place])) != lines[place]:
            lines[place] = less
            return True
    return False


def _careful_sentences(line: str) -> str:
    last = _SENTENCE.split(line)[-1]
    kept = line[1:2] == _IRREVERSIBLE or _WARNS.search(last)
    return line if kept else _fewer_sentences(line)


def _careful_words(line: str) -> str:
    kept = line.startswith("#") or line[1:2] == _IRREVERSIBLE or _WARNS.search(line)
    return line if kept else _fewer_words(line)


def _fewer_sentences(line: str) -> str:
    sentences = _SENTENCE.split(line)
    return line if line.startswith("#") else " ".join(sentences[:-1] or sentences)


def _fewer_words(line: str) -> str:
    bare = line.removesuffix("…")
    words = bare.rsplit(" ", 1)[0]
    return line if len(words) < _SHORTEST or words == bare else f"{words}…"
