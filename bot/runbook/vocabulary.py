"""Which of a runbook's patterns can match in a text at all? Their guards are looked for at once."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.evidence.literals import Guard

#: Letters by which strings are looked up.
_START: Final = 3
#: Words whose guards are remembered; what may be a name, a number or a secret is not.
_REMEMBERED: Final = 20_000
_ORDINARY: Final = re.compile(r"[^\d@/\\:=_]{1,20}")


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


#: An idea, a pattern of it, and of each of these sets one string that must occur as well.
_Listed = tuple[int, Guarded, tuple[Guard, ...]]


@dataclass(frozen=True, slots=True)
class _Index:
    """Everything enrolled, made complete before any thread sees it."""

    by_start: Mapping[str, Sequence[str]]
    by_word: Mapping[str, Sequence[_Listed]]
    known: dict[str, Guard] = field(default_factory=dict)
    """What was found in a word: the next ticket is made of the same ones."""

    def words_in(self, text: str) -> set[str]:
        """Return the guards in a text. None holds a blank, so that each word is looked at alone."""
        known, words, others = self.known, set[str](), []
        for piece in set(text.split()):
            found = known.get(piece)
            if found is not None:
                words |= found
            elif len(known) < _REMEMBERED and _ORDINARY.fullmatch(piece):
                known[piece] = found = frozenset(self._search(piece))
                words |= found
            else:
                others.append(piece)
        words.update(self._search(" ".join(others)))
        return words

    def _search(self, text: str) -> Iterable[str]:
        """Most words are ruled out by their first letters."""
        starts = {text[at : at + length] for length in range(1, _START + 1)
                  for at in range(len(text))}  # fmt: skip
        likely = (word for start in starts & self.by_start.keys()
                  for word in self.by_start[start])  # fmt: skip
        return [word for word in likely if word in text]


class Vocabulary:
    """The guards of many ideas, looked for in a text all at once."""

    def __init__(self) -> None:
        self.tried: set[int] = set()
        """Ideas of which a pattern has no guard."""
        self._enrolled: list[tuple[int, Guarded]] = []
        self._ideas = 0
        self._index: _Index | None = None

    def enrol(self, patterns: Iterable[Guarded]) -> int:
        """Take in the patterns of one idea, and return the number by which it is known."""
        self._ideas += 1
        for pattern in patterns:
            if pattern.guard:
                self._enrolled.append((self._ideas, pattern))
            else:
                self.tried.add(self._ideas)
        self._index = None
        return self._ideas

    def present_in(self, text: str) -> Present:
        """Find the patterns that can match."""
        index = self._index
        if index is None:
            index = self._index = _indexed(self._enrolled)
        words, by_word = index.words_in(text), index.by_word
        able: dict[int, list[Guarded]] = {}
        for idea, pattern, needs in {
            item for word in words if word in by_word for item in by_word[word]
        }:
            for need in needs:
                if need.isdisjoint(words):
                    break
            else:
                able.setdefault(idea, []).append(pattern)
        return Present(able)


def _indexed(enrolled: Sequence[tuple[int, Guarded]]) -> _Index:
    """List each pattern under what it needs that the fewest patterns share."""
    shared = Counter(
        word for _, pattern in enrolled for word in pattern.guard.union(*pattern.needs)
    )
    by_start: dict[str, list[str]] = {}
    for word in shared:
        by_start.setdefault(word[:_START], []).append(word)
    by_word: dict[str, list[_Listed]] = {}
    for idea, pattern in enrolled:
        needs = (pattern.guard, *pattern.needs)
        rarest = min(needs, key=lambda need: sum(shared[word] for word in need))
        others = tuple(need for need in needs if need is not rarest)
        for word in rarest:
            by_word.setdefault(word, []).append((idea, pattern, others))
    return _Index(by_start, by_word)
