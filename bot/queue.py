"""The queue: puts jobs in by task name, and shows, retries and discards what is in it.

Plain SQL on Procrastinate's own tables and functions, so that the web app defers a job in the
transaction that accepts the event, and does not load Procrastinate for it. `bot.jobs` runs the
worker.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import psycopg
from psycopg.rows import class_row

EVENTS: Final = "events"
MAINTENANCE: Final = "maintenance"
RESCUE: Final = "rescue"
#: Chores that need Zendesk or the world outside.
ERRANDS: Final = "errands"

HANDLE_EVENT: Final = "handle_event"
LOOK_AT_PORTAL: Final = "look_at_portal"
CLOSE_PROBE_RUN: Final = "close_probe_run"

#: Results of an agent's probe run: they pass what an earlier command has scheduled for later.
RESULT: Final = 110
#: An agent who waits goes first; a look of our own accord comes last.
COMMAND: Final = 100
EVENT: Final = 0
RECONCILE: Final = -100

JobStatus = Literal["todo", "doing", "succeeded", "failed", "cancelled", "aborted"]
JobValue = str | int | float | bool | None

_DEFER: Final = """
SELECT unnest(procrastinate_defer_jobs_v1(ARRAY[ROW(
    %s, %s, %s, %s, NULL, %s::jsonb, now() + make_interval(secs => nullif(%s::float8, 0))
)]::procrastinate_job_to_defer_v1[]))
"""
_SELECT: Final = """
SELECT job.id, job.queue_name AS queue, job.task_name AS task, job.status::text AS status,
    job.priority, job.attempts, coalesce(job.lock, '') AS lock, job.scheduled_at,
    (SELECT min(at) FROM procrastinate_events WHERE job_id = job.id AND type = 'deferred')
        AS deferred_at,
    failure.reason, failure.failed_at, job.args::text AS arguments
FROM procrastinate_jobs AS job LEFT JOIN job_failures AS failure ON failure.job_id = job.id
"""


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """One job as the command line shows it. Its arguments are ids and enumerations only."""

    id: int
    queue: str
    task: str
    status: str
    """A `JobStatus`; a dead letter is ``failed``."""
    priority: int
    attempts: int
    lock: str
    scheduled_at: datetime | None
    deferred_at: datetime | None
    reason: str | None
    """Why the last try failed."""
    failed_at: datetime | None
    arguments: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """How much waits in one queue."""

    queue: str
    waiting: int
    """Due now."""
    scheduled: int
    """To be run later: given back, or between two tries."""
    running: int
    failed: int
    oldest_seconds: float
    """How long the oldest job that is due has been waiting to run."""


def ticket_lock(ticket_id: int) -> str:
    """Jobs of one ticket run one after another."""
    return f"ticket:{ticket_id}"


def defer(
    connection: psycopg.Connection,
    queue: str,
    task: str,
    arguments: Mapping[str, JobValue],
    *,
    lock: str | None = None,
    priority: int = EVENT,
    delay_seconds: float = 0.0,
) -> int:
    """Put a job into the queue in the caller's transaction; return its id."""
    row = connection.execute(
        _DEFER, (queue, task, priority, lock, json.dumps(arguments), delay_seconds)
    ).fetchone()
    if row is None:
        raise LookupError("Procrastinate returned no job")
    return int(row[0])


def defer_event(  # noqa: PLR0913  an event has that many sides
    connection: psycopg.Connection,
    key: str,
    ticket_id: int,
    kind: str,
    attachments: str,
    actor_id: int | None,
    received_at: datetime,
    *,
    priority: int = EVENT,
    delay_seconds: float = 0.0,
) -> int:
    """Defer `handle_event` in the transaction that accepted the event.

    There is no `queueing_lock`: its index covers only waiting jobs, and a retry can hit it.
    """
    arguments: dict[str, JobValue] = {
        "key": key,
        "ticket_id": ticket_id,
        "kind": kind,
        "attachments": attachments,
        "actor_id": actor_id,
        "received_at": received_at.isoformat(),
    }
    return defer(
        connection,
        EVENTS,
        HANDLE_EVENT,
        arguments,
        lock=ticket_lock(ticket_id),
        priority=priority,
        delay_seconds=delay_seconds,
    )


def probes_queue(vantage: str) -> str:
    """Name the queue that is served from this vantage."""
    return f"probes.{vantage}"


def defer_look(
    connection: psycopg.Connection,
    vantage: str,
    run_id: int | None = None,
    place: str = "",
    *,
    delay_seconds: float = 0.0,
) -> bool:
    """Ask a vantage for a look at the portal; without a run only when none waits for it already.

    A vantage that nobody serves so has one job waiting, not one a minute.
    """
    queue = probes_queue(vantage)
    if run_id is None:
        waiting = connection.execute(
            "SELECT FROM procrastinate_jobs WHERE queue_name = %s AND task_name = %s"
            " AND status = 'todo' AND args ->> 'run_id' IS NULL LIMIT 1",
            (queue, LOOK_AT_PORTAL),
        ).fetchone()
        if waiting is not None:
            return False
    arguments: dict[str, JobValue] = {"vantage": vantage, "run_id": run_id, "place": place}
    priority = EVENT if run_id is None else COMMAND
    defer(
        connection, queue, LOOK_AT_PORTAL, arguments, priority=priority, delay_seconds=delay_seconds
    )
    return True


