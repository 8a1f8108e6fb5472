"""When a job that did not succeed runs again, and what is written down about it."""

import asyncio
import logging
import random
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision

from bot.jobs.owned import OwnedJobs, Verdict
from bot.pipeline.ports import GiveUp, Later
from bot.queue import COMMAND, EVENTS
from bot.store.database import StoreDown
from bot.zendesk.errors import GatewayTrouble, OutcomeUnknown, Unreachable

log = logging.getLogger(__name__)

#: Seconds before the second, third … try: eight tries in about a quarter of an hour. The first
#: pause is over 2 s: a write whose fate is unknown must not be asked about sooner (DESIGN 4.5).
EVENT_PAUSES: Final = (2.5, 5, 15, 40, 90, 180, 300)
#: An agent waits: fewer tries, and closer together.
COMMAND_PAUSES: Final = (2.5, 4, 8, 15)
#: While Zendesk or the store is ill, longer: often until an event is too old for a first note, then
#: seldom, for a day in all. An outage of a night must not leave a heap of dead letters, nor lose
#: the second looks at tickets that have a note.
OUTAGE_PAUSE: Final = 300
OUTAGE_TRIES: Final = 22
NIGHT_PAUSE: Final = 1800
NIGHT_TRIES: Final = 44
#: What an agent was promised comes after the outage, too: results, a note out of the sidebar, the
#: line that a command has failed. Sooner, because it holds up other commands of its ticket.
PROMISED: Final = frozenset({"probed", "note", "stuck"})
PROMISED_PAUSE: Final = 60
#: That a command has failed is told after a night, too: its tag stands on the ticket, and whoever
#: gave it waits in vain. Meanwhile it holds up no command that is given anew.
TOLD_LATE: Final = "stuck"
OUTAGES: Final = (GatewayTrouble, Unreachable, OutcomeUnknown, StoreDown)
#: A job that killed so many workers is not tried any more.
MOST_DEATHS: Final = len(EVENT_PAUSES) + 1

#: Straight, typographic and angle quotes.
_QUOTED: Final = re.compile(
    r"""['"`\u00ab\u2018\u201c].*?(?:['"`\u00bb\u2019\u201d]|$)""", re.DOTALL
)
_TELLING: Final = re.compile(r"\S*@\S*|\w+://\S+|[\w+/=.-]{25,}|\d{6,}")
_LONGEST: Final = 200


class Tries(BaseRetryStrategy):
    """The rule for every task.

    A failed event steps one place back: a job that waits for its next try holds up later jobs of
    its ticket, unless these have a higher priority. A poisoned job so never starves its ticket.
    A command keeps its place, because its tries are over within half a minute.
    """

    def __init__(self, jobs: OwnedJobs, jitter: Callable[[], float] = random.random) -> None:
        self._jobs = jobs
        self._jitter = jitter

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Decide, and leave the reason for the statement that ends this try."""
        if isinstance(exception, Later):
            return self._given_back(job, exception.reason, exception.seconds)
        if isinstance(exception, asyncio.CancelledError):
            return self._given_back(job, "the worker stopped", 0.0)
        pauses = _pauses(exception, job)
        reason = describe(exception)
        self._leave(job, reason, counts=True)
        last = isinstance(exception, GiveUp) or job.attempts >= len(pauses)
        log.log(
            logging.ERROR if last else logging.WARNING,
            "job is a dead letter" if last else "job failed and will be tried again",
            extra={"job": job.id, "task": job.task_name, "tries": job.attempts + 1, "why": reason},
        )
        if last:
            return None
        seconds = pauses[job.attempts] * (1 + self._jitter() / 5)
        return RetryDecision(
            retry_at=self._in(seconds),
            priority=job.priority - int(_steps_back(job, pauses[job.attempts])),
        )

    def _given_back(self, job: Job, reason: str, seconds: float) -> RetryDecision:
        self._leave(job, reason, counts=False)
        return RetryDecision(retry_at=self._in(seconds))

    def _in(self, seconds: float) -> datetime:
        return self._jobs.clock() + timedelta(seconds=seconds)

    def _leave(self, job: Job, reason: str, *, counts: bool) -> None:
        if job.id is not None:
            self._jobs.verdicts[job.id] = Verdict(reason, counts)


def _pauses(error: BaseException, job: Job) -> Sequence[float]:
    outage = job.queue == EVENTS and isinstance(error, OUTAGES)
    night = (NIGHT_PAUSE,) * NIGHT_TRIES
    if _is_waited_for(job):
        kind = job.task_kwargs.get("kind")
        promised = (PROMISED_PAUSE,) * (OUTAGE_TRIES if outage and kind in PROMISED else 0)
        return (*COMMAND_PAUSES, *promised, *(night if outage and kind == TOLD_LATE else ()))
    if not outage:
        return EVENT_PAUSES
    return (*EVENT_PAUSES, *(OUTAGE_PAUSE,) * OUTAGE_TRIES, *night)


def _is_waited_for(job: Job) -> bool:
    return job.priority >= COMMAND or job.task_kwargs.get("kind") == TOLD_LATE


def _steps_back(job: Job, pause: float) -> bool:
    """With the first failure; what an agent waits for not before it is asked about seldom."""
    if _is_waited_for(job):
        return pause == NIGHT_PAUSE and job.priority >= COMMAND
    return job.attempts == 0


def describe(error: BaseException) -> str:
    """Type, place and message of an error; what may quote a customer is cut out.

    Messages of our own exceptions are written to be read, others may hold any value they met.
    """
    name = type(error).__name__
    text = " ".join(str(error).split())
    if not type(error).__module__.startswith("bot."):
        text = _TELLING.sub("…", _QUOTED.sub("'…'", text))
    return f"{name}{_place(error)}: {text[:_LONGEST]}" if text else f"{name}{_place(error)}"


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f" at {trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
