"""Patterns of the runbook made fast: compiled once, guarded by a literal that must occur."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice
from typing import Final

from bot.runbook.book import LANGUAGES, Words
from bot.runbook.literals import guards, needs
from bot.runbook.passages import Passage, sentence_around

#: Escapes, classes and look-behinds, in which a blank is one character; and other blanks.
_BLANKS: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?<[!=][^)]*\)| [?*]?")


#: A log repeats itself; so many hits in one passage say it all.
_REPEATS: Final = 8
#: Letters by which literals are looked up.
_START: Final = 3


class PatternError(ValueError):
    """A pattern that cannot be used, or a name that stands for none."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a pattern matched."""

    passage: Passage
    start: int
    end: int
    place: int = 0
    """Which of the matcher's patterns it was."""

    @property
    def quote(self) -> str:
        """The words around the match, on one line, at most about 160 characters."""
        low, end = sentence_around(self.passage, self.start, self.end)
        high = end
        if end - low > 150:  # noqa: PLR2004  about two lines of a note
            low = max(low, self.start - 50)
            high = min(end, max(self.end + 50, low + 150), low + 160)
        text = " ".join(self.passage.text[low:high].split())
        before = "" if self.passage.text[:low].strip() == "" else "…"
        return f"{before}{text}{'…' if high < end else ''}"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One idea: patterns in every language, and what makes a sentence not count."""

    guarded: tuple[tuple[frozenset[str], re.Pattern[str]], ...]
    """Each pattern with strings of which one must occur; none when it has to be tried."""
    unless: re.Pattern[str] | None
    literals: frozenset[str]
    """Every guard of every pattern."""
    by_literal: Mapping[str, Sequence[int]]
    """Which patterns a guard lets through; the empty string stands for those without one."""
    needs: Sequence[Sequence[frozenset[str]]]
    """Of each pattern further guards, of every one of which a string must occur."""
    recent: list[tuple[AbstractSet[str], Sequence[re.Pattern[str]]]] = field(
        default_factory=list, compare=False, repr=False
    )
    """The patterns that can match in the ticket that was last asked about."""

    def hits(
        self, passages: Sequence[Passage], present: AbstractSet[str] | None = None
    ) -> list[Hit]:
        """Return where it is said; a pattern at most eight times per passage.

        `present` holds those of the guards that occur in the passages, when that is known.
        """
        if present is None:
            present = literals_in(passages, self.literals)
        found: list[Hit] = []
        for place in self._worth_trying(present):
            find = self.guarded[place][1].finditer
            for passage in passages:
                for match in islice(find(passage.plain), _REPEATS):
                    hit = Hit(passage, match.start(), match.end(), place)
                    if not self._excused(hit):
                        found.append(hit)
        return found

    def is_near(self, hit: Hit, present: AbstractSet[str] | None = None) -> bool:
        """Does the sentence around a hit of another matcher say it as well?"""
        low, high = sentence_around(hit.passage, hit.start, hit.end)
        return self.is_in(hit.passage, low, high, present)

    def is_in(
        self, passage: Passage, low: int, high: int, present: AbstractSet[str] | None = None
    ) -> bool:
        """Does this stretch of a passage say it? What excuses a hit is not looked at."""
        text = passage.plain
        if present is None:
            return any(pattern.search(text, low, high) for _, pattern in self.guarded)
        return any(pattern.search(text, low, high) for pattern in self._able(present))

    def _able(self, present: AbstractSet[str]) -> Sequence[re.Pattern[str]]:
        """Return the patterns that can match at all; one ticket asks for the same many times."""
        for known, patterns in self.recent[-1:]:
            if known is present:
                return patterns
        able = [self.guarded[place][1] for place in self._worth_trying(present)]
        self.recent[:] = [(present, able)]
        return able

    def _worth_trying(self, present: AbstractSet[str]) -> Sequence[int]:
        """Return the places of the patterns that can match at all."""
        places = set(self.by_literal.get("", ()))
        for literal in self.literals & present:
            places.update(self.by_literal.get(literal, ()))
        return sorted(
            place
            for place in places
            if not any(need.isdisjoint(present) for need in self.needs[place])
        )

    def _excused(self, hit: Hit) -> bool:
        if self.unless is None:
            return False
        low, high = sentence_around(hit.passage, hit.start, hit.end)
        return self.unless.search(hit.passage.plain, low, high) is not None


def literals_in(passages: Sequence[Passage], literals: frozenset[str]) -> frozenset[str]:
    """Return those of `literals` that occur anywhere in the passages."""
    text = "\n".join(passage.plain for passage in passages)
    starts = {text[at : at + _START] for at in range(len(text))}
    by_start, short = _by_start(literals)
    likely = (literal for start in starts & by_start.keys() for literal in by_start[start])
    return frozenset(literal for literal in (*likely, *short) if literal in text)


@lru_cache(maxsize=64)
def _by_start(literals: frozenset[str]) -> tuple[Mapping[str, Sequence[str]], Sequence[str]]:
    """Group literals by their first letters, so that most need not be looked for."""
    groups: dict[str, list[str]] = {}
    for literal in literals:
        if len(literal) >= _START:
            groups.setdefault(literal[:_START], []).append(literal)
    return groups, [literal for literal in literals if len(literal) < _START]


def compile_words(words: Words, shared: Mapping[str, Words]) -> Matcher:
    """Compile every pattern of `words`; `@name` stands for an entry of words.toml."""
    own: list[str] = []
    excused: list[str] = []
    _gather(words, shared, own, excused, depth=0)
    literals = [guards(pattern) for pattern in own]
    further = [
        [need for need in needs(pattern) if need != first]
        for pattern, first in zip(own, literals, strict=True)
    ]
    return Matcher(
        guarded=tuple(zip(literals, map(_compiled, own), strict=True)),
        unless=_compiled("|".join(f"(?:{p})" for p in excused)) if excused else None,
        literals=frozenset().union(*literals, *(need for more in further for need in more)),
        by_literal=_by_literal(literals),
        needs=further,
    )


def _by_literal(literals: Sequence[frozenset[str]]) -> Mapping[str, Sequence[int]]:
    places: dict[str, list[int]] = {}
    for place, own in enumerate(literals):
        for literal in own or ("",):
            places.setdefault(literal, []).append(place)
    return places


def _gather(
    words: Words, shared: Mapping[str, Words], own: list[str], excused: list[str], *, depth: int
) -> None:
    excused += words.unless
    for pattern in _patterns(words):
        if not pattern.startswith("@"):
            own.append(pattern)
            continue
        named = shared.get(pattern[1:])
        if named is None or depth > 5:  # noqa: PLR2004  entries that name each other in a circle
            raise PatternError(f"{pattern} is not in words.toml, or names itself")
        _gather(named, shared, own, excused, depth=depth + 1)


def _patterns(words: Words) -> Iterable[str]:
    yield from words.any
    for language in LANGUAGES:
        yield from getattr(words, language)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(_BLANKS.sub(_any_space, pattern))
    except re.error as error:
        raise PatternError(f"{pattern!r}: {error}") from error


def _any_space(match: re.Match[str]) -> str:
    """Let a blank stand for any white space; one character in a class or a look-behind."""
    piece = match.group()
    if piece.startswith("[^."):  # a dot inside a host name or a number ends no sentence
        return rf"(?:{piece}|\.(?=\w))"
    if piece[0] == " ":
        return r"\s+" if piece == " " else r"\s*"
    return piece.replace(" ", r"\s")
