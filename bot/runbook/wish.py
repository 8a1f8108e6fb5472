"""Does the customer want cloud licensing? What is said newest counts; a contradiction is kept."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from bot.runbook.book import Runbook
from bot.runbook.diagnosis import Reason
from bot.runbook.passages import Passage, sentence_around
from bot.runbook.reading import Reading
from bot.runbook.signals import compiled
from bot.runbook.words import Hit, Matcher

Answer = Literal["yes", "no", "unknown", "contradiction"]


class Words(NamedTuple):
    """The shared words."""

    named: Mapping[str, Matcher]

    def are_in(self, idea: str, passage: Passage, low: int, high: int) -> bool:
        """Does this stretch say it?"""
        return self.named[idea].is_in(passage, low, high)

    def are_near(self, idea: str, hit: Hit) -> bool:
        """Does the sentence around a hit say it as well?"""
        return self.named[idea].is_near(hit)


#: Where one thought ends and the next, perhaps opposite one begins.
_CLAUSES: Final = re.compile(
    r"[;()!、]|,(?! (?:please|bitte|svp|merci|por favor))|\s-\s|ので|のに|ではなく"
    r"|\b(?:and|und|et|y|but|(?:even )?though|although|because|so that|instead of|than"
    r"|obwohl|weil|damit|(?:an)?statt|mais|car|parce que|bien que|plutôt que|au lieu"
    r"|pero|aunque|porque|ya que|en vez|en lugar)\b"
)
#: The sides that a clause can take, and the answer of one who wishes it.
_SIDES: Final[Mapping[str, Answer]] = {
    "wish_cloud": "yes",
    "wish_file": "no",
    "wish_stay": "yes",
    "wish_back": "no",
}
_BEFORE: Final = 30
#: They point at what is there now, and carry their own negation.
_DEICTIC: Final = ("wish_stay", "wish_back")
_OTHER: Final[Mapping[Answer, Answer]] = {"yes": "no", "no": "yes"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the text says, what the field says, and what follows."""

    answer: Answer
    text: str | None
    """``yes`` or ``no`` when the text says so, by its newest statement."""
    reasons: tuple[Reason, ...] = ()


def read_wish(runbook: Runbook, reading: Reading) -> Wish:
    """Weigh the text's newest statement and the field: where they contradict, nobody decides."""
    words = Words(compiled(runbook).words)
    yes, no = _foreseen(reading, words, "wants_cloud"), _foreseen(reading, words, "refuses_cloud")
    memories = [h for h in no if words.are_in("never_ordered", h.passage, h.start, h.end)]
    no = [hit for hit in no if hit not in memories]
    _compose(reading, words, yes, no)
    _answered(reading, words, yes, no)
    text = _newest(yes, no)
    field = reading.ticket.fields.get("should_be_on_cloud_licensing", "").strip().lower()
    said = text if text != "contradiction" else None
    reasons = _reasons(yes, "wants_cloud") + _reasons(no, "refuses_cloud")
    if _is_open(reading.hits(words.named["wish_open"]), yes + no):
        return Wish("contradiction", None, reasons)
    if text == "contradiction" or (said and field in ("yes", "no") and field != said):
        return Wish("contradiction", said, reasons)
    answer: Answer = (
        "yes" if "yes" in (said, field) else "no" if "no" in (said, field) else "unknown"
    )
    return Wish(answer, said, reasons)


def _foreseen(reading: Reading, words: Words, idea: str) -> list[Hit]:
    """Return where a pattern says it, and the words before it do not turn it round."""
    return [
        hit
        for hit in reading.hits(words.named[idea])
        if not _is_ours(hit, words) and not _is_turned(hit, words)
    ]


def _is_turned(hit: Hit, words: Words) -> bool:
    """Does a word just before it say the opposite, as in `by no means back to the file`?"""
    low = max(_clause(hit)[0], hit.start - _BEFORE)
    before = hit.passage.plain[low : hit.start]
    low += max(before.rfind(mark) for mark in ":,.") + 1
    opens = hit.passage.plain[hit.start].isalnum()
    within = words.are_in("negation", hit.passage, hit.start, hit.end)
    return opens and not within and words.are_in("negation", hit.passage, low, hit.start)


