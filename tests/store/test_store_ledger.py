"""The ledger survives whatever happens between intent and done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.runbook.writing import Receipt
from bot.store.database import Database
from bot.store.ledger import LedgerNote, NoteLedger

NOTE = LedgerNote(
    key="k1",
    marker="m1",
    ticket_id=7,
    digest="d1",
    kind="automatic",
    state="intent",
    created_at=datetime(2026, 11, 24, 2, 0, tzinfo=UTC),
    scenario="proxy",
    branch="inspect",
)


def test_the_intent_that_stands_is_returned_again(database: Database) -> None:
    ledger = NoteLedger(database, "0.1.0")
    first = ledger.intend(NOTE, ["rule.a"], "rev1")

    second = ledger.intend(replace(NOTE, marker="m2"), ["rule.b"], "rev2")

    assert first == NOTE
    assert second == NOTE
    assert ledger.notes(7) == [NOTE]


def test_of_two_workers_that_mean_the_same_note_at_once_one_may_write(database: Database) -> None:
    ledger = NoteLedger(database)
    at = datetime.now(UTC)

    first = ledger.intend(replace(NOTE, created_at=at), [], "rev1")
    second = ledger.intend(replace(NOTE, created_at=at + timedelta(milliseconds=3)), [], "rev1")

    assert first.created_at == second.created_at == at


@pytest.mark.parametrize("apart", [timedelta(milliseconds=5), timedelta(hours=-2)])
def test_of_two_workers_that_have_seen_the_same_intent_one_may_write(
    database: Database, apart: timedelta
) -> None:
    """Whatever the clocks say: the intent itself decides."""
    ledger = NoteLedger(database)
    ledger.intend(NOTE, [], "rev1")
    at = NOTE.created_at + apart

    first = ledger.intend(replace(NOTE, created_at=at), [], "rev1", seen=NOTE.created_at)
    second = ledger.intend(replace(NOTE, created_at=at + apart), [], "rev1", seen=NOTE.created_at)

    assert first.created_at == second.created_at == at


def test_done_keeps_what_zendesk_answered(database: Database) -> None:
    ledger = NoteLedger(database)
    ledger.intend(NOTE, ["rule.a"], "rev1")

    ledger.done("k1", Receipt(11, 22, "2026-11-24T02:00:05Z"))

    (note,) = ledger.notes(7)
    assert (note.state, note.comment_id) == ("done", 22)
    assert note.done_at is not None
    assert ledger.stamps(7) == {"2026-11-24T02:00:05Z"}


def test_a_note_that_stands_cannot_be_abandoned(database: Database) -> None:
    ledger = NoteLedger(database)
    ledger.intend(NOTE, [], "rev1")
    ledger.done("k1", Receipt(11, 22, "2026-11-24T02:00:05Z"))

    ledger.abandon("k1", "changed my mind")

    assert ledger.notes(7)[0].state == "done"


def test_an_abandoned_intent_that_turns_up_later_is_done(database: Database) -> None:
    ledger = NoteLedger(database)
    ledger.intend(NOTE, [], "rev1")
    ledger.abandon("k1", "ticket closed")

    ledger.done("k1", Receipt(11, None, "2026-11-24T02:00:05Z"))

    assert ledger.notes(7)[0].state == "done"


def test_notes_of_a_rule_are_found_newest_first(database: Database) -> None:
    ledger = NoteLedger(database)
    for number in (1, 2, 3):
        ledger.intend(replace(NOTE, key=f"k{number}", marker=f"m{number}"), ["rule.a"], "rev1")
        ledger.done(f"k{number}", Receipt(number, number, "2026-11-24T02:00:05Z"))
    ledger.intend(replace(NOTE, key="k4", marker="m4"), ["rule.b"], "rev1")

    assert [note.key for note in ledger.by_rule("rule.a", limit=2)] == ["k3", "k2"]
    assert [note.key for note in ledger.notes(7)] == ["k1", "k2", "k3", "k4"]
    assert [note.key for note in ledger.newest(1)] == ["k4"]
