"""The tasks by name: the event handler, and the housekeeping that runs by the clock."""

import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

import procrastinate
import psycopg
from psycopg_pool import AsyncConnectionPool

from bot.jobs.chores import Chores, add_chores
from bot.jobs.owned import OwnedJobs
from bot.jobs.probe_tasks import add_probe_tasks
from bot.jobs.threads import Threads
from bot.jobs.tries import Tries
from bot.pipeline.ports import AttachmentsHint, EventJob, EventKind, Prober
from bot.queue import EVENTS, HANDLE_EVENT, MAINTENANCE, JobValue
from bot.store.database import Database
from bot.store.retention import analyze, delete_old

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Probes:
    """What a worker needs to look at the portal."""

    prober: Prober
    vantage: str = ""
    """Its own name; it beats slowly under it. Empty: it serves no vantage."""


JOB_SECONDS: Final = 60.0
_HOUSEKEEPING_SECONDS: Final = 600.0


def build_app(
    url: str,
    handler: Callable[[EventJob], None],
    database: Database,
    retention_days: int,
    threads: Threads,
    probes: Probes | None = None,
    chores: Chores | None = None,
) -> tuple[procrastinate.App, OwnedJobs]:
    """Return Procrastinate's app with our tasks, and its job manager."""
    connector = procrastinate.PsycopgConnector(
        pool_factory=_pool,
        conninfo=url,
        min_size=1,
        max_size=4,
        timeout=5.0,
        configure=_configure,
        kwargs={"application_name": "licensing-bot worker", "connect_timeout": 3},
    )
    app = procrastinate.App(connector=connector)
    jobs = OwnedJobs(connector)
    app.job_manager = jobs
    tries = Tries(jobs)

    @app.task(name=HANDLE_EVENT, queue=EVENTS, retry=tries)
    async def handle_event(**arguments: JobValue) -> None:
        event = event_job(arguments)
        name = f"ticket {event.ticket_id}"
        await threads.run(functools.partial(handler, event), JOB_SECONDS, name)

    if probes is not None:
        add_probe_tasks(app, probes.prober, probes.vantage, tries)
    if chores is not None:
        add_chores(app, chores, tries)

    @app.periodic(cron="37 3 * * *", periodic_id="retention")
    @app.task(name="retention", queue=MAINTENANCE, retry=tries)
    async def retention(timestamp: int) -> None:  # noqa: ARG001  Procrastinate passes its tick
        await threads.run(
            lambda: _delete_old(database, retention_days), _HOUSEKEEPING_SECONDS, "retention"
        )

    @app.periodic(cron="*/10 * * * *", periodic_id="analyze")
    @app.task(name="analyze", queue=MAINTENANCE, retry=tries)
    async def renew_statistics(timestamp: int) -> None:  # noqa: ARG001  as above
        await threads.run(lambda: analyze(database), _HOUSEKEEPING_SECONDS, "analyze")

    jobs.tasks = app.tasks.keys()
    return app, jobs


def _pool(**settings: Any) -> AsyncConnectionPool:
    """A pool without Procrastinate's check per use: a lost connection starts the workers anew."""
    return AsyncConnectionPool(**{**settings, "check": None})


#: The fetch must walk the waiting jobs by priority and stop at the first that may run. A planner
#: whose statistics are older than a burst sorts them all instead: 50 ms per job, not 0.06 ms, at
#: 10,000 waiting jobs.
_WALK_THE_INDEX: Final = (
    "SELECT set_config(name, 'off', false) FROM unnest('{synchronous_commit, enable_sort,"
    " enable_seqscan, enable_hashjoin, enable_mergejoin, enable_bitmapscan}'::text[]) AS name"
)


async def _configure(connection: psycopg.AsyncConnection) -> None:
    """Make every step one statement that does not wait for the disk.

    What a crash of the server loses is done again, and the ledger knows what stands.
    """
    await connection.set_autocommit(True)
    await connection.execute(_WALK_THE_INDEX)


def event_job(arguments: Mapping[str, JobValue]) -> EventJob:
    """Turn a job's arguments, as `bot.queue.defer_event` wrote them, into the event.

    The version before or after this one may have written it: what is missing is as if unknown.
    """
    actor = arguments.get("actor_id")
    return EventJob(
        key=str(arguments["key"]),
        ticket_id=int(arguments["ticket_id"] or 0),
        kind=cast("EventKind", arguments["kind"]),
        attachments=cast("AttachmentsHint", arguments.get("attachments", "unknown")),
        received_at=_moment(arguments.get("received_at")),
        actor_id=None if actor is None else int(actor),
    )


def _moment(value: JobValue) -> datetime:
    return datetime.fromisoformat(str(value)) if value else datetime.now(UTC)


def _delete_old(database: Database, days: int) -> None:
    log.info("retention", extra={"deleted": dict(delete_old(database, days))})
