"""The time of day as the store tells it: the same for every host, whatever its own clock says."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.store.database import Database, StoreDown

#: Between two looks our own steady clock counts on; it loses less than a millisecond meanwhile.
KEPT_SECONDS: Final = 10.0
#: Our own time of day moved by so much more or less than time has passed: it was set, or the
#: machine slept, and a steady clock may have slept with it.
_JUMP_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Look:
    told: datetime
    steady: float
    own: float


class StoreClock:
    """Tells the store's time, and asks it every few seconds.

    A worker whose clock is two hours ahead would take each new ticket for one that is too old for
    a first note, and would put a second try off for two hours. Safe to share between threads.
    """

    def __init__(
        self,
        database: Database,
        steady: Callable[[], float] = time.monotonic,
        own: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._steady = steady
        self._own = own
        self._look: _Look | None = None

    def __call__(self) -> datetime:
        """Return the time; while the store is away, what has passed since it last told it."""
        look = self._look
        if look is None or not self._holds(look):
            look = self._look = self._ask() or look
        if look is None:
            return datetime.fromtimestamp(self._own(), UTC)
        return look.told + timedelta(seconds=self._steady() - look.steady)

    def _holds(self, look: _Look) -> bool:
        passed = self._steady() - look.steady
        jumped = abs(self._own() - look.own - passed) > _JUMP_SECONDS
        return passed < KEPT_SECONDS and not jumped

    def _ask(self) -> _Look | None:
        try:
            with self._database.statement() as connection:
                row = connection.execute("SELECT clock_timestamp()").fetchone()
        except StoreDown:
            return None
        return _Look(row[0].astimezone(UTC), self._steady(), self._own()) if row else None
