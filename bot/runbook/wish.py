"""Does the customer want cloud licensing? What is said newest counts; a contradiction is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.runbook.book import Runbook
from bot.runbook.diagnosis import Reason
from bot.runbook.signals import Reading, compiled
from bot.runbook.words import Hit, Matcher

Answer = Literal["yes", "no", "unknown", "contradiction"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the text says, what the field says, and what follows."""

    answer: Answer
    text: str | None
    """``yes`` or ``no`` when the text says so, by its newest statement."""
    reasons: tuple[Reason, ...] = ()


def read_wish(runbook: Runbook, reading: Reading) -> Wish:
    """Weigh the text's newest statement and the field: where they contradict, nobody decides."""
    words = compiled(runbook).words
    yes, no = reading.hits(words["wants_cloud"]), reading.hits(words["refuses_cloud"])
    if not yes and not no:
        yes, no = _composed(reading, words)
    text = _newest(yes, no)
    field = reading.ticket.fields.get("should_be_on_cloud_licensing", "").strip().lower()
    said = text if text != "contradiction" else None
    reasons = _reasons(yes, "wants_cloud") + _reasons(no, "refuses_cloud")
    if text == "contradiction" or (said and field in ("yes", "no") and field != said):
        return Wish("contradiction", said, reasons)
    answer: Answer = (
        "yes" if "yes" in (said, field) else "no" if "no" in (said, field) else "unknown"
    )
    return Wish(answer, said, reasons)


def _composed(reading: Reading, words: Mapping[str, Matcher]) -> tuple[list[Hit], list[Hit]]:
    """Read a wish out of sentences that no pattern foresaw: what, wished, and whether not."""
    yes: list[Hit] = []
    no: list[Hit] = []
    for hit in reading.hits(words["cloud_licensing"]):
        if _is_wish(hit, words):
            (no if words["negation"].is_near(hit) else yes).append(hit)
    for hit in reading.hits(words["license_file"]):
        if _is_wish(hit, words) and not words["cloud_licensing"].is_near(hit):
            (yes if words["negation"].is_near(hit) else no).append(hit)
    return yes, [hit for hit in no if hit not in yes]


def _is_wish(hit: Hit, words: Mapping[str, Matcher]) -> bool:
    return words["wish_verb"].is_near(hit) and not words["undecided"].is_near(hit)


def _newest(yes: Sequence[Hit], no: Sequence[Hit]) -> Answer | None:
    if not yes or not no:
        return "yes" if yes else "no" if no else None
    newest_yes, newest_no = _age(yes), _age(no)
    if newest_yes == newest_no:
        return "contradiction"
    return "yes" if newest_yes > newest_no else "no"


def _age(hits: Sequence[Hit]) -> tuple[int, int]:
    """Order of the newest hit; the subject is as old as the description, a quote older."""
    return max((hit.passage.order, -hit.passage.depth) for hit in hits)


def _reasons(hits: Sequence[Hit], signal: str) -> tuple[Reason, ...]:
    if not hits:
        return ()
    hit = max(hits, key=lambda found: (found.passage.order, -found.passage.depth))
    return (Reason(signal, 0.0, hit.quote, hit.passage.source, hit.passage.at),)
