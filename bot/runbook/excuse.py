"""Words about a layer that accuse nothing: praise, doubt, a cured fault, another service."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Final

from bot.evidence.observation import Layer, Observation
from bot.runbook.passages import Passage, plain, sentence_around
from bot.runbook.words import Hit, Matcher

#: Layers whose words are often said in order to rule them out.
NETWORK: Final = frozenset({"dns", "tcp", "tls", "http", "proxy"})
#: Layers below a proxy: what fails there may fail on the way to it.
_BELOW: Final = frozenset({"dns", "tcp"})
#: Layers at which an error names the host that it is about; a page may come from elsewhere.
_OF_A_HOST: Final = frozenset({"dns", "tcp", "tls"})
#: So many words of an observation's quote find it again in the text.
_WORDS: Final = 4
_BEFORE: Final = 60
_AFTER: Final = 80
#: Where a sentence ends or turns round.
_TURN: Final = re.compile(
    r"[.;!?](?=\s|$)|[。、!?\n]|\b(?:but|yet|however|while|whereas|although|though|only|still|aber"
    r"|jedoch|doch|während|nur|trotzdem|mais|pourtant|alors que|pero|sin embargo|mientras|aunque)\b"
    r"|のに|ものの|しかし|ですが|ますが"
)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """An observation, and where the ticket's text shows it."""

    look: Observation
    passage: Passage
    start: int
    end: int
    at: int
    """Where the quote itself begins."""
    until: int
    """Where its words that were found again end."""

    def holds(self, hit: Hit) -> bool:
        """Does the hit stand in these words?"""
        return self.passage is hit.passage and self.start <= hit.start < self.end


@dataclass(slots=True)
class Excuses:
    """Says, once per sentence, whether words about a layer accuse it."""

    words: Mapping[str, Matcher]
    shown: Sequence[Shown] = ()
    excused: AbstractSet[Layer] = frozenset()
    """Layers whose faults say nothing in this ticket."""
    memo: dict[tuple[int, int, int, str], bool] = field(default_factory=dict)

    def accuses(self, hit: Hit, layer: Layer, *, proves: bool) -> bool:
        """Do these words speak against the layer of their scenario?"""
        if layer in self.excused:
            return False
        layers = {_layer(one.look) for one in self.shown if one.holds(hit)}
        if layers:
            return layer in layers
        passage = hit.passage
        sentence = sentence_around(passage, hit.start, hit.end)
        clause = clause_around(passage, hit.start, hit.end)
        if self._is_elsewhere(passage, sentence, clause, layer):
            return False
        if self._says(passage, clause, "over"):
            return False
        if layer in _BELOW and self._is_at_proxy(passage, sentence):
            return False
        if any(self._is_fine(passage, part, layer) for part in (item_around(hit, clause), clause)):
            return False
        return proves or not self._says(passage, sentence, "unsure")

    def pardons(self, look: Observation) -> bool:
        """Is it a fault that says nothing in this ticket?"""
        return look.verdict == "fail" and look.layer in self.excused

    def sort(
        self, passages: Sequence[Passage], seen: Sequence[Observation]
    ) -> tuple[list[Observation], tuple[Shown, ...]]:
        """Keep what was seen of the portal, each fault with its owner, and where it is shown."""
        found = shown_in(passages, seen)
        owners = {id(one.look): self._owner(one) for one in found}
        kept = [look for old in seen if (look := owners.get(id(old), old)) is not None]
        shown = tuple(
            replace(one, look=look) for one in found if (look := owners[id(one.look)]) is not None
        )
        self.shown = [
            one for one in shown if _is_network_fault(one.look) and not self.pardons(one.look)
        ]
        return kept, shown

    def _owner(self, shown: Shown) -> Observation | None:
        """Give what failed at a proxy's address to the proxy; a registry's fault is dropped."""
        look, span = shown.look, (shown.start, shown.end)
        clause = clause_around(shown.passage, shown.at, shown.until)
        if self._is_elsewhere(shown.passage, span, clause, _layer(look)):
            return None
        if look.verdict != "fail" or _layer(look) not in _BELOW:
            return look
        if not self._is_at_proxy(shown.passage, span):
            return look
        cause = "proxy_unresolvable" if look.layer == "dns" else "proxy_unreachable"
        return replace(look, layer="proxy", cause=cause)

    def _is_at_proxy(self, passage: Passage, sentence: Span) -> bool:
        return self._says(passage, sentence, "proxy_named") and not self._says(
            passage, sentence, "portal_host"
        )

    def _is_fine(self, passage: Passage, span: Span, layer: Layer) -> bool:
        fine = f"fine_{layer}" if f"fine_{layer}" in self.words else "fine"
        return self._says(passage, span, fine) and not self._says(passage, span, "broken")

    def _is_elsewhere(self, passage: Passage, sentence: Span, clause: Span, layer: Layer) -> bool:
        if self._names_another(passage, sentence, layer):
            return True
        apart = (clause[1], sentence[1]) if clause[0] <= sentence[0] else (sentence[0], clause[0])
        return (  # "the license works, but the registry does not"
            clause != sentence
            and self._names_another(passage, clause, layer)
            and self._says(passage, apart, "portal_topic")
            and self._says(passage, apart, "fine")
            and not self._says(passage, apart, "broken")
        )

    def _names_another(self, passage: Passage, span: Span, layer: Layer) -> bool:
        named = self._says(passage, span, "other_target") or (
            layer in _OF_A_HOST and self._says(passage, span, "other_host")
        )
        return named and not self._says(passage, span, "portal_topic")

    def _says(self, passage: Passage, span: Span, name: str) -> bool:
        key = (id(passage), *span, name)
        if key not in self.memo:
            matcher = self.words.get(name)
            self.memo[key] = matcher is not None and matcher.is_in(passage, *span)
        return self.memo[key]


