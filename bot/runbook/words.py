"""Patterns of the runbook made fast: compiled once, guarded by a literal that must occur."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, takewhile
from typing import Final

from bot.evidence.literals import guards, needs
from bot.evidence.redact import redact
from bot.runbook.book import LANGUAGES, Words
from bot.runbook.passages import Passage, sentence_around
from bot.runbook.vocabulary import Guarded, Present, Vocabulary

#: Escapes, classes and look-behinds, in which a blank is one character; and other blanks.
_BLANKS: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?<[!=][^)]*\)| [?*]?")


#: A log repeats itself; so many hits in one passage say it all.
_REPEATS: Final = 8
#: So many characters before a quote may name a secret that stands in it.
_CONTEXT: Final = 120


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
        text = " ".join(_cut(self.passage.text, low, high).split())
        before = "" if self.passage.text[:low].strip() == "" else "…"
        return f"{before}{text}{'…' if high < end else ''}"

    @property
    def is_asked(self) -> bool:
        """Does the sentence around the match end as a question?"""
        low, high = sentence_around(self.passage, self.start, self.end)
        return self.passage.text[low:high].rstrip().endswith(("?", "?"))


def _cut(text: str, low: int, high: int) -> str:
    """Cut a piece out; of a secret that the cut goes through, or whose name it loses, nothing."""
    begin, end = max(0, low - _CONTEXT), high + _CONTEXT
    whole = redact(text[begin:end]).text
    if whole == text[begin:end]:
        return text[low:high]
    start = _alike(redact(text[begin:low]).text, whole)
    stop = len(whole) - _alike(reversed(redact(text[high:end]).text), reversed(whole))
    return whole[start : max(start, stop)]


def _alike(one: Iterable[str], other: Iterable[str]) -> int:
    """How many letters both begin with."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


@dataclass(frozen=True, slots=True)
class Matcher:
    """One idea: patterns in every language, and what makes a sentence not count."""

    patterns: Sequence[Guarded]
    unguarded: Sequence[Guarded]
    """Those that have to be tried on every text."""
    unless: re.Pattern[str] | None
    vocabulary: Vocabulary
    """Knows the guards, together with those of other ideas."""
    idea: int
    """The number by which the vocabulary knows this one."""

    def hits(self, passages: Sequence[Passage]) -> list[Hit]:
        """Return where it is said, by pattern; each at most eight times per passage."""
        found: list[Hit] = []
        for passage in passages:
            present = present_in(passage, self.vocabulary)
            for guarded in self._able(present):
                for start, end in _spans(guarded.pattern, passage, present):
                    hit = Hit(passage, start, end, guarded.place)
                    if not self._excused(hit):
                        found.append(hit)
        if len(found) > 1:
            found.sort(key=_place)
        return found

    def is_near(self, hit: Hit) -> bool:
        """Does the sentence around a hit of another matcher say it as well?"""
        low, high = sentence_around(hit.passage, hit.start, hit.end)
        return self.is_in(hit.passage, low, high)

    def is_in(self, passage: Passage, low: int, high: int) -> bool:
        """Does this stretch of a passage say it? What excuses a hit is not looked at."""
        text = passage.plain
        for guarded in self._able(present_in(passage, self.vocabulary)):
            if guarded.pattern.search(text, low, high):
                return True
        return False

    def _able(self, present: Present) -> Sequence[Guarded]:
        """Return the patterns that can match at all."""
        able = present.able.get(self.idea)
        if able is None:
            return self.unguarded
        return [*self.unguarded, *able] if self.unguarded else able

    def _excused(self, hit: Hit) -> bool:
        if self.unless is None:
            return False
        low, high = sentence_around(hit.passage, hit.start, hit.end)
        return self.unless.search(hit.passage.plain, low, high) is not None


def _place(hit: Hit) -> int:
    return hit.place


def present_in(passage: Passage, vocabulary: Vocabulary) -> Present:
    """Return what can match in a passage; looked for once."""
    present = passage.present.get(vocabulary)
    if present is None:
        present = passage.present[vocabulary] = vocabulary.present_in(passage.plain)
    return present


def _spans(
    pattern: re.Pattern[str], passage: Passage, present: Present
) -> Sequence[tuple[int, int]]:
    found = present.spans.get(id(pattern))
    if found is None:
        matches = islice(pattern.finditer(passage.plain), _REPEATS)
        found = present.spans[id(pattern)] = [match.span() for match in matches]
    return found


def compile_words(
    words: Words, shared: Mapping[str, Words], vocabulary: Vocabulary | None = None
) -> Matcher:
    """Compile every pattern of `words`; `@name` stands for an entry of words.toml.

    Matchers that are asked about the same texts share a vocabulary.
    """
    own: list[str] = []
    excused: list[str] = []
    _gather(words, shared, own, excused, depth=0)
    patterns = [_guarded(place, pattern) for place, pattern in enumerate(own)]
    known = vocabulary or Vocabulary()
    return Matcher(
        patterns=patterns,
        unguarded=[pattern for pattern in patterns if not pattern.guard],
        unless=_compiled("|".join(f"(?:{p})" for p in excused)) if excused else None,
        vocabulary=known,
        idea=known.enrol(patterns),
    )


def _guarded(place: int, pattern: str) -> Guarded:
    guard = guards(pattern)
    further = tuple(need for need in needs(pattern) if need != guard)
    return Guarded(place, _compiled(pattern), guard, further)


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
