"""Gives back the jobs of workers that are gone, so that nothing stays in `doing`."""

import logging
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg.rows import class_row

from bot.jobs.tries import MOST_DEATHS
from bot.queue import wake
from bot.store.database import Database

log = logging.getLogger(__name__)

#: Without a heartbeat for this long a worker counts as gone: three were missed (DESIGN 4.11).
GONE_SECONDS: Final = 6.0

_STALLED: Final = """
SELECT id, queue_name AS queue, worker_id, attempts FROM procrastinate_jobs AS job
WHERE status = 'doing' AND NOT EXISTS (
    SELECT FROM procrastinate_workers AS worker
    WHERE worker.id = job.worker_id
        AND worker.last_heartbeat > now() - make_interval(secs => %s))
ORDER BY id
"""
_LOST: Final = "its worker was lost while it ran"
#: Names the worker that is gone: another rescuer may have been faster, and the job run anew. A job
#: that an outage has made try often is not at its end with the first worker that is lost.
_REQUEUE: Final = """
UPDATE procrastinate_jobs AS job SET attempts = attempts + 1, scheduled_at = NULL,
    status = (CASE WHEN attempts + 1 >= %(most)s AND EXISTS (
        SELECT FROM job_failures AS failure WHERE failure.job_id = job.id AND reason = %(lost)s)
    THEN 'failed' ELSE 'todo' END)::procrastinate_job_status
WHERE id = %(id)s AND status = 'doing' AND attempts = %(attempts)s
    AND worker_id IS NOT DISTINCT FROM %(worker)s
RETURNING status::text
"""


@dataclass(frozen=True, slots=True)
class StalledJob:
    """A job whose worker does not beat any more."""

    id: int
    queue: str
    worker_id: int | None
    attempts: int


def rescue(database: Database, gone_seconds: float = GONE_SECONDS) -> int:
    """Give back every job whose worker is gone, each by itself; return how many."""
    with (
        database.connection() as connection,
        connection.cursor(row_factory=class_row(StalledJob)) as cursor,
    ):
        stalled = cursor.execute(_STALLED, (gone_seconds,)).fetchall()
    rescued = 0
    for job in stalled:
        try:
            with database.connection() as connection:
                rescued += _requeue(connection, job)
        except psycopg.Error:
            log.exception("job could not be rescued", extra={"job": job.id})
    return rescued


def _requeue(connection: psycopg.Connection, job: StalledJob) -> bool:
    values = {"most": MOST_DEATHS, "lost": _LOST, "id": job.id}
    values |= {"attempts": job.attempts, "worker": job.worker_id}
    found = connection.execute(_REQUEUE, values).fetchone()
    if found is None:
        return False
    log.warning("job of a lost worker", extra={"job": job.id, "now": found[0]})
    connection.execute(
        "INSERT INTO job_failures (job_id, reason) VALUES (%s, %s)"
        " ON CONFLICT (job_id) DO UPDATE SET reason = excluded.reason, failed_at = now()",
        (job.id, _LOST),
    )
    if found[0] == "todo":
        wake(connection, job.queue, job.id)
    return True
