"""Which signals of the runbook fire on a ticket, how strongly, and on which words?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from bot.evidence.observation import Layer
from bot.runbook.book import Entry, Runbook, Scenario, Signal, Words
from bot.runbook.diagnosis import Reason
from bot.runbook.excuse import NETWORK, Shown
from bot.runbook.extract import values_of
from bot.runbook.passages import Passage
from bot.runbook.reading import Reading
from bot.runbook.vocabulary import Vocabulary
from bot.runbook.words import Hit, Matcher, compile_words

#: A signal this heavy in a newer message makes the older ones history.
_NEWS_WEIGHT: Final = 2.0
_ASIDE: Final = 0.3
_LESS_URGENT: Final = 0.5


@dataclass(frozen=True, slots=True)
class CompiledSignal:
    """A signal with its patterns compiled."""

    signal: Signal
    matcher: Matcher
    near: tuple[Matcher, ...]
    also: tuple[Matcher, ...]
    without: tuple[Matcher, ...]
    fields: Mapping[str, re.Pattern[str]]
    layer: Layer | None
    """The layer that the signal accuses, when it speaks for a scenario of the network."""
    elsewhere: bool
    """Something besides words may make it fire."""


@dataclass(frozen=True, slots=True)
class CompiledTrap:
    """A trap of the product with its patterns compiled."""

    id: str
    match: tuple[Matcher, ...]
    without: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """Everything of a runbook that was worth compiling."""

    signals: Mapping[str, tuple[CompiledSignal, ...]]
    vetoes: Mapping[str, tuple[CompiledSignal, ...]]
    traps: tuple[CompiledTrap, ...]
    words: Mapping[str, Matcher]


@dataclass(frozen=True, slots=True)
class Fired:
    """A signal that fired."""

    signal: Signal
    points: float
    reason: Reason
    strength: float
    """1 for new words of the customer, less for old, quoted or an agent's."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Something that makes a signal fire, and how strongly."""

    strength: float
    source: str
    words: str = ""
    passage: Passage | None = None
    hit: Hit | None = None
    place: int = -1

    @property
    def quote(self) -> str:
        """The words; cut out of the passage only when they are asked for."""
        return self.hit.quote if self.hit else self.words


@lru_cache(maxsize=8)
def compiled(runbook: Runbook) -> Compiled:
    """Compile the patterns of a runbook, once. Raises PatternError on a bad one."""
    pool: dict[Words, Matcher] = {}
    vocabulary = Vocabulary()

    def matcher(words: Words) -> Matcher:
        if words not in pool:
            pool[words] = compile_words(words, runbook.words, vocabulary)
        return pool[words]

    def several(patterns: Sequence[str]) -> tuple[Matcher, ...]:
        return tuple(matcher(Words(any=(pattern,))) for pattern in patterns)

    def signals(of: Sequence[Signal], layer: Layer | None = None) -> tuple[CompiledSignal, ...]:
        return tuple(
            CompiledSignal(
                item, matcher(_only_words(item)), several(item.near),
                several(item.also), several(item.without),
                {key: re.compile(pattern) for key, pattern in item.fields.items()},
                layer if item.weight > 0 and layer in NETWORK else None,
                bool(item.fields or item.tags or item.values or item.causes),
            )
            for item in of
        )  # fmt: skip

    return Compiled(
        signals={
            name: signals(item.signals, item.layer) for name, item in runbook.scenarios.items()
        },
        vetoes={name: signals(item.vetoes) for name, item in runbook.scenarios.items()},
        traps=tuple(
            CompiledTrap(name, several(trap.match), several(trap.without))
            for name, trap in runbook.traps.items()
        ),
        words={name: matcher(Words(any=(f"@{name}",))) for name in runbook.words},
    )


def _only_words(signal: Signal) -> Words:
    return Words(**{name: getattr(signal, name) for name in Words.__struct_fields__})


def newest_with_weight(runbook: Runbook, reading: Reading) -> int:
    """Return the order of the customer's newest message in which a strong signal fires."""
    if not any(passage.order for passage in reading.passages):
        return 0
    orders = {
        hit.passage.order
        for group in compiled(runbook).signals.values()
        for item in group
        if item.signal.weight >= _NEWS_WEIGHT
        for hit in reading.hits(item.matcher)
        if hit.passage.kind == "text"
        and hit.passage.author == "customer"
        and all(near.is_near(hit) for near in item.near)
    }
    return max(orders, default=0)


def fire(runbook: Runbook, reading: Reading, items: Sequence[CompiledSignal]) -> list[Fired]:
    """Return those of `items` that fire, each with the words that made it fire."""
    return [
        fired
        for item in items
        if (item.elsewhere or reading.hits(item.matcher))
        and (fired := _fire(runbook, reading, item)) is not None
    ]


