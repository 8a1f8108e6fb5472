"""What our own look at the portal says in a note, and what it forbids the note to say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.evidence.observation import Observation
from bot.runbook.book import Runbook
from bot.runbook.choose import Course
from bot.runbook.snippet import render

#: Layers of the way to the portal; what fails there may fail for others as well.
NETWORK: Final = frozenset({"dns", "ip", "tcp", "tls", "http", "proxy"})
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400


def control_line(
    book: Runbook, look: Observation | None, failing: Sequence[str], now: datetime
) -> str:
    """Return the sentence about our own look at the portal."""
    words = book.head.note
    if look is None:
        return words["no_probes"]
    families = look.facts.get("families", ())
    values = {
        "age": age_in_words(look.seen_at, now),
        "families": _and(words, families if isinstance(families, tuple) else ()),
        "finding": says(book, look.cause),
        "vantages": ", ".join(failing),
        "vantage": look.vantage,
    }
    if failing:
        return render(words["control_trouble"], values)
    if look.verdict == "ok":
        name = "control_healthy" if values["families"] else "control_reached"
    else:
        name = {"warn": "control_flawed", "fail": "control_alone"}.get(look.verdict, "control_open")
    return render(words[name], values)


def in_trouble(book: Runbook, course: Course) -> Course:
    """Return the course without anything that sends a customer to change their own side."""
    steps = tuple(
        step for step in course.steps if step.who != "customer network" and step.effect == "safe"
    )
    kept = {name for step in steps for name in step.snippets}
    return replace(
        course,
        next=book.head.note["trouble_next"],
        steps=steps,
        snippets=tuple(item for item in course.snippets if item.id in kept),
        question=None,
        reply=None,
    )


def says(book: Runbook, cause: str) -> str:
    """Return the sentence of a cause, or the catch-all's."""
    return (book.findings.get(cause) or book.findings["unclear"]).says


def age_in_words(at: datetime | None, now: datetime) -> str:
    """Return how long ago it was: ``41 s ago``; a clock that runs ahead counts as now."""
    if at is None:
        return "?"
    seconds = max(0, int((now - at).total_seconds()))
    for limit, unit, name in ((_MINUTE, 1, "s"), (_HOUR, _MINUTE, "min"), (2 * _DAY, _HOUR, "h")):
        if seconds < limit:
            return f"{seconds // unit} {name} ago"
    return f"{seconds // _DAY} d ago"


def _and(words: Mapping[str, str], parts: Sequence[str]) -> str:
    return f" {words['and']} ".join(parts)
