"""The worker's pulse: every two seconds it says that we live, and rescues what others left."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import psycopg

from bot.jobs.letters import tell_waiting_agents
from bot.jobs.owned import GIVE_BACK, OwnedJobs
from bot.jobs.rescue import GONE_SECONDS, rescue
from bot.queue import step_back_old
from bot.store.database import Database, StoreDown
from bot.store.heartbeats import Heartbeats
from bot.store.signals import Signals

log = logging.getLogger(__name__)

BEAT_SECONDS: Final = 2.0
#: Once a minute.
_STEP_BACK_BEATS: Final = 30
#: An event of this age gets no first note any more (`max_event_age_hours` of runbook.toml).
OLD_HOURS: Final = 2.0
_BEAT: Final = """
INSERT INTO procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE
SELECT unnest(%s::bigint[]), now()
ON CONFLICT (id) DO UPDATE SET last_heartbeat = excluded.last_heartbeat
"""


class Steadiness:
    """Tells whether the clock and the store have run without a gap for long enough to rescue.

    After a machine was suspended, or the store was away, every heartbeat is old: whoever wakes
    first would take the jobs of workers that are about to beat again.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = clock()
        self._since = float("-inf")
        self.gaps = 0
        """How often there was one."""

    def tick(self) -> bool:
        """Note a beat that reached the store; True when there was no gap lately."""
        now = self._clock()
        if now - self._last > GONE_SECONDS:
            self._since = now
            self.gaps += 1
        self._last = now
        return now - self._since > GONE_SECONDS


@dataclass(slots=True)
class Pulse:
    """One worker process's pulse. It goes on while the last jobs of a stopping worker end."""

    database: Database
    jobs: OwnedJobs
    steadiness: Steadiness
    name: str
    version: str
    details: Mapping[str, object] = field(default_factory=dict)
    signals: Signals = field(default_factory=Signals)
    returned: Callable[[Database], None] | None = None
    """Called with the first beat, and with the first after a gap."""
    _beats: int = 0
    _known_gaps: int = -1
    _down: bool = False

    def beat(self) -> None:
        """Beat once; a store that is away is told once, and the next beat tries again."""
        try:
            self._beat()
        except psycopg.Error:
            log.exception("the pulse missed a beat")
        except StoreDown as error:
            if not self._down:
                log.error("store is away", extra={"why": str(error)})  # noqa: TRY400  in words
            self._down = True
        else:
            self._down = False

    def leave(self) -> None:
        """Take our row away: this worker stops of its own accord."""
        try:
            self.signals.flush(self.database)
            Heartbeats(self.database).leave("worker", self.name)
        except StoreDown:
            log.warning("store is away, the heartbeat stays behind")

    def _beat(self) -> None:
        with self.database.connection() as connection:
            connection.execute(_BEAT, (sorted(self.jobs.workers),))
        Heartbeats(self.database).beat("worker", self.name, self.version, self.details)
        self._settle()
        if self.steadiness.tick():
            rescue(self.database)
        if self._beats % _STEP_BACK_BEATS == 0:
            with self.database.connection() as connection:
                step_back_old(connection, OLD_HOURS)
        self._beats += 1
        self.signals.flush(self.database)
        tell_waiting_agents(self.database)
        if self.returned is not None and self._known_gaps != self.steadiness.gaps:
            self.returned(self.database)
            self._known_gaps = self.steadiness.gaps

    def _settle(self) -> None:
        """Give back the jobs whose end could not be written: ours beat on, nobody rescues them."""
        for job_id, job in list(self.jobs.unsettled.items()):
            values = {"id": job_id, "worker_id": job.worker_id, "attempts": job.attempts}
            values |= {"seconds": None, "counts": 1, "priority": None, "reason": None}
            with self.database.connection() as connection:
                connection.execute(GIVE_BACK, values)
            self.jobs.unsettled.pop(job_id, None)
