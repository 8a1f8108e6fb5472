"""The portal as we see it, shared by all tickets: refreshed when needed, never waited for long."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import psycopg

from bot import queue
from bot.evidence.look import Look
from bot.evidence.observation import Observation
from bot.evidence.trouble import TELLING, trouble
from bot.store.database import Database, StoreDown
from bot.store.portal import PortalLooks

log = logging.getLogger(__name__)

LOCAL: Final = "local"
#: A look that is younger than this is fresh; nobody asks for another one.
REFRESH: Final = 60.0
#: So long a note waits for a fresh look that was asked for.
PATIENCE: Final = 1.0
_POLL: Final = 0.05
#: What may go wrong here without anybody missing a note.
_TROUBLES: Final = (StoreDown, psycopg.Error, ValueError)


@dataclass(frozen=True, slots=True)
class SharedControl:
    """Implements `bot.pipeline.ports.Control` on the store."""

    database: Database
    target: str
    clock: Callable[[], datetime]
    pause: Callable[[float], None] = time.sleep
    keep_seconds: float = 0.0
    """So long what was just read serves other events, too."""
    kept: list[tuple[float, Sequence[Look]]] = field(default_factory=list, compare=False)
    """The last fresh looks, and until when they are good enough for every event."""

    def looks(self, *, fresh: bool) -> Sequence[Look]:
        """Return the newest looks, our own first; with `fresh` one is asked for when needed."""
        for until, known in self.kept[-1:]:
            if time.monotonic() < until and self._is_fresh(known):
                return known
        try:
            found = self._newest()
            if fresh and not self._is_fresh(found):
                found = self._refreshed(found)
        except _TROUBLES as error:
            log.warning("no control result", extra={"why": repr(error)[:200]})
            return ()
        self.kept[:] = [(time.monotonic() + self.keep_seconds, found)]
        return found

    def alike(self, cause: str, ticket_id: int) -> Sequence[int]:
        """Return other tickets that lately had this cause."""
        try:
            return PortalLooks(self.database).alike(cause, ticket_id)
        except _TROUBLES as error:
            log.warning("no tickets alike", extra={"why": repr(error)[:200]})
            return ()

    def _newest(self) -> Sequence[Look]:
        looks = PortalLooks(self.database).newest(self.target)
        return sorted(looks, key=lambda look: _first(look.vantage))

    def _is_fresh(self, looks: Sequence[Look]) -> bool:
        age = timedelta(seconds=REFRESH)
        return bool(looks) and _is_ours(looks[0]) and self.clock() - looks[0].seen_at < age

    def _refreshed(self, known: Sequence[Look]) -> Sequence[Look]:
        """Ask for a look, and wait until a second after it was asked for.

        Where nobody looks, a ticket in sixty seconds waits for that second, not every one.
        """
        ask(self.database, LOCAL)
        asked_ago = PortalLooks(self.database).asked_ago(LOCAL)
        until = time.monotonic() + PATIENCE - min(max(asked_ago or 0.0, 0.0), PATIENCE)
        while time.monotonic() < until:
            self.pause(_POLL)
            found = self._newest()
            if self._is_fresh(found):
                return found
        return known


def ask(database: Database, vantage: str) -> bool:
    """Ask a vantage for a look of the control; False when it was asked within the minute."""
    with database.connection() as connection:
        claimed = PortalLooks(database).claim(connection, vantage, REFRESH)
        return claimed and queue.defer_look(connection, vantage)


@dataclass(frozen=True, slots=True)
class PortalView:
    """What a note says about the portal."""

    control: Observation | None = None
    trouble: tuple[str, ...] = ()
    """Vantages that fail, when so many do that it is the portal's trouble."""


def view_of(looks: Sequence[Look], now: datetime, *, concerned: bool) -> PortalView:
    """Return what the looks mean for one note; `concerned` when it is about the network."""
    young = tuple(look for look in looks if now - look.seen_at < TELLING)
    shown = next(iter((*young, *looks)), None)
    failing = trouble(young) if concerned else ()
    return PortalView(
        control=shown.headline() if shown else None,
        trouble=tuple(look.vantage for look in failing),
    )


def _is_ours(look: Look) -> bool:
    return look.vantage.startswith("bot:")


def _first(vantage: str) -> tuple[bool, bool, str]:
    """Sort key: this machine, then our other hosts, then everybody else."""
    return vantage != f"bot:{LOCAL}", not vantage.startswith("bot:"), vantage


@dataclass(frozen=True, slots=True)
class NoControl:
    """Stands in where nobody looks at the portal."""

    def looks(self, *, fresh: bool) -> Sequence[Look]:  # noqa: ARG002  the port's signature
        """Nothing was seen."""
        return ()

    def alike(self, cause: str, ticket_id: int) -> Sequence[int]:  # noqa: ARG002  as above
        """Nothing is known."""
        return ()
