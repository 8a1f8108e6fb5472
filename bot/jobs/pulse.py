"""The worker's pulse: every two seconds it says that we live, and rescues what others left."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import psycopg

from bot.jobs.clocks import JUMP_SECONDS, Steadiness, leave_the_future
from bot.jobs.letters import tell_waiting_agents
from bot.jobs.owned import GIVE_BACK, OwnedJobs
from bot.jobs.rescue import rescue
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
WITH beat AS (
    INSERT INTO procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE
    SELECT unnest(%s::bigint[]), now()
    ON CONFLICT (id) DO UPDATE SET last_heartbeat = excluded.last_heartbeat
)
SELECT extract(epoch FROM clock_timestamp())::float8
"""


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
        is_steady = self._tick()
        Heartbeats(self.database).beat("worker", self.name, self.version, self.details)
        self._settle()
        if is_steady:
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

    def _tick(self) -> bool:
        """Beat, and look at the store's clock; True when it is safe to rescue."""
        asked = self.steadiness.clock()
        with self.database.connection() as connection:
            told = connection.execute(_BEAT, (sorted(self.jobs.workers),)).fetchone()
        is_steady = self.steadiness.tick(float(told[0]) if told else None, asked)
        jumped = self.steadiness.jumped
        if jumped is not None and abs(jumped) > JUMP_SECONDS:
            log.warning("the store's clock was set", extra={"seconds": round(jumped)})
        if self._beats == 0 or (jumped or 0.0) < -JUMP_SECONDS:
            with self.database.connection() as connection:
                leave_the_future(connection, jumped)
        return is_steady

    def _settle(self) -> None:
        """Give back the jobs whose end could not be written: ours beat on, nobody rescues them."""
        for job_id, job in list(self.jobs.unsettled.items()):
            values = {"id": job_id, "worker_id": job.worker_id, "attempts": job.attempts}
            values |= {"seconds": None, "counts": 1, "priority": None, "reason": None}
            with self.database.connection() as connection:
                connection.execute(GIVE_BACK, values)
            self.jobs.unsettled.pop(job_id, None)
