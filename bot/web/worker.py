"""gunicorn's threaded worker, with an end to every request that takes too long."""

import socket
import threading
import time
from contextlib import suppress
from typing import Final

from gunicorn.workers.gthread import TConn, ThreadWorker

#: Zendesk gives up after 10 to 12 s, so nobody waits for what takes longer.
REQUEST_SECONDS: Final = 10.0


class DeadlineWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Stops reading from a client that trickles its headers or its body.

    gthread's own `timeout` watches the process, not a request: a client that sends one byte in a
    while would keep one of the few threads for ever. After the deadline we stop reading, which
    the request sees as the end of its body; after twice the deadline the connection is closed.
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
        now = time.monotonic()
        with self._begun_lock:
            for conn, begun in self._begun.items():
                if now - begun > self.request_seconds:
                    twice = now - begun > 2 * self.request_seconds
                    with suppress(OSError):
                        conn.sock.shutdown(socket.SHUT_RDWR if twice else socket.SHUT_RD)
