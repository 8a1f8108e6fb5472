"""Processor time of each step between a ticket that was read and its note, fastest of many.

The yardstick is a sum that every machine can do: the share of it is what compares machines and
versions (`PYTHONPATH=…` measures another clone).
"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from bot.manifests import load_manifests
from bot.runbook.classify import classify
from bot.runbook.html import to_html
from bot.runbook.note import NoteContext, write_note
from bot.runbook.observe import observe_ticket
from bot.runbook.ticket import Ticket

SUBJECT: Final = "Opted in by a bug, should not be on it"
BODY: Final = (
    "Our instance was opted into cloud licensing by the opt-in bug, then our legal entity changed "
    "and the new subscription A-S00012345 is not on cloud licensing. We do not want cloud "
    "licensing. https://customers.example_company.com/admin/license/123123123"
)


def fastest(step: Callable[[], object], times: int) -> float:
    """Milliseconds of this thread's processor, of the run that was disturbed least."""
    took = []
    for _ in range(times):
        began = time.thread_time()
        step()
        took.append(time.thread_time() - began)
    return min(took) * 1000


def yardstick() -> int:
    """Add a million squares."""
    return sum(number * number for number in range(1_000_000))


def steps() -> dict[str, Callable[[], object]]:
    """Every step on the bench's ticket, in the order in which a worker takes them."""
    book = load_manifests()
    ticket = Ticket("1", SUBJECT, BODY, ("cloud-licensing",))
    seen = observe_ticket(ticket, book.runbook)
    diagnosis = classify(book.runbook, ticket, seen)
    context = NoteContext("bench", book.revision, "bench", datetime(2026, 11, 24, tzinfo=UTC))
    note = write_note(book.runbook, diagnosis, context)
    return {
        "yardstick": yardstick,
        "read what was pasted": lambda: observe_ticket(ticket, book.runbook),
        "classify": lambda: classify(book.runbook, ticket, seen),
        "write the note": lambda: write_note(book.runbook, diagnosis, context),
        "make it HTML": lambda: to_html(note),
    }


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=60, help="tries, of which the fastest counts")
    asked = parser.parse_args()
    took = {name: fastest(step, asked.times) for name, step in steps().items()}
    for name, milliseconds in took.items():
        print(f"{name:22s} {milliseconds:7.2f} ms  {milliseconds / took['yardstick']:6.3f}")


if __name__ == "__main__":
    main()
