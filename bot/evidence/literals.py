"""A cheap guard for a pattern: strings of which one must occur before the pattern can match."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Final

#: Escapes, classes, quantifiers, and single characters.
_PIECES: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)
_PLAIN_ESCAPES: Final = frozenset(".-/:()[]+?*|")
#: Shorter strings occur everywhere; a letter of Japanese is a word.
_SHORTEST: Final = 2
_SHORTEST_CJK: Final = 1
#: What is no longer rules out so little that it is only used where there is nothing else.
_WEAK: Final = 2
#: A class of so few letters stands for as many spellings, of which there are so many at most.
_FEW: Final = re.compile(r"\[([^\]\[^\\ \0-]{1,4})\]")
_SPELLINGS: Final = 8

Guard = frozenset[str]
_EMPTY: Final[Guard] = frozenset({""})
#: Blanks end a guard, because in a runbook they stand for any white space; this one does not.
_BLANK: Final = "\0"
#: What a pattern without case takes for the same letter, though lower case keeps it apart.
_SAME: Final = str.maketrans("\u0131\u017f\u03c2\u00b5", "is\u03c3\u03bc")


def folded(text: str) -> str:
    """Return a text in which the guards of patterns without case are looked for."""
    lower = text.lower()
    return lower if lower.isascii() else lower.translate(_SAME)


@cache
def folded_guards(pattern: str) -> Guard:
    """Return the guards of a pattern, in which a blank is a blank, as in a folded text."""
    found = guards(pattern.replace(" ", _BLANK))
    return frozenset(folded(word.replace(_BLANK, " ")) for word in found)


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
    found = guards(pattern)
    if pieces.next:  # an alternative
        return (found,) if found else ()
    strong = [offer for offer in branch.offers if min(map(len, offer)) > _WEAK]
    return tuple(dict.fromkeys(strong or filter(None, [found])))


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

    def took_name(self) -> bool:
        """Read the name of a group that has one."""
        named = self.pieces[self.at : self.at + 2] == ["P", "<"]
        while named and self.take() != ">":
            pass
        return named

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
    run: Guard = _EMPTY
    """The literal characters read last, in every spelling; all are as long."""

    def end_run(self) -> None:
        if all(len(word) >= _least(word) for word in self.run):
            self.offers.append(self.run)
        self.run = _EMPTY

    def add(self, letters: str) -> None:
        """Let one of these letters follow."""
        self.run = frozenset(word + letter for word in self.run for letter in letters)
        if len(self.run) > _SPELLINGS:
            self.run = frozenset(word[:-1] for word in self.run)
            self.end_run()

    def drop(self) -> None:
        """Take back the last letter: it may be missing."""
        self.run = frozenset(word[:-1] for word in self.run)
        self.end_run()

    def best(self) -> Guard | None:
        return max(self.offers, key=lambda offer: min(map(len, offer)), default=None)


def _least(word: str) -> int:
    return _SHORTEST if word.isascii() else _SHORTEST_CJK


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
    if pieces.took("?") and not pieces.took_name():
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
        branch.drop()
    elif piece[0] == "\\" and piece[1] in _PLAIN_ESCAPES:
        branch.add(piece[1])
    elif few := _FEW.fullmatch(piece):
        branch.add(few.group(1))
    elif piece[0] in "\\[.^$+" or piece.isspace():
        branch.end_run()
    else:
        branch.add(piece)
