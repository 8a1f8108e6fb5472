"""Clocks that were set or that stood still: when not to rescue, and what lies in a wrong future."""

from collections.abc import Callable
from typing import Final

import psycopg

from bot.jobs.rescue import GONE_SECONDS

#: A slower answer of the store does not tell when it looked at its clock.
_QUICK: Final = 1.0
#: Two clocks drift apart by milliseconds; somebody has set one that differs by more than this.
JUMP_SECONDS: Final = 5.0
#: Processes and errands that were last heard of in the future: they would seem alive, or done,
#: until the store's clock is there again.
_BEATS: Final = (
    """UPDATE procrastinate_workers SET last_heartbeat = now()
    WHERE last_heartbeat > now() + interval '5 seconds'""",
    "UPDATE heartbeats SET seen_at = now() WHERE seen_at > now() + interval '5 seconds'",
    """UPDATE errands SET began_at = least(began_at, now()), ended_at = least(ended_at, now())
    WHERE greatest(began_at, ended_at) > now() + interval '5 seconds'""",
)
#: How far the clock ran ahead at least, for a worker that did not see it jump.
_AHEAD: Final = """
SELECT extract(epoch FROM greatest(
    (SELECT max(last_heartbeat) FROM procrastinate_workers),
    (SELECT max(seen_at) FROM heartbeats)) - now())::float8
"""
#: What was put off by the wrong clock, or was due by it and not yet taken. Another worker may have
#: done it: then some tries come early, which is harmless.
_JOBS: Final = """
UPDATE procrastinate_jobs
SET scheduled_at = greatest(now(), scheduled_at - make_interval(secs => %s))
WHERE status = 'todo' AND scheduled_at > now()
"""


#: What else is compared with now: a look would be fresh, a note would keep its distance, and an
#: event would know of later changes, until the store's clock is there again.
_DATED: Final = (
    "UPDATE looks SET seen_at = seen_at - make_interval(secs => %s) WHERE seen_at > now()",
    "UPDATE vantages SET asked_at = asked_at - make_interval(secs => %s) WHERE asked_at > now()",
    "UPDATE notes SET created_at = created_at - make_interval(secs => %s) WHERE created_at > now()",
    "UPDATE notes SET done_at = done_at - make_interval(secs => %s) WHERE done_at > now()",
    "UPDATE events SET closed_at = closed_at - make_interval(secs => %s) WHERE closed_at > now()",
)


class Steadiness:
    """Tells whether the clock and the store have run without a gap for long enough to rescue.

    After a machine was suspended, or the store was away or its clock was set, every heartbeat is
    old: whoever wakes first would take the jobs of workers that are about to beat again.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._last = clock()
        self._since = float("-inf")
        self._told: float | None = None
        self.gaps = 0
        """How often there was one."""
        self.jumped: float | None = None
        """By how much the store's clock has jumped since the last beat; None when unknown."""

    def tick(self, told: float | None = None, asked: float | None = None) -> bool:
        """Note a beat that reached the store; True when there was no gap lately.

        `told` is the store's time in seconds, `asked` when it was asked by our own steady clock.
        """
        now = self.clock()
        quick = asked is not None and now - asked < _QUICK
        ahead = told - now if told is not None and quick else None
        self.jumped = None if ahead is None or self._told is None else ahead - self._told
        self._told = ahead if ahead is not None else self._told
        if now - self._last > GONE_SECONDS or abs(self.jumped or 0.0) > JUMP_SECONDS:
            self._since = now
            self.gaps += 1
        self._last = now
        return now - self._since > GONE_SECONDS


class OwnClock:
    """Tells whether our machine's time of day was set back: cron would sleep until it is there."""

    def __init__(self, steady: Callable[[], float], own: Callable[[], float]) -> None:
        self._steady = steady
        self._own = own
        self._ahead = own() - steady()

    def was_set_back(self) -> bool:
        """Was it, since the last look?"""
        before, self._ahead = self._ahead, self._own() - self._steady()
        return before - self._ahead > JUMP_SECONDS


def leave_the_future(connection: psycopg.Connection, jumped: float | None) -> None:
    """Take back what a store's clock that ran ahead has dated; `jumped` is negative if known."""
    ahead = connection.execute(_AHEAD).fetchone()
    back = max(-(jumped or 0.0), float(ahead[0] or 0.0) if ahead else 0.0)
    if back <= JUMP_SECONDS:
        return
    for statement in _BEATS:
        connection.execute(statement)
    for statement in (_JOBS, *_DATED):
        connection.execute(statement, (back,))
