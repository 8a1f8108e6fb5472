"""A threaded HTTP server for one WSGI app that keeps connections open and can be stopped."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from bot.sandbox.front import HANG_UP

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_STOP_SECONDS: Final = 10.0


class LoopbackServer:
    """Serves an app on a free or a given port, in a thread or in the foreground."""

    def __init__(
        self,
        app: "WSGIApplication",
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._server = _Server(host, port, app, _Handler, ssl_context=tls)
        shown = f"[{host}]" if ":" in host else host
        self.port = self._server.server_port
        self.url = f"{'https' if tls else 'http'}://{shown}:{self.port}"
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to answer, in a thread."""
        self._thread = threading.Thread(target=self._loop, name="loopback", daemon=True)
        self._thread.start()

    def serve_forever(self) -> None:
        """Answer until the process is interrupted."""
        with contextlib.suppress(KeyboardInterrupt):
            self._loop()

    def stop(self) -> None:
        """Stop answering and hang up on everybody, so that nobody talks to a closed app."""
        if self._thread:
            self._server.shutdown()
            self._thread.join(_STOP_SECONDS)
        self._server.server_close()
        self._server.hang_up()

    def _loop(self) -> None:
        self._server.serve_forever(poll_interval=0.02)


class _Server(ThreadedWSGIServer):
    request_queue_size = 128

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.connections: set[socket.socket] = set()
        self.lock = threading.Lock()
        super().__init__(*args, **kwargs)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a caller that hung up, or spoke no TLS, is daily bread here."""

    def hang_up(self) -> None:
        """Close every open connection and wait for its thread."""
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            with self.lock:
                open_now = list(self.connections)
            if not open_now:
                return
            for connection in open_now:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            time.sleep(0.01)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet
    timeout = 60
    server: _Server

    def setup(self) -> None:
        with self.server.lock:
            self.server.connections.add(self.request)
        super().setup()

    def finish(self) -> None:
        try:
            with contextlib.suppress(OSError):
                super().finish()
        finally:
            with self.server.lock:
                self.server.connections.discard(self.request)

    def run_wsgi(self) -> None:
        """Answer one request. Werkzeug's own way reads the connection dry after each answer."""
        seen: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], None]:
            seen.append((status, headers))
            return lambda _data: None

        environ = self.make_environ()
        chunks = self.server.app(environ, start)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        if environ.get(HANG_UP):
            self.close_connection = True
        if environ.get(HANG_UP) != "silent":
            status, headers = seen[-1]
            self._write(status, headers, body)

    def _write(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name, _ in headers} and code != "204":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing, and leave the log to `/sandbox/log`."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  werkzeug's name
        """Say nothing."""