def clause_around(passage: Passage, start: int, end: int) -> Span:
    """Return the part of the sentence before it turns round; commas of a list do not end it."""
    begin = low = max(0, start - _BEFORE)
    for turn in _TURN.finditer(passage.plain, low, start):
        begin = turn.end()
    high = min(len(passage.plain), end + _AFTER)
    after = _TURN.search(passage.plain, end, high)
    return begin, after.start() if after else high


def item_around(hit: Hit, clause: Span) -> Span:
    """Return what stands between two commas of a clause."""
    text = hit.passage.plain
    begin = max(clause[0], text.rfind(", ", clause[0], hit.start) + 1)
    end = text.find(", ", hit.end, clause[1])
    return begin, end if end >= 0 else clause[1]


def shown_in(passages: Sequence[Passage], seen: Sequence[Observation]) -> tuple[Shown, ...]:
    """Find the customer's observations again in the text that they were read from."""
    found = []
    for look in seen:
        words = plain(look.detail).split()[:_WORDS]
        if words and look.vantage.startswith(("customer", "product")):
            quote = re.compile(r"\s+".join(map(re.escape, words)))
            found += [
                Shown(look, passage, *_line(passage, match), *match.span())
                for passage in passages
                if (match := quote.search(passage.plain))
            ]
    return tuple(found)


def _is_network_fault(look: Observation) -> bool:
    return look.verdict == "fail" and _layer(look) in NETWORK


def _layer(look: Observation) -> Layer:
    return "tcp" if look.layer == "ip" else look.layer


def _line(passage: Passage, match: re.Match[str]) -> Span:
    """Return the sentence of a quote, not beyond its line."""
    begin, end = sentence_around(passage, match.start(), match.end())
    line = passage.text.find("\n", match.end())
    return max(begin, passage.text.rfind("\n", 0, match.start()) + 1), min(
        end, line if line >= 0 else len(passage.text)
    )