def _fire(runbook: Runbook, reading: Reading, item: CompiledSignal) -> Fired | None:
    candidates = list(_candidates(runbook, reading, item))
    if not candidates or not _conditions_hold(reading, item):
        return None
    best = max(candidates, key=lambda found: found.strength)
    points = item.signal.weight * best.strength
    if item.signal.at_most:
        points = min(item.signal.at_most, item.signal.weight * _several(candidates))
    points = round(points, 2)
    at = best.passage.at if best.passage else None
    reason = Reason(item.signal.id, points, best.quote, best.source, at)
    return Fired(item.signal, points, reason, best.strength)


def _several(candidates: Sequence[_Candidate]) -> float:
    """Add up the strengths of the different patterns that matched."""
    strongest: dict[int, float] = {}
    for found in candidates:
        strongest[found.place] = max(strongest.get(found.place, 0.0), found.strength)
    return sum(strongest.values())


def _conditions_hold(reading: Reading, item: CompiledSignal) -> bool:
    return all(reading.hits(also) for also in item.also) and not any(
        reading.hits(other) for other in item.without
    )


def _candidates(runbook: Runbook, reading: Reading, item: CompiledSignal) -> Iterator[_Candidate]:
    signal = item.signal
    if signal.fields or signal.tags or signal.values:
        yield from _in_fields(reading, item)
    if signal.causes:
        yield from _in_observations(runbook, reading, signal)
    for hit in reading.hits(item.matcher):
        strength = _strength(runbook, reading, hit)
        if (
            strength > 0
            and hit.passage.kind in item.signal.where
            and all(near.is_near(hit) for near in item.near)
            and _accuses(reading, item, hit)
        ):
            yield _Candidate(
                strength, hit.passage.source, passage=hit.passage, hit=hit, place=hit.place
            )


def _in_fields(reading: Reading, item: CompiledSignal) -> Iterator[_Candidate]:
    for key, pattern in item.fields.items():
        value = reading.ticket.fields.get(key, "")
        if value and pattern.search(value.lower()):
            yield _Candidate(1.0, f"field {key}", value)
    for tag in item.signal.tags:
        if tag in reading.ticket.tags:
            yield _Candidate(1.0, "tag", tag)
    for wanted in item.signal.values:
        key, _, value = wanted.partition("=")
        found = values_of(reading.extracted, key)
        if found and (not value or value in found):
            yield _Candidate(1.0, f"value {key}", found[0])


def _accuses(reading: Reading, item: CompiledSignal, hit: Hit) -> bool:
    if item.layer is None or reading.excuses is None:
        return True
    return reading.excuses.accuses(hit, item.layer, proves=item.signal.proves)


def _in_observations(runbook: Runbook, reading: Reading, signal: Signal) -> Iterator[_Candidate]:
    for look in reading.seen:
        if reading.excuses and reading.excuses.pardons(look):
            continue
        if look.vantage.startswith(("customer", "product")) and any(
            fnmatchcase(look.cause, wanted) for wanted in signal.causes
        ):
            where = [_where(one) for one in reading.shown if one.look is look]
            strength = max((_strength(runbook, reading, hit) for hit in where), default=1.0)
            if strength > 0:
                yield _Candidate(strength, f"{look.probe} output", look.detail or look.cause)


def _where(shown: Shown) -> Hit:
    return Hit(shown.passage, shown.start, shown.end)


def _strength(runbook: Runbook, reading: Reading, hit: Hit) -> float:
    passage, head = hit.passage, runbook.head
    strength = 1.0 if passage.kind == "text" or passage.order else 0.9
    if passage.kind == "quoted":
        strength = head.forwarded_weight if passage.forwarded else head.quoted_weight
        strength *= 0.9 ** (passage.depth - 1)
    if passage.author == "agent" and passage.order:
        if hit.is_asked:
            return 0.0  # a question of ours is no symptom of theirs
        strength *= head.agent_weight
    if passage.order < reading.newest:
        strength *= head.older_weight
    return strength * _importance(runbook, reading, hit)


def _importance(runbook: Runbook, reading: Reading, hit: Hit) -> float:
    """Of several topics the urgent one counts, and what is said by the way hardly does."""
    words = compiled(runbook).words
    if reading.hits(words["aside"]) and words["aside"].is_near(hit):
        return _ASIDE
    if (
        reading.hits(words["urgent_topic"])
        and reading.hits(words["several_topics"])
        and not words["urgent_topic"].is_near(hit)
    ):
        return _LESS_URGENT
    return 1.0


__all__ = ["Compiled", "Entry", "Fired", "Scenario", "compiled", "fire"]