def list_jobs(
    connection: psycopg.Connection,
    status: JobStatus | None = None,
    queue: str | None = None,
    limit: int = 100,
) -> Sequence[QueuedJob]:
    """Return jobs, newest first. Dead letters have the status ``failed``."""
    with connection.cursor(row_factory=class_row(QueuedJob)) as cursor:
        return cursor.execute(
            _SELECT + "WHERE (%(status)s::text IS NULL"
            " OR job.status = %(status)s::procrastinate_job_status)"
            " AND (%(queue)s::text IS NULL OR job.queue_name = %(queue)s)"
            " ORDER BY job.id DESC LIMIT %(limit)s",
            {"status": status, "queue": queue, "limit": limit},
        ).fetchall()


def list_open(
    connection: psycopg.Connection, queue: str | None = None, limit: int = 100
) -> Sequence[QueuedJob]:
    """Return what is not at its end: dead letters, then what runs, then what has waited longest."""
    with connection.cursor(row_factory=class_row(QueuedJob)) as cursor:
        return cursor.execute(
            _SELECT + "WHERE job.status IN ('failed', 'doing', 'todo')"
            " AND (%(queue)s::text IS NULL OR job.queue_name = %(queue)s)"
            " ORDER BY array_position('{failed,doing,todo}', job.status::text),"
            " job.scheduled_at > now() IS TRUE, job.id LIMIT %(limit)s",
            {"queue": queue, "limit": limit},
        ).fetchall()


def show(connection: psycopg.Connection, job_id: int) -> QueuedJob | None:
    """Return one job."""
    with connection.cursor(row_factory=class_row(QueuedJob)) as cursor:
        return cursor.execute(_SELECT + "WHERE job.id = %s", (job_id,)).fetchone()


def retry(connection: psycopg.Connection, job_id: int) -> bool:
    """Run a dead letter, or a job that waits for its time, again at once with all its tries.

    False when there is no such job, or when it is running or finished.
    """
    done = connection.execute(
        "UPDATE procrastinate_jobs SET status = 'todo', attempts = 0, scheduled_at = NULL"
        " WHERE id = %s AND (status = 'failed' OR (status = 'todo' AND scheduled_at > now()))"
        " RETURNING queue_name",
        (job_id,),
    ).fetchone()
    if done is None:
        return False
    wake(connection, str(done[0]), job_id)
    return True


def discard(connection: psycopg.Connection, job_id: int) -> bool:
    """Take a dead letter or a waiting job out of the queue; False when it runs or is finished."""
    done = connection.execute(
        "UPDATE procrastinate_jobs SET status = 'cancelled'"
        " WHERE id = %s AND status IN ('failed', 'todo')",
        (job_id,),
    )
    return done.rowcount == 1


def wake(connection: psycopg.Connection, queue: str, job_id: int) -> None:
    """Tell idle workers to look now: Procrastinate itself tells them of new jobs only."""
    connection.execute(
        "SELECT pg_notify('procrastinate_queue_v1#' || %s, %s)",
        (queue, json.dumps({"type": "job_inserted", "job_id": job_id})),
    )


def queue_states(connection: psycopg.Connection) -> Sequence[QueueState]:
    """Depth and age of every queue that holds something."""
    with connection.cursor(row_factory=class_row(QueueState)) as cursor:
        return cursor.execute(
            """
            WITH open AS (
                SELECT *, status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()) AS due
                FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed')
            ), oldest AS (
                SELECT queue_name, min(coalesce(scheduled_at, event.at)) AS since
                FROM open JOIN procrastinate_events AS event
                    ON event.job_id = open.id AND event.type = 'deferred'
                WHERE due GROUP BY queue_name
            )
            SELECT queue_name AS queue,
                count(*) FILTER (WHERE due) AS waiting,
                count(*) FILTER (WHERE status = 'todo' AND NOT due) AS scheduled,
                count(*) FILTER (WHERE status = 'doing') AS running,
                count(*) FILTER (WHERE status = 'failed') AS failed,
                coalesce(extract(epoch FROM now() - min(since)), 0)::float8 AS oldest_seconds
            FROM open LEFT JOIN oldest USING (queue_name)
            GROUP BY queue_name ORDER BY queue_name
            """
        ).fetchall()


def step_back_old(connection: psycopg.Connection, hours: float) -> int:
    """Let events that are too old for a first note wait behind all others; return how many.

    After an outage the tickets that can still be helped come first. Commands keep their place.
    """
    done = connection.execute(
        "UPDATE procrastinate_jobs SET priority = %(last)s WHERE queue_name = %(queue)s"
        " AND status = 'todo' AND priority > %(last)s AND priority < %(command)s"
        " AND (args ->> 'received_at')::timestamptz < now() - make_interval(secs => %(age)s)",
        {"last": RECONCILE, "queue": EVENTS, "command": COMMAND, "age": hours * 3600},
    )
    return done.rowcount
