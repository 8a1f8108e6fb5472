"""The clock jumps, or two hosts disagree about the time: an open note is settled all the same."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.pipeline.ports import Later
from bot.pipeline.settle import APART, Settler
from bot.store.ledger import LedgerNote
from tests.fakes import START, Clock, FakeDesk, FakeLedger
from tests.pipeline.house import TICKET

INTENT = LedgerNote("key", "cl_note_1", int(TICKET.id), "digest", "automatic", "intent", START)


def settled(age: timedelta) -> tuple[list[float], FakeLedger]:
    """Settle a note of this age by our clock; return how long was waited, and the ledger."""
    clock, waits = Clock(), list[float]()
    ledger = FakeLedger(clock, {"key": replace(INTENT, created_at=clock() - age)})
    Settler(FakeDesk(TICKET, clock), ledger, clock, waits.append).settle(int(TICKET.id))
    return waits, ledger


def test_a_note_of_the_last_two_seconds_is_left_alone() -> None:
    with pytest.raises(Later) as later:
        settled(timedelta(seconds=0.5))

    assert later.value.seconds == 1.5


def test_a_note_of_long_ago_is_looked_for_a_second_after_the_ticket_was_read() -> None:
    waits, ledger = settled(timedelta(days=2))

    assert waits == [APART]
    assert ledger.rows["key"].state == "intent"


def test_a_note_from_the_future_costs_two_seconds_and_not_an_hour() -> None:
    waits, _ = settled(-timedelta(hours=1))

    assert waits == [2.0, APART]
