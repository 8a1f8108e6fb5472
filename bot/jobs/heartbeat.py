"""Calls `HEARTBEAT_URL` every minute while this worker handles events and the store answers.

A service there raises the alarm when the calls stop: for teams without Prometheus.
"""

import logging
import threading
import time
from typing import Final

import httpx

from bot.queue import EVENTS, queue_states
from bot.store.database import Database, StoreDown
from bot.store.signals import Signals
from bot.store.switches import SwitchBoard

log = logging.getLogger(__name__)

PERIOD: Final = 60.0
_TIMEOUT: Final = 10.0
#: With events due, one must have been handled within this time: else the worker lives in vain.
IDLE_SECONDS: Final = 300.0


class Heart:
    """One worker's calls to the service; without an address it does nothing."""

    def __init__(
        self, url: str, database: Database, signals: Signals, period: float = PERIOD
    ) -> None:
        self._url = url
        self._database = database
        self._signals = signals
        self._period = period
        self._stop = threading.Event()
        self._failing = False

    def start(self) -> None:
        """Beat beside the worker until `stop`."""
        if self._url:
            threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        """Beat no more; a call that is under way is left behind."""
        self._stop.set()

    def beat(self) -> bool:
        """Call once if all is well; a failure is told once, until a call arrives again."""
        if not self._is_well():
            return False
        try:
            httpx.get(self._url, timeout=_TIMEOUT).raise_for_status()
        except httpx.HTTPError as error:
            if not self._failing:
                # The address is a secret of its own: whoever knows it can beat for us.
                log.warning("HEARTBEAT_URL does not answer", extra={"why": type(error).__name__})
            self._failing = True
            return False
        self._failing = False
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            self.beat()
            self._stop.wait(self._period)

    def _is_well(self) -> bool:
        """Does the store answer, and is somebody at what is due?"""
        try:
            if SwitchBoard(self._database).paused():
                return True
            with self._database.connection() as connection:
                states = queue_states(connection)
        except StoreDown:
            return False
        waits = max((s.oldest_seconds for s in states if s.queue == EVENTS), default=0.0)
        idle = time.monotonic() - self._signals.handled_at
        return waits < IDLE_SECONDS or idle < IDLE_SECONDS
