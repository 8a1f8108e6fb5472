"""The worker process: keeps Procrastinate's workers running until it is told to stop."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import procrastinate

from bot.config import Settings
from bot.jobs.chores import Chores, search_at_once
from bot.jobs.clocks import OwnClock, Steadiness
from bot.jobs.counted import counted
from bot.jobs.heartbeat import Heart
from bot.jobs.niceness import be_nice
from bot.jobs.owned import ALWAYS
from bot.jobs.pulse import BEAT_SECONDS, Pulse
from bot.jobs.tasks import Probes, build_app
from bot.jobs.threads import Threads
from bot.pipeline.ports import EventJob
from bot.queue import EVENTS, MAINTENANCE, probes_queue
from bot.store.clock import StoreClock
from bot.store.database import Database
from bot.store.signals import Signals

log = logging.getLogger(__name__)

#: Platforms give 30 s between SIGTERM and SIGKILL.
_GRACE_SECONDS: Final = 20.0
#: How soon a retry that is due, the end of a pause or of a wait for Zendesk is noticed.
_POLL_SECONDS: Final = 0.5
_RESTART_SECONDS: Final = 1.0
#: Where web and workers share a machine the answer to Zendesk goes first: a note may come a second
#: later, but an answer that comes too late counts against us.
_NICE: Final = 10
#: So many new objects make the collector look; Python's own 700 are one tenth of a note.
_YOUNG: Final = 10_000
_NEVER: Final = 3600.0 * 24
_PROBES: Final = probes_queue("")
_PROBERS: Final = 3
#: Every thread is held by a job that hangs: let the platform start us anew.
STUCK: Final = 70


def run_worker(  # noqa: PLR0913  a worker has that many sides
    settings: Settings,
    url: str,
    handler: Callable[[EventJob], object],
    *,
    queues: Sequence[str] = (EVENTS, MAINTENANCE),
    concurrency: int = 4,
    version: str = "",
    probes: Probes | None = None,
    chores: Chores | None = None,
) -> int:
    """Work until SIGTERM or SIGINT, then let running jobs end; return the exit code.

    The handler runs in threads, `concurrency` at a time. It returns what came of the event; it may
    raise `Later`, and any other exception is a failed try.
    """
    database = Database(url, size=2, statement_seconds=300.0, name="licensing-bot worker")
    threads = Threads()
    signals = chores.signals if chores is not None else Signals()
    heart = Heart(settings.heartbeat_url if EVENTS in queues else "", database, signals)
    handle = counted(handler, signals, StoreClock(database))
    app, jobs = build_app(url, handle, database, settings.retention_days, threads, probes, chores)
    pulse = Pulse(
        database,
        jobs,
        Steadiness(time.monotonic),
        f"{socket.gethostname()}:{os.getpid()}",
        version,
        {"queues": list(queues), "concurrency": concurrency},
        signals,
        search_at_once if chores is not None else None,
    )
    heart.start()
    be_nice(_NICE)
    _spare_the_collector()
    try:
        return asyncio.run(_Worker(app, pulse, threads, tuple(queues), concurrency).run())
    finally:
        heart.stop()
        pulse.leave()
        database.close()


def _spare_the_collector() -> None:
    """Let the garbage collector pass over the manifests, and come less often.

    They are some hundred thousand objects that stay; a note makes thousands that hardly ever form
    a circle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)


@dataclass(slots=True)
class _Worker:
    app: procrastinate.App
    pulse: Pulse
    threads: Threads
    queues: tuple[str, ...]
    concurrency: int
    own: OwnClock = field(default_factory=lambda: OwnClock(time.monotonic, time.time))
    anew: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the workers must start again."""

    async def run(self) -> int:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        beating = asyncio.create_task(self._beat(stop))
        beating.add_done_callback(lambda _: stop.set())  # without a pulse we lose our jobs
        try:
            while not stop.is_set():
                await self._work_until(stop)
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating
        return STUCK if self._stuck() else 0

    async def _beat(self, stop: asyncio.Event) -> None:
        """Beat apart from the workers: also while these restart, and while they come to an end."""
        while True:
            await asyncio.to_thread(self.pulse.beat)
            if self._stuck():
                log.critical("every thread hangs in a job", extra={"jobs": self.threads.overdue})
                stop.set()
            if self.own.was_set_back():  # cron's last tick lies in the future, and nothing is due
                log.warning("this machine's clock was set back")
                self.anew.set()
            await asyncio.sleep(BEAT_SECONDS)

    def _stuck(self) -> bool:
        return self.threads.overdue >= self.concurrency

    async def _work_until(self, stop: asyncio.Event) -> None:
        """Run the workers until one ends or it is time to stop; they end when the store is away."""
        self.anew.clear()
        stopping = [asyncio.create_task(event.wait()) for event in (stop, self.anew)]
        working = asyncio.create_task(self._run_workers())
        await asyncio.wait({*stopping, working}, return_when=asyncio.FIRST_COMPLETED)
        for task in (working, *stopping):
            task.cancel()
        (outcome,) = await asyncio.gather(working, return_exceptions=True)
        self.pulse.jobs.workers.clear()
        if not stop.is_set():
            log.warning("workers start again", extra={"why": repr(outcome)[:200]})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _RESTART_SECONDS)

    async def _run_workers(self) -> None:
        async with self.app.open_async():
            workers = [asyncio.create_task(work) for work in self._workers()]
            try:
                await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for worker in workers:
                    worker.cancel()
                ended = await asyncio.gather(*workers, return_exceptions=True)
        for error in ended:
            if error is not None and not isinstance(error, asyncio.CancelledError):
                raise error

    def _workers(self) -> Sequence["asyncio._CoroutineLike[None]"]:
        """One worker for what a pause holds back, one that goes on, and one that probes.

        Probes have few threads of their own: they never keep an event waiting.
        """
        always = [queue for queue in self.queues if queue in ALWAYS]
        probing = [queue for queue in self.queues if queue.startswith(_PROBES)]
        held = [queue for queue in self.queues if queue not in (*always, *probing)]
        plans = [
            (held, self.concurrency, True), (always, 1, False), (probing, _PROBERS, True),
        ]  # fmt: skip
        return [
            self.app.run_worker_async(
                queues=queues,
                name="worker",
                concurrency=concurrency,
                listen_notify=listen,
                fetch_job_polling_interval=_POLL_SECONDS if listen else 10 * _POLL_SECONDS,
                abort_job_polling_interval=_NEVER,
                shutdown_graceful_timeout=_GRACE_SECONDS,
                delete_jobs="successful",
                install_signal_handlers=False,
                # The pulse beats, also while a worker ends; it prunes nobody who may wake up.
                update_heartbeat_interval=_NEVER,
                stalled_worker_timeout=_NEVER,
            )
            for queues, concurrency, listen in plans
            if queues
        ]
