"""The web's heartbeat: every two seconds each process says in the store that it lives."""

import atexit
import logging
import os
import socket
import threading
from typing import Final

import psycopg

from bot.queue import ERRANDS, defer
from bot.store.database import Database, StoreDown
from bot.store.heartbeats import GONE_AFTER, Heartbeats

log = logging.getLogger(__name__)

PERIOD: Final = 2.0


class WebBeat:
    """Beats beside the requests; a store that is away is simply tried again."""

    def __init__(self, database: Database, version: str, period: float = PERIOD) -> None:
        self._database = database
        self._version = version
        self._period = period
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._stop = threading.Event()
        self._missed = GONE_AFTER

    def start(self) -> None:
        """Beat until the process ends."""
        atexit.register(self.stop)
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()

    def stop(self) -> None:
        """End of its own accord: take the row away."""
        if self._stop.is_set():
            return
        self._stop.set()
        try:
            Heartbeats(self._database).leave("web", self._name)
        except (StoreDown, psycopg.Error):
            log.debug("the heartbeat stays behind")

    def beat(self) -> bool:
        """Beat once. The first, and the first after a gap, lets a worker look for what we missed.

        While no web process answered, deliveries met a closed port, and Zendesk repeats none.
        """
        try:
            alone = not Heartbeats(self._database).alive("web")
            Heartbeats(self._database).beat("web", self._name, self._version)
            if alone and self._missed >= GONE_AFTER:
                with self._database.connection() as connection:
                    defer(connection, ERRANDS, "reconcile", {})
        except (StoreDown, psycopg.Error):
            self._missed += self._period
            return False
        self._missed = 0.0
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            self.beat()
            self._stop.wait(self._period)
