"""The commit of events and jobs: together, in groups, and the same as one by one."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest

from bot.queue import defer_event
from bot.store.database import Database, StoreDown
from bot.store.events import AcceptedEvent, accept
from bot.web.intake import DurableIntake

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def event(key: str, ticket_id: int = 4711, actor_id: int | None = None) -> AcceptedEvent:
    return AcceptedEvent(key, ticket_id, "created", "no", NOON, actor_id)


def rows(database: Database) -> tuple[Sequence[object], Sequence[object]]:
    """Every event and every job, without what each insert makes up anew."""
    with database.connection() as connection:
        events = connection.execute(
            "SELECT key, ticket_id, kind, attachments, actor_id, received_at FROM events"
            " ORDER BY key"
        ).fetchall()
        jobs = connection.execute(
            "SELECT queue_name, task_name, priority, lock, queueing_lock, args, status, attempts,"
            " round(extract(epoch FROM scheduled_at - event.at))::int AS delay"
            " FROM procrastinate_jobs AS job JOIN procrastinate_events AS event"
            " ON event.job_id = job.id AND event.type = 'deferred' ORDER BY args->>'key'"
        ).fetchall()
    return events, jobs


@pytest.fixture
def held(database: Database) -> Iterator[threading.Event]:
    """Hold the table of events, so that deliveries pile up, until the test sets the event."""
    release, holds = threading.Event(), threading.Event()

    def hold() -> None:
        with psycopg.connect(database.url) as connection:
            connection.execute("LOCK TABLE events IN EXCLUSIVE MODE")
            holds.set()
            release.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    assert holds.wait(60)
    yield release
    release.set()
    thread.join()


def wait_until_pending(intake: DurableIntake, count: int) -> None:
    waited = threading.Event()
    while len(intake._pending) < count:
        waited.wait(0.01)


def test_a_group_writes_what_the_store_and_the_queue_write_one_by_one(database: Database) -> None:
    intake = DurableIntake(database)
    events = [event("a", 1, actor_id=9), event("b", 2)]
    for each, delay in zip(events, (0.0, 90.0), strict=True):
        intake.accept(each, 10, delay)
    in_groups = rows(database)
    with database.connection() as connection:
        connection.execute("TRUNCATE events, procrastinate_jobs CASCADE")
        for each, delay in zip(events, (0.0, 90.0), strict=True):
            assert accept(connection, each)
            defer_event(
                connection,
                each.key,
                each.ticket_id,
                each.kind,
                each.attachments,
                each.actor_id,
                each.received_at,
                priority=10,
                delay_seconds=delay,
            )

    assert rows(database) == in_groups
    assert len(in_groups[0]) == len(in_groups[1]) == 2


def test_many_deliveries_at_once_are_each_stored_once(database: Database) -> None:
    intake = DurableIntake(database)
    keys = [f"key-{number % 60:02}" for number in range(120)]
    with ThreadPoolExecutor(12) as threads:
        new = list(threads.map(lambda key: intake.accept(event(key), 50, 0.0), keys))

    assert sum(new) == 60
    assert [len(found) for found in rows(database)] == [60, 60]


def test_what_piles_up_is_committed_together(database: Database, held: threading.Event) -> None:
    patient = Database(database.url, statement_seconds=60)
    intake = DurableIntake(patient)
    with ThreadPoolExecutor(6) as threads:
        leader = threads.submit(intake.accept, event("leader"), 50, 0.0)
        while not intake._writing or intake._pending:
            threading.Event().wait(0.01)
        others = [
            threads.submit(intake.accept, event(key), 50, 0.0) for key in ("x", "y", "x", "z")
        ]
        wait_until_pending(intake, 4)
        held.set()
        assert leader.result(60)
        assert sum(other.result(60) for other in others) == 3
    with database.connection() as connection:
        transactions = connection.execute(
            "SELECT key, xmin::text FROM events ORDER BY key"
        ).fetchall()
    patient.close()

    by_key = {str(key): str(transaction) for key, transaction in transactions}
    assert set(by_key) == {"leader", "x", "y", "z"}
    assert by_key["x"] == by_key["y"] == by_key["z"] != by_key["leader"]


def test_an_event_that_postgres_refuses_harms_no_other(
    database: Database, held: threading.Event
) -> None:
    patient = Database(database.url, statement_seconds=60)
    intake = DurableIntake(patient)
    with ThreadPoolExecutor(6) as threads:
        leader = threads.submit(intake.accept, event("leader"), 50, 0.0)
        while not intake._writing or intake._pending:
            threading.Event().wait(0.01)
        bad = threads.submit(intake.accept, event("bad", 2**70), 50, 0.0)
        wait_until_pending(intake, 1)
        good = [threads.submit(intake.accept, event(key), 50, 0.0) for key in ("x", "y")]
        wait_until_pending(intake, 3)
        held.set()
        assert leader.result(60)
        assert all(each.result(60) for each in good)
        with pytest.raises(psycopg.DataError):
            bad.result(60)
    patient.close()

    assert [len(found) for found in rows(database)] == [3, 3]


def test_everybody_in_a_group_hears_that_the_store_is_down(
    database: Database, held: threading.Event
) -> None:
    hasty = Database(database.url, statement_seconds=1.0)
    intake = DurableIntake(hasty)
    with ThreadPoolExecutor(4) as threads:
        all_of_them = [
            threads.submit(intake.accept, event(key), 50, 0.0) for key in ("a", "b", "c", "d")
        ]
        for each in all_of_them:
            with pytest.raises(StoreDown, match="took too long"):
                each.result(60)
    held.set()
    hasty.close()

    assert [len(found) for found in rows(database)] == [0, 0]
