"""Does the customer want cloud licensing? What is said newest counts; a contradiction is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.runbook.book import Runbook
from bot.runbook.diagnosis import Reason
from bot.runbook.signals import Reading, compiled
from bot.runbook.words import Hit

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
