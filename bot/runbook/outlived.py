"""Which older faults are history, because a newer message shows or says that it works now?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.evidence.observation import Layer, Observation
from bot.runbook.excuse import Shown, Span, clause_around, shown_in
from bot.runbook.passages import Passage, sentence_around
from bot.runbook.words import Hit, Matcher

Words = Mapping[str, Matcher]
#: What proves which layers; an answer of the portal proves the whole way (facts, rule 5).
_WAY: Final[frozenset[Layer]] = frozenset({"dns", "ip", "tcp", "tls", "http", "proxy"})
_PROOFS: Final[Mapping[str, frozenset[Layer]]] = {
    "http_ok": _WAY,
    "tcp_ok": frozenset({"ip", "tcp"}),
    "dns_ok": frozenset({"dns"}),
}
#: What a sentence is about when it says that something is repaired.
_TOPICS: Final[Mapping[str, frozenset[Layer]]] = {
    "dns_topic": frozenset({"dns"}),
    "tcp_topic": frozenset({"ip", "tcp"}),
    "tls_words": frozenset({"tls"}),
    "proxy_topic": frozenset({"proxy"}),
}


@dataclass(frozen=True, slots=True)
class _News:
    """A customer's message, and the layers that work since then."""

    order: int
    layers: frozenset[Layer]
    tools: frozenset[str]
    """Tools that succeed in it: what they said before was another day."""


def outlived(
    parts: Sequence[Passage], seen: Sequence[Observation], words: Words
) -> Iterator[tuple[Passage, Span]]:
    """Yield the stretches of older messages that report a fault which is gone since."""
    newer = [part for part in parts if _is_news(part, words)]
    shown = shown_in(parts, seen) if newer else ()
    for part in newer:
        news = _News(part.order, _cured(part, words), _tools(part, shown))
        for old in parts:
            if old.order < part.order or (old.order == part.order and old.kind == "quoted"):
                yield from ((old, span) for span in _faults(old, news, shown, words))


def _is_news(part: Passage, words: Words) -> bool:
    """Does the customer report of the same machine? Of several one may work and one fail."""
    return (
        part.kind == "text"
        and part.author == "customer"
        and part.order > 0
        and not words["one_of_several"].hits([part])
        and not words["wrong_machine"].hits([part])
    )


def _cured(part: Passage, words: Words) -> frozenset[Layer]:
    """Return the layers of which the message says that they work since then."""
    layers: set[Layer] = set()
    for idea, proven in _PROOFS.items():
        hits = words[idea].hits([part])
        if any(words["changed"].is_near(hit) for hit in hits):
            layers |= proven
    for idea, topic in _TOPICS.items():
        if any(_is_cured(hit, words) for hit in words[idea].hits([part])):
            layers |= topic
    return frozenset(layers)


def _is_cured(hit: Hit, words: Words) -> bool:
    span = clause_around(hit.passage, hit.start, hit.end)
    return words["over"].is_in(hit.passage, *span)


def _tools(part: Passage, shown: Sequence[Shown]) -> frozenset[str]:
    here = [one.look for one in shown if one.passage is part]
    failing = {look.probe for look in here if look.verdict == "fail"}
    return frozenset(look.probe for look in here if look.verdict == "ok") - failing


def _faults(old: Passage, news: _News, shown: Sequence[Shown], words: Words) -> Iterator[Span]:
    for one in shown:
        if one.passage is old and _is_undone(one.look, news):
            yield one.start, one.end
    for idea, topic in _TOPICS.items():
        if topic <= news.layers:
            for hit in words[idea].hits([old]):
                span = sentence_around(old, hit.start, hit.end)
                if words["broken"].is_in(old, *span):
                    yield span


def _is_undone(look: Observation, news: _News) -> bool:
    """Does the same tool succeed since, or is the layer said to work?"""
    failed = look.verdict == "fail" and look.layer in _WAY
    return failed and (look.layer in news.layers or look.probe in news.tools)
