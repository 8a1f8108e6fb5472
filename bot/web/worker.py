"""gunicorn's threaded worker, with an end to every request that takes too long."""

import socket
import threading
import time
from contextlib import suppress
from typing import Final

from gunicorn.workers.gthread import TConn, ThreadWorker

#: Zendesk gives up after 10 to 12 s, so nobody waits for what takes longer.
REQUEST_SECONDS: Final = 10.0
#: While every thread is taken, nobody may take so long: a delivery comes in one piece, so what is
#: slower is no Zendesk's, or waits for a store that does not answer and has been read to its end.
HURRIED_SECONDS: Final = 1.0


class DeadlineWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Stops reading from a client that trickles its headers or its body.

    gthread's own `timeout` watches the process, not a request: a client that sends one byte in a
    while would keep one of the few threads for ever. After the deadline we stop reading, which
    the request sees as the end of its body; after twice the deadline the connection is closed.
    A crowd of such clients takes every thread: then each has only a second.
    """

    request_seconds = REQUEST_SECONDS

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._begun: dict[TConn, float] = {}
        self._begun_lock = threading.Lock()

    def handle(self, conn: TConn) -> object:
        """Serve one request in a thread, watched by the main loop."""
        with self._begun_lock:
            self._begun[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            with self._begun_lock:
                self._begun.pop(conn, None)

    def notify(self) -> None:
        """Tell the master that we live, and end what is overdue; called at least every second."""
        super().notify()
        with self._begun_lock:
            ages = {conn: time.monotonic() - begun for conn, begun in self._begun.items()}
            patience = patience_for(len(ages), self.cfg.threads, self.request_seconds)
            for conn, age in ages.items():
                if age > patience:
                    twice = age > 2 * self.request_seconds
                    with suppress(OSError):
                        conn.sock.shutdown(socket.SHUT_RDWR if twice else socket.SHUT_RD)


def patience_for(busy: int, threads: int, seconds: float = REQUEST_SECONDS) -> float:
    """Return how long a request may be read: less when its thread is wanted for others."""
    return seconds if busy < threads else min(seconds, HURRIED_SECONDS)
