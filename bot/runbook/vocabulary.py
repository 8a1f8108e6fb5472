"""Which of a runbook's patterns can match in a text at all? Their guards are looked for at once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.evidence.literals import Guard

#: Letters by which strings are looked up.
_START: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Guarded:
    """A pattern, and strings of which some must occur before it can match."""

    place: int
    """Among the patterns of its idea."""
    pattern: re.Pattern[str]
    guard: Guard
    """One of these must occur; none when the pattern has to be tried."""
    needs: tuple[Guard, ...]
    """One of each of these must occur as well."""


@dataclass(slots=True)
class Present:
    """What can match in one text."""

    able: Mapping[int, Sequence[Guarded]]
    """By idea: those of its guarded patterns that can match."""
    spans: dict[int, Sequence[tuple[int, int]]] = field(default_factory=dict)
    """By pattern: where it was found to match. Many ideas share a pattern."""


class Vocabulary:
    """The guards of many ideas, looked for in a text all at once."""

    def __init__(self) -> None:
        self._ideas = 0
        self._by_start: dict[str, set[str]] = {}
        self._by_word: dict[str, list[tuple[int, Guarded]]] = {}

    def enrol(self, patterns: Iterable[Guarded]) -> int:
        """Take in the patterns of one idea, and return the number by which it is known."""
        self._ideas += 1
        for pattern in patterns:
            for word in pattern.guard:
                self._by_word.setdefault(word, []).append((self._ideas, pattern))
            for word in pattern.guard.union(*pattern.needs):
                self._by_start.setdefault(word[:_START], set()).add(word)
        return self._ideas

    def present_in(self, text: str) -> Present:
        """Find the patterns that can match; most words are ruled out by their first letters."""
        starts = {text[at : at + length] for length in (2, _START) for at in range(len(text))}
        likely = (
            word for start in starts & self._by_start.keys() for word in self._by_start[start]
        )
        words = frozenset(word for word in likely if word in text)
        able: dict[int, list[Guarded]] = {}
        for idea, pattern in {item for word in words for item in self._by_word.get(word, ())}:
            if not any(need.isdisjoint(words) for need in pattern.needs):
                able.setdefault(idea, []).append(pattern)
        return Present(able)
