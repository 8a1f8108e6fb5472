"""Accepted events: once each, in the order of acceptance, in the transaction of their job."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import queue
from bot.store.database import Database
from bot.store.events import AcceptedEvent, EventLog, accept

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def an_event(key: str = "k1", ticket_id: int = 7, **more: object) -> AcceptedEvent:
    values: dict[str, object] = {"kind": "created", "attachments": "no", "received_at": NOW}
    return AcceptedEvent(key, ticket_id, **(values | more))  # type: ignore[arg-type]  # a builder


def put(database: Database, event: AcceptedEvent) -> bool:
    with database.connection() as connection:
        return accept(connection, event)


def test_an_event_is_accepted_once(database: Database) -> None:
    assert put(database, an_event()) is True
    assert put(database, an_event(ticket_id=8)) is False
    assert EventLog(database).get("k1") == an_event()


def test_event_and_job_stand_or_fall_together(database: Database) -> None:
    def accept_and_break() -> None:
        with database.connection() as connection:
            accept(connection, an_event())
            queue.defer_event(connection, "k1", 7, "created", "no", None, NOW)
            raise OSError("the power went")

    with pytest.raises(OSError, match="power"):
        accept_and_break()

    with database.connection() as connection:
        assert queue.list_jobs(connection) == []
    assert EventLog(database).counts().accepted == 0


def put_with_job(database: Database, event: AcceptedEvent) -> int:
    with database.connection() as connection:
        assert accept(connection, event)
        return queue.defer_event(
            connection, event.key, event.ticket_id, event.kind, "no", None, event.received_at
        )


def test_newest_of_follows_the_order_of_acceptance(database: Database) -> None:
    log = EventLog(database)
    put_with_job(database, an_event("first", received_at=NOW + timedelta(seconds=5)))
    put_with_job(database, an_event("second", received_at=NOW))
    put_with_job(database, an_event("other", ticket_id=8))

    put_with_job(database, an_event("third", kind="replied"))

    assert log.newest_of(7) == "third"
    assert log.newest_of(7, "created") == "second"
    assert log.newest_of(9) is None


def test_a_new_ticket_that_has_its_note_is_new_to_no_later_event(database: Database) -> None:
    log = EventLog(database)
    for key in ("silent", "told", "again"):
        put_with_job(database, an_event(key))
    log.close("silent", "silent: mode_off")
    log.close("told", "noted")

    assert log.newest_of(7, "created") == "told"
    assert log.newest_of(7) == "again"


def test_nobody_leaves_a_look_to_an_event_whose_job_is_dead(database: Database) -> None:
    log = EventLog(database)
    put_with_job(database, an_event("first"))
    job = put_with_job(database, an_event("second", kind="command"))
    with database.connection() as connection:
        connection.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", (job,))

    assert log.newest_of(7) == "first"


def test_an_event_that_was_looked_at_still_counts_as_the_newest(database: Database) -> None:
    log = EventLog(database)
    put_with_job(database, an_event("first"))
    job = put_with_job(database, an_event("second", kind="command"))
    log.close("second", "noted")
    with database.connection() as connection:
        connection.execute("DELETE FROM procrastinate_jobs WHERE id = %s", (job,))

    assert log.newest_of(7) == "second"


def test_a_closed_event_keeps_its_outcome(database: Database) -> None:
    log = EventLog(database)
    put(database, an_event("a"))
    put(database, an_event("b"))

    log.close("a", "note posted")

    assert log.outcome("a") == "note posted"
    assert log.outcome("b") is None
    assert (log.counts().accepted, log.counts().open) == (2, 1)


def test_an_unknown_event_is_nothing(database: Database) -> None:
    assert EventLog(database).get("nobody") is None
