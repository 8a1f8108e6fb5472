"""A cheap guard for a pattern: strings of which one must occur before the pattern can match."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

#: Escapes, classes, quantifiers, and single characters.
_PIECES: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)
_PLAIN_ESCAPES: Final = frozenset(".-/:()[]+?*|")
#: Shorter strings occur everywhere; two letters of Japanese are a word.
_SHORTEST: Final = 3
_SHORTEST_CJK: Final = 2

Guard = frozenset[str]
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


@cache
def guards(pattern: str) -> Guard:
    """Return strings of which one must occur for the pattern to match; none when unsure.

    Every alternative must have its own. What is optional or looks around counts for nothing:
    careful, not clever.
    """
    return _alternatives(_Pieces(_PIECES.findall(pattern))) or frozenset()


@cache
def needs(pattern: str) -> tuple[Guard, ...]:
    """Return every guard of a pattern without alternatives: of each, one string must occur.

    The rarest of them rules most texts out, and nobody knows beforehand which one that is.
    """
    pieces = _Pieces(_PIECES.findall(pattern))
    branch = _read_branch(pieces)
    if pieces.next:  # an alternative
        found = guards(pattern)
        return (found,) if found else ()
    return tuple(dict.fromkeys(branch.offers))


@dataclass(slots=True)
class _Pieces:
    """A pattern while it is read."""

    pieces: list[str]
    at: int = 0

    @property
    def next(self) -> str:
        return self.pieces[self.at] if self.at < len(self.pieces) else ""

    def take(self) -> str:
        self.at += 1
        return self.pieces[self.at - 1]

    def took(self, wanted: str) -> bool:
        if self.next and self.next in wanted:
            self.at += 1
            return True
        return False

    def took_optional(self) -> bool:
        """Read the quantifier of a group; is the group optional?"""
        optional = (
            self.next.startswith("{0") or self.next.startswith("{,") or self.next in ("?", "*")
        )
        if optional or self.next == "+" or self.next.startswith("{"):
            self.at += 1
            self.took("?")
        return optional


@dataclass(slots=True)
class _Branch:
    """The guards that one alternative offers; the best of them is enough."""

    offers: list[Guard] = field(default_factory=list)
    run: str = ""

    def end_run(self) -> None:
        least = _SHORTEST if self.run.isascii() else _SHORTEST_CJK
        if len(self.run) >= least:
            self.offers.append(frozenset({self.run}))
        self.run = ""

    def best(self) -> Guard | None:
        return max(self.offers, key=lambda offer: min(map(len, offer)), default=None)


def _alternatives(pieces: _Pieces) -> Guard | None:
    """Read alternatives up to the end of their group."""
    found = [_branch(pieces)]
    while pieces.took("|"):
        found.append(_branch(pieces))
    guarded = [guard for guard in found if guard is not None]
    return frozenset().union(*guarded) if len(guarded) == len(found) else None


def _branch(pieces: _Pieces) -> Guard | None:
    return _read_branch(pieces).best()


def _read_branch(pieces: _Pieces) -> _Branch:
    branch = _Branch()
    while pieces.next not in ("", "|", ")"):
        piece = pieces.take()
        if piece == "(":
            branch.end_run()
            if (guard := _group(pieces)) is not None:
                branch.offers.append(guard)
        else:
            _extend(branch, piece)
    branch.end_run()
    return branch


def _group(pieces: _Pieces) -> Guard | None:
    """Read a group; what it must hold, or None when it may hold nothing."""
    looks_around = False
    if pieces.took("?"):
        looks_around = not pieces.took(":")
        if looks_around:
            pieces.took("<")
            pieces.took("!=")
    guard = _alternatives(pieces)
    pieces.took(")")
    optional = pieces.took_optional()
    return None if optional or looks_around else guard


def _extend(branch: _Branch, piece: str) -> None:
    """Add one piece outside every group to the run of literal characters."""
    if piece[0] in "*?{":
        branch.run = branch.run[:-1]
        branch.end_run()
    elif piece[0] == "\\" and piece[1] in _PLAIN_ESCAPES:
        branch.run += piece[1]
    elif piece[0] in "\\[.^$+ ":
        branch.end_run()
    else:
        branch.run += piece
