"""The chores that need Zendesk or the world: reconcile, purge and drift, each by its own clock."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import procrastinate

from bot.jobs import drift, purge, reconcile
from bot.jobs.threads import Threads
from bot.jobs.tries import Tries
from bot.manifests import Manifests
from bot.queue import ERRANDS, defer
from bot.store.clock import StoreClock
from bot.store.database import Database
from bot.store.signals import Signals
from bot.zendesk.session import ZendeskSession

log = logging.getLogger(__name__)

#: Ten pages of a search, each with the wait that Zendesk's limits may impose.
_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Chores:
    """What a worker with credentials does beside the events."""

    reconcile: Callable[[], None]
    purge: Callable[[], None]
    drift: Callable[[], None]
    signals: Signals
    """What this worker counts."""


def chores_of(
    database: Database, manifests: Manifests, session: ZendeskSession, signals: Signals
) -> Chores:
    """Return the chores of a worker that may speak with Zendesk."""
    return Chores(
        reconcile.Reconciler(database, session, signals, StoreClock(database)),
        purge.Purger(database, session),
        drift.DriftWatch(database, manifests.handbook, drift.fetch_page),
        signals,
    )


def add_chores(app: procrastinate.App, chores: Chores, tries: Tries) -> None:
    """Let the app run the chores.

    They have a queue of their own: a worker of an older version does not know them, and a worker
    without credentials cannot do them.
    """
    threads = (
        Threads()
    )  # apart from the events' threads: a chore that hangs must not end the worker

    def add(name: str, cron: str, chore: Callable[[], None]) -> None:
        @app.periodic(cron=cron, periodic_id=name)
        @app.task(name=name, queue=ERRANDS, retry=tries)
        async def run(timestamp: int = 0) -> None:  # noqa: ARG001  Procrastinate passes its tick
            await threads.run(chore, _SECONDS, name)

    add(reconcile.NAME, "*/5 * * * *", chores.reconcile)
    # By the hour: each asks whether its day or week is over, so that no outage skips one.
    add(purge.NAME, "13 * * * *", chores.purge)
    add(drift.NAME, "43 * * * *", chores.drift)


def search_at_once(database: Database) -> None:
    """Something may have been missed: this worker has just started, or the store was away."""
    with database.connection() as connection:
        defer(connection, ERRANDS, reconcile.NAME, {})
