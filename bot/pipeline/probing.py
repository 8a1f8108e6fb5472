"""Probe runs: start one for a ticket, look from a vantage, and hand the results to its note."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

import psycopg

from bot import queue
from bot.evidence.look import Look
from bot.pipeline.control import LOCAL, REFRESH, ask
from bot.pipeline.ports import GiveUp, Later, LookJob
from bot.probes.budget import Budget, Run
from bot.probes.guard import Guard
from bot.runbook.probe_note import ProbeReport
from bot.store.database import Database
from bot.store.heartbeats import Heartbeats
from bot.store.portal import PortalLooks
from bot.store.probe_runs import RUN_SECONDS, ProbeRun, ProbeRuns
from bot.vantages.here import INSTANCE, nothing_seen

log = logging.getLogger(__name__)

GLOBALPING: Final = "globalping"
EVENT_PREFIX: Final = "probes-"
#: Without a click only a tag whose command was lost starts a run; this long ago it was not.
_LATELY: Final = timedelta(hours=1)
_NEXT_RUN_SECONDS: Final = 3.0
#: Whatever became of a run's note, it is not under way any more.
_NOTE_TIME: Final = timedelta(minutes=10)


class Vantage(Protocol):
    """A place that can look at the portal."""

    def __call__(self, place: str) -> tuple[Look, float]:
        """Look; return what was seen, and for how long the vantage must not be asked again."""


@dataclass(frozen=True, slots=True)
class ProbeRunner:
    """Implements `bot.pipeline.ports.Probing`, and the jobs of the probe queues."""

    database: Database
    vantages: Mapping[str, Vantage]
    """Those that this process can look from, by name."""
    target: str
    clock: Callable[[], datetime]
    elsewhere: tuple[str, ...] = ()
    """Vantages that need no worker of their own, such as Globalping."""
    paused: Callable[[], bool] = bool
    """Is the bot paused? Then no vantage can report, and a run's time does not run out."""
    guard: Guard = field(default_factory=Guard)
    """What may be probed of customers' instances."""

    def start(self, ticket_id: int, place: str, *, again: bool) -> str:
        """Start a run unless one is under way; what the budget refuses is told in the note."""
        asked = (run for run in self._runs_of(ticket_id) if run.origin == "macro")
        last = next((run for run in asked if not is_instance(run)), None)
        if not again and last is not None and self.clock() - last.asked_at < _LATELY:
            return "probed lately"
        return self._start(ticket_id, self._available(), place) or "probing already"

    def start_instance(self, ticket_id: int, url: str) -> str:
        """Start a look at the customer's own instance, from this host alone."""
        return self._start(ticket_id, (INSTANCE,), url) or "probing already"

    def is_instance_under_way(self, ticket_id: int) -> bool:
        """Is a look at the ticket's instance running, or its note still to be written?"""
        last = next((run for run in self._runs_of(ticket_id) if is_instance(run)), None)
        if last is None:
            return False
        told = last.outcome is not None or self.clock() - last.asked_at > _NOTE_TIME
        return last.state == "running" or not told

    def _runs_of(self, ticket_id: int) -> Sequence[ProbeRun]:
        return ProbeRuns(self.database).of_ticket(ticket_id)

    def _start(self, ticket_id: int, vantages: tuple[str, ...], place: str) -> str:
        """Start a run within the budget; empty when the ticket has one of this kind under way.

        A ticket has one run at a time: raises `Later` while it has one of the other kind.
        """
        runs, instance = ProbeRuns(self.database), INSTANCE in vantages
        with self.database.connection() as connection:
            runs.lock(connection)
            refusal, delay = self._allowance(connection, ticket_id)
            asked = () if refusal and not instance else vantages
            run_id = runs.open(connection, ticket_id, asked, refusal)
            if run_id is None:
                if instance != any(map(is_instance, runs.of_ticket(ticket_id, 1))):
                    raise Later(_NEXT_RUN_SECONDS, "another probe run of this ticket comes first")
                runs.adopt(connection, ticket_id)
                return ""
            if refusal:
                self._hand_over(connection, runs.close(connection, run_id))
                return "probes refused"
            for vantage in vantages:
                queue.defer_look(connection, vantage, run_id, place, delay_seconds=delay)
            queue.defer(
                connection, queue.MAINTENANCE, queue.CLOSE_PROBE_RUN, {"run_id": run_id},
                delay_seconds=delay + RUN_SECONDS,
            )  # fmt: skip
        return "probing"

    def _allowance(self, connection: psycopg.Connection, ticket_id: int) -> tuple[str, float]:
        """Return why this ticket gets no run, or how long it waits while others have theirs."""
        now = self.clock()
        spent = ProbeRuns(self.database).spent(connection, Budget().window.total_seconds())
        budget = Budget(spent=tuple(Run(ticket, at) for ticket, at in spent))
        return budget.allowance(ticket_id, now)

    def look(self, job: LookJob) -> None:
        """Look from a vantage of ours and keep what was seen; the last of a run ends it."""
        if job.vantage not in self.vantages:
            raise GiveUp(f"this worker does not look from {job.vantage}")
        looks = PortalLooks(self.database)
        if job.run_id is None and self._is_fresh(looks, job.vantage):
            return
        wait = looks.blocked_for(job.vantage)
        if wait > 0:
            why = f"{job.vantage} asked us to wait; it can be asked again in {wait:.0f} s"
            seen, blocked = nothing_seen(job.vantage, self.target, why, self.clock()), 0.0
        else:
            seen, blocked = self.vantages[job.vantage](job.place)
        looks.save(job.vantage, seen, job.run_id)
        if blocked > 0:
            looks.block(job.vantage, blocked)
        if seen.fails and job.vantage == LOCAL:
            self._ask_others()
        if job.run_id is not None:
            self._end_if_complete(job.run_id)

    def close(self, run_id: int) -> None:
        """End a run, complete or not, and let its note be written."""
        if self.paused():
            raise Later(RUN_SECONDS, "paused: nobody looks")
        with self.database.connection() as connection:
            self._hand_over(connection, ProbeRuns(self.database).close(connection, run_id))

    def report(self, run_id: int) -> ProbeReport | None:
        """Return what a run brought, beside what the one before it brought."""
        runs, looks = ProbeRuns(self.database), PortalLooks(self.database)
        run = runs.get(run_id)
        if run is None:
            return None
        before = self._before(run)
        reported = looks.asked_of_run(run_id)
        return ProbeReport(
            looks=looks.of_run(run_id),
            silent=tuple(name for name in run.vantages if name not in reported),
            before=looks.of_run(before.id) if before else (),
            refusal=run.refusal,
            instance=is_instance(run),
        )

    def _before(self, run: ProbeRun) -> ProbeRun | None:
        """The ticket's run before this one that looked at the same thing."""
        alike = (
            other
            for other in self._runs_of(run.ticket_id)
            if other.id < run.id and not other.refusal and is_instance(other) == is_instance(run)
        )
        return next(alike, None)

    def tell(self, run_id: int, outcome: str) -> None:
        """Record what became of the run's note."""
        ProbeRuns(self.database).tell(run_id, outcome)

    def _is_fresh(self, looks: PortalLooks, vantage: str) -> bool:
        """Was the control refreshed while this job waited?"""
        name = f"bot:{vantage}"
        age = timedelta(seconds=REFRESH * 0.9)
        return any(
            look.vantage == name and self.clock() - look.seen_at < age
            for look in looks.newest(self.target)
        )

    def _available(self) -> tuple[str, ...]:
        """Every vantage that a living worker serves; this one's is asked in any case."""
        served = {
            str(name).removeprefix("probes.")
            for beat in Heartbeats(self.database).alive("worker")
            for name in _queues(beat.details)
            if str(name).startswith("probes.")
        }
        return tuple(sorted({LOCAL, *(served - {GLOBALPING, INSTANCE}), *self.elsewhere}))

    def _ask_others(self) -> None:
        """We fail: only a second vantage tells whether it is us or the portal."""
        for vantage in self._available():
            if vantage != LOCAL:
                ask(self.database, vantage)

    def _end_if_complete(self, run_id: int) -> None:
        run = ProbeRuns(self.database).get(run_id)
        reported = PortalLooks(self.database).asked_of_run(run_id)
        if run is not None and set(run.vantages) <= reported:
            self.close(run_id)

    def _hand_over(self, connection: psycopg.Connection, run: ProbeRun | None) -> None:
        """Defer the run's note in the transaction that ends the run: once, and never lost."""
        if run is None or run.origin == "sidebar":
            return
        queue.defer_event(
            connection, f"{EVENT_PREFIX}{run.id}", run.ticket_id, "probed", "unknown", None,
            self.clock(), priority=queue.RESULT,
        )  # fmt: skip


def _queues(details: Mapping[str, object]) -> Sequence[object]:
    found = details.get("queues")
    return found if isinstance(found, list) else ()


def is_instance(run: ProbeRun) -> bool:
    """Did this run look at the customer's instance?"""
    return INSTANCE in run.vantages


def run_of(key: str) -> int:
    """Return the run that an event's key names."""
    return int(key.removeprefix(EVENT_PREFIX))