def _compose(reading: Reading, words: Words, yes: list[Hit], no: list[Hit]) -> None:
    """Read wishes out of clauses that no pattern foresaw: which side, wished, and whether not."""
    said = {_place(hit) for hit in yes + no}
    for side, wished in _SIDES.items():
        for hit in reading.hits(words.named[side]):
            answer = None if _place(hit) in said else _stance(hit, side, wished, words)
            if answer:
                (yes if answer == "yes" else no).append(hit)
    no += [
        hit
        for hit in reading.hits(words.named["wish_outbound"])
        if _place(hit) not in said
        and words.are_near("wish_verb", hit)
        and _says(hit, "negation", words)
    ]


def _answered(reading: Reading, words: Words, yes: list[Hit], no: list[Hit]) -> None:
    """Read `no, thanks` as the answer to the question of ours before it."""
    asked = {
        hit.passage.order
        for hit in reading.hits(words.named["wish_cloud"])
        if _is_ours(hit, words) and not words.are_near("wish_file", hit)
    }
    for idea, answers in (("says_yes", yes), ("says_no", no)):
        answers += [
            hit
            for hit in reading.hits(words.named[idea])
            if hit.passage.order - 1 in asked
            and hit.passage.author == "customer"
            and hit.passage.kind == "text"
        ]


def _stance(hit: Hit, side: str, wished: Answer, words: Words) -> Answer | None:
    """What one clause wishes; where it names a side, to stay or to go back adds nothing."""
    if side in _DEICTIC:
        if _says(hit, "wish_cloud", words) or _says(hit, "wish_file", words):
            return None
    elif not _wishes(hit, words):
        return None
    if _says(hit, "unasked", words) or _says(hit, "undecided", words):
        return None
    if words.are_near("wish_question", hit):
        return None
    turned = _says(hit, "negation", words, without=hit if side in _DEICTIC else None)
    if turned and side == "wish_file" and _says(hit, "file_refused", words):
        return None  # the server did not want it
    return _OTHER[wished] if turned else wished


def _is_ours(hit: Hit, words: Words) -> bool:
    """Is it an agent's question in a conversation, and nobody's wish?"""
    asked = hit.passage.author == "agent" and hit.passage.order > 0
    return asked and words.are_near("wish_question", hit)


def _wishes(hit: Hit, words: Words) -> bool:
    return _says(hit, "wish_verb", words)


def _says(hit: Hit, idea: str, words: Words, without: Hit | None = None) -> bool:
    """Does the clause around a hit say it, outside the words of `without`?"""
    low, high = _clause(hit)
    if without is None:
        return words.are_in(idea, hit.passage, low, high)
    return words.are_in(idea, hit.passage, low, without.start) or words.are_in(
        idea, hit.passage, without.end, high
    )


def _clause(hit: Hit) -> tuple[int, int]:
    low, high = sentence_around(hit.passage, hit.start, hit.end)
    text = hit.passage.plain
    for match in _CLAUSES.finditer(text, low, hit.start):
        low = match.end()
    after = _CLAUSES.search(text, hit.end, high)
    return low, after.start() if after else high


def _place(hit: Hit) -> tuple[str, int, int]:
    """The clause in which a hit stands."""
    return hit.passage.source, hit.passage.depth, _clause(hit)[0]


def _is_open(undecided: Iterable[Hit], stated: Sequence[Hit]) -> bool:
    """Does the newest word on the matter say that nobody has decided?"""
    orders = [hit.passage.order for hit in undecided]
    return bool(orders) and max(orders) >= max((hit.passage.order for hit in stated), default=0)


def _newest(yes: Sequence[Hit], no: Sequence[Hit]) -> Answer | None:
    if not yes or not no:
        return "yes" if yes else "no" if no else None
    newest_yes, newest_no = _age(yes), _age(no)
    if newest_yes == newest_no:
        return "contradiction"
    return "yes" if newest_yes > newest_no else "no"


def _age(hits: Sequence[Hit]) -> tuple[bool, int, bool]:
    """Age of the newest hit: an agent's word and a quote are older; of two quotes neither is."""
    return max(
        (hit.passage.author == "customer" or not hit.passage.order, hit.passage.order,
         not hit.passage.depth)
        for hit in hits
    )  # fmt: skip


def _reasons(hits: Sequence[Hit], signal: str) -> tuple[Reason, ...]:
    if not hits:
        return ()
    hit = max(hits, key=lambda found: (found.passage.order, -found.passage.depth))
    return (Reason(signal, 0.0, hit.quote, hit.passage.source, hit.passage.at),)
