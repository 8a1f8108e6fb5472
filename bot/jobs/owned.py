"""Procrastinate's job manager, made strict: only the owner of a job says how it ended.

A worker that was stopped (SIGSTOP, a paused machine) wakes up and finishes a job that others have
rescued meanwhile. Procrastinate goes by the job's number alone, and would then end or requeue a
job that another worker is at. Here every ending names its worker and its try.
"""

import contextlib
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from procrastinate.connector import BaseAsyncConnector
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from bot.queue import COMMAND, EVENTS
from bot.store.budgets import UPDATES_PER_MINUTE
from bot.store.limit_headers import CALLS_PER_MINUTE

log = logging.getLogger(__name__)

#: Queues that `licensing-bot pause` leaves running.
ALWAYS: Final = frozenset({"maintenance", "rescue", "errands"})

#: So often a fetch is tried that met another worker's.
_FETCHES: Final = 5
#: A pause is seen with the next fetch, by every process, without asking for it apart; and events
#: for which Zendesk's limits leave no room stay in the queue, in their order.
_FETCH: Final = """
SELECT id, status, task_name, priority, lock, queueing_lock, args, scheduled_at, queue_name,
    attempts, worker_id
FROM fetch_known_job(
    CASE WHEN EXISTS (SELECT FROM switches WHERE name = 'paused')
        THEN %(always)s::varchar[] ELSE %(queues)s::varchar[] END,
    %(tasks)s::varchar[],
    %(worker_id)s,
    CASE WHEN %(limited)s THEN budget_least_priority(%(calls)s, %(updates)s, %(command)s)
        ELSE -2147483648 END)
"""
_MINE: Final = (
    " WHERE id = %(id)s AND status = 'doing' AND worker_id = %(worker_id)s"
    " AND attempts = %(attempts)s RETURNING id"
)
_DELETE: Final = f"DELETE FROM procrastinate_jobs{_MINE}"  # noqa: S608  constants
_NOTE_REASON: Final = """
, noted AS (
    INSERT INTO job_failures (job_id, reason) SELECT id, %(reason)s::text FROM mine
    WHERE %(reason)s::text IS NOT NULL
    ON CONFLICT (job_id) DO UPDATE SET reason = excluded.reason, failed_at = now()
)
SELECT count(*) AS count FROM mine
"""
_FINISH: Final = f"""
WITH mine AS (
    UPDATE procrastinate_jobs SET abort_requested = false, attempts = attempts + 1,
        status = %(status)s::procrastinate_job_status
    {_MINE}
) {_NOTE_REASON}
"""  # noqa: S608  constants
#: Also for the pulse, which settles what could not be settled at once. The store's clock says when:
#: it is the one that the fetch goes by, and ours may be wrong.
GIVE_BACK: Final = f"""
WITH mine AS (
    UPDATE procrastinate_jobs SET status = 'todo',
        scheduled_at = now() + make_interval(secs => %(seconds)s::float8),
        attempts = attempts + %(counts)s, priority = coalesce(%(priority)s, priority)
    {_MINE}
) {_NOTE_REASON}
"""  # noqa: S608  constants


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a try did not succeed, and whether it counts as one."""

    reason: str
    counts: bool


def _own_time() -> datetime:
    return datetime.now(UTC)


class OwnedJobs(JobManager):
    """The job manager of one worker process."""

    def __init__(
        self, connector: BaseAsyncConnector, clock: Callable[[], datetime] = _own_time
    ) -> None:
        super().__init__(connector)
        self.clock = clock
        """What the retry rule dates a next try by; it may be wrong, by hours."""
        self.tasks: Collection[str] = ()
        """Names of the tasks that this version has; others are left to whoever has them."""
        self.workers: set[int] = set()
        """Our registered workers; the pulse beats for them until they have ended."""
        self.verdicts: dict[int, Verdict] = {}
        """By job id, from the retry rule to the statement that ends the try."""
        self.unsettled: dict[int, Job] = {}
        """Jobs whose end could not be written down: the pulse gives them back."""

    async def register_worker(self) -> int:
        """Register a worker and remember it for the pulse."""
        worker_id = await super().register_worker()
        self.workers.add(worker_id)
        return worker_id

    async def unregister_worker(self, worker_id: int) -> None:
        """Stop beating for a worker, even when the store cannot be told."""
        self.workers.discard(worker_id)
        await super().unregister_worker(worker_id)

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Take the next job; while the bot is paused only from the queues that go on."""
        wanted = list(queues or ())
        values = {
            "queues": wanted,
            "always": [queue for queue in wanted if queue in ALWAYS],
            "tasks": sorted(self.tasks),
            "worker_id": worker_id,
            "limited": EVENTS in wanted,
            "calls": CALLS_PER_MINUTE,
            "updates": UPDATES_PER_MINUTE,
            "command": COMMAND,
        }
        for _ in range(_FETCHES):
            # Another worker may take a job of the same ticket in this moment, when a more important
            # one came just now: the index on running locks lets only one of them through.
            with contextlib.suppress(UniqueViolation):
                row = await self.connector.execute_query_one_async(_FETCH, **values)
                return None if row["id"] is None else Job.from_row(row)
        return None

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:  # noqa: FBT001  Procrastinate's signature
        """End a job for good, if it is still ours."""
        verdict = self._verdict(job)
        if delete_job:
            rows = await self._settle(job, _DELETE, {})
            self._tell(job, bool(rows))
            return
        values = {"status": status.value, "reason": verdict.reason if verdict else None}
        rows = await self._settle(job, _FINISH, values)
        self._tell(job, bool(rows[0]["count"]))

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Give a job back for another try, if it is still ours. Queue and lock never change."""
        if queue or lock:
            raise ValueError("a job keeps its queue and its lock")
        verdict = self._verdict(job)
        values = {
            "seconds": (retry_at - self.clock()).total_seconds() if retry_at else 0.0,
            "priority": priority,
            "counts": int(verdict is None or verdict.counts),
            "reason": verdict.reason if verdict else None,
        }
        rows = await self._settle(job, GIVE_BACK, values)
        self._tell(job, bool(rows[0]["count"]))

    def _verdict(self, job: Job) -> Verdict | None:
        return self.verdicts.pop(job.id, None) if job.id is not None else None

    async def _settle(
        self, job: Job, statement: str, values: Mapping[str, object]
    ) -> list[dict[str, Any]]:
        try:
            return await self.connector.execute_query_all_async(
                statement,
                id=job.id,
                worker_id=job.worker_id,
                attempts=job.attempts,
                **values,
            )
        except BaseException:
            if job.id is not None:
                self.unsettled[job.id] = job
            raise

    def _tell(self, job: Job, ours: bool) -> None:  # noqa: FBT001  one private caller each
        if not ours:
            log.warning("job was rescued meanwhile; its end here is dropped", extra={"job": job.id})
