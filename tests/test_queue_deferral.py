"""Jobs go in by plain SQL: as Procrastinate itself would write them, and in the right order."""

from collections.abc import Iterator
from datetime import UTC, datetime

import procrastinate
import psycopg
import pytest

from bot import queue

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
COLUMNS = (
    "queue_name, task_name, priority, lock, queueing_lock, args, status, scheduled_at, attempts,"
    " abort_requested, worker_id"
)


@pytest.fixture
def connection(store_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(store_url, autocommit=True) as opened:
        yield opened


def defer_event(
    connection: psycopg.Connection, ticket_id: int, priority: int = 0, delay: float = 0
) -> int:
    return queue.defer_event(
        connection,
        "k1",
        ticket_id,
        "created",
        "no",
        None,
        NOW,
        priority=priority,
        delay_seconds=delay,
    )


def fetch(connection: psycopg.Connection) -> int | None:
    row = connection.execute(
        "SELECT id FROM procrastinate_fetch_job_v2('{events}'::varchar[],"
        " (SELECT worker_id FROM procrastinate_register_worker_v1()))"
    ).fetchone()
    return None if row is None else row[0]


def test_a_deferred_event_is_what_procrastinate_would_have_written(
    connection: psycopg.Connection, store_url: str
) -> None:
    ours = defer_event(connection, 7, priority=5)
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=store_url))
    with app.open():
        theirs = app.configure_task(
            "handle_event", queue="events", lock="ticket:7", priority=5
        ).defer(
            key="k1",
            ticket_id=7,
            kind="created",
            attachments="no",
            actor_id=None,
            received_at=NOW.isoformat(),
        )

    rows = connection.execute(f"SELECT {COLUMNS} FROM procrastinate_jobs ORDER BY id").fetchall()
    assert (ours, theirs) == (1, 2)
    assert rows[0] == rows[1]


def test_a_command_goes_before_an_event_and_an_event_before_a_reconciliation(
    connection: psycopg.Connection,
) -> None:
    late = defer_event(connection, 1, queue.RECONCILE)
    event = defer_event(connection, 2)
    command = defer_event(connection, 3, queue.COMMAND)

    assert [fetch(connection) for _ in range(4)] == [command, event, late, None]


def test_jobs_of_one_ticket_run_one_after_another(connection: psycopg.Connection) -> None:
    first = defer_event(connection, 7)
    defer_event(connection, 7)

    assert [fetch(connection), fetch(connection)] == [first, None]


def test_a_job_that_waits_for_its_time_holds_up_its_equals_but_not_a_command(
    connection: psycopg.Connection,
) -> None:
    defer_event(connection, 7, delay=600)
    defer_event(connection, 7)
    command = defer_event(connection, 7, queue.COMMAND)

    assert [fetch(connection), fetch(connection)] == [command, None]


def test_depth_and_age_are_told_per_queue(connection: psycopg.Connection) -> None:
    for ticket in (1, 2, 3):
        defer_event(connection, ticket)
    defer_event(connection, 4, delay=600)
    queue.defer(connection, "maintenance", "analyze", {})
    fetch(connection)
    connection.execute(
        "UPDATE procrastinate_events SET at = at - interval '1 minute' WHERE job_id = 2"
    )

    events, house = queue.queue_states(connection)

    assert (events.waiting, events.scheduled, events.running, events.failed) == (2, 1, 1, 0)
    assert 60 <= events.oldest_seconds < 600
    assert (house.queue, house.waiting) == ("maintenance", 1)


def test_jobs_are_listed_newest_first_and_by_status(connection: psycopg.Connection) -> None:
    first, second = defer_event(connection, 1), defer_event(connection, 2)
    connection.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", (first,))

    assert [job.id for job in queue.list_jobs(connection)] == [second, first]
    assert [job.id for job in queue.list_jobs(connection, status="failed")] == [first]
    assert queue.list_jobs(connection, queue="maintenance") == []
    job = queue.show(connection, first)
    assert job is not None
    assert (job.lock, job.task, job.deferred_at is not None) == ("ticket:1", "handle_event", True)
    assert queue.show(connection, 99) is None


def test_a_dead_letter_is_retried_with_all_its_tries(connection: psycopg.Connection) -> None:
    job = defer_event(connection, 1)
    connection.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 8")

    assert queue.retry(connection, job)
    assert fetch(connection) == job
    assert not queue.retry(connection, job)
    found = queue.show(connection, job)
    assert found is not None
    assert found.attempts == 0


def test_a_discarded_job_does_not_run(connection: psycopg.Connection) -> None:
    job = defer_event(connection, 1)

    assert queue.discard(connection, job)
    assert fetch(connection) is None
    assert not queue.discard(connection, job)
