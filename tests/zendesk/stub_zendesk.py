"""A small Zendesk on loopback that misbehaves on order; written from Zendesk's documentation."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.zendesk.stub_answers import respond
from tests.zendesk.stub_state import Body, Seen, State


@dataclass
class Fault:
    """What goes wrong, for which requests, how often."""

    method: str
    part: str
    act: Callable[["Handler"], None]
    times: int = 1
    commit_first: bool = False
    after: int = 0
    """So many requests of this kind pass first."""

    def fits(self, seen: Seen) -> bool:
        """Is it this request's turn? `WRITE` stands for every method that changes something."""
        method = "WRITE" if self.method == "WRITE" and seen.method != "GET" else seen.method
        if not self.times or self.method != method or self.part not in seen.path:
            return False
        self.after -= 1
        return self.after < 0


class StubZendesk:
    """The server, its state, what it saw and what it should do wrong."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.state = State()
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.headers: dict[str, str] = {}
        self.lock = threading.RLock()
        self.closing = threading.Event()
        stub = self

        class Bound(Handler):
            zendesk = stub

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.thread.start()
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def fail(
        self,
        method: str,
        part: str,
        act: Callable[["Handler"], None],
        *,
        times: int = 1,
        commit_first: bool = False,
        after: int = 0,
    ) -> None:
        """The next `times` requests of this kind end in `act`, applied first or not at all."""
        self.faults.append(Fault(method, part, act, times, commit_first, after))

    def calls(self, method: str = "", part: str = "") -> list[Seen]:
        """What arrived, without token calls and users/me unless they are asked for."""
        free = ("/oauth/tokens", "/api/v2/users/me")
        return [
            seen
            for seen in self.seen
            if seen.method.startswith(method)
            and (part in seen.path if part else seen.path not in free)
        ]

    def add_ticket(self, **changes: Any) -> int:
        """File a ticket with its first comment; `comments` are added to it."""
        return self.state.add_ticket(**changes)

    def add_comment(self, ticket_id: int, **changes: Any) -> Body:
        """Add a comment, the customer's and public unless told otherwise."""
        return self.state.add_comment(ticket_id, **changes)


class Handler(BaseHTTPRequestHandler):
    """One connection of the stub."""

    zendesk: StubZendesk
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    seen: Seen

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""

    def handle(self) -> None:
        """A client that hangs up is what several tests are about."""
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError, ValueError):
            self.close_connection = True

    def serve(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.seen = Seen(
            self.command,
            parts.path.removesuffix(".json"),
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            json.loads(raw) if raw else None,
        )
        with self.zendesk.lock:
            self.zendesk.seen.append(self.seen)
            fault = self.pick_fault()
            if fault is None or fault.commit_first:
                answer = respond(self.zendesk.state, self.seen)
        if fault is None:
            self.reply(*answer)
        else:
            fault.act(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815

    def pick_fault(self) -> Fault | None:
        for fault in self.zendesk.faults:
            if fault.fits(self.seen):
                fault.times -= 1
                return fault
        return None

    def reply(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        lines = {"content-type": "application/json; charset=utf-8"} | self.zendesk.headers
        self.send_response(status)
        for name, value in (lines | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
        self.wfile.flush()

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()


def answers(status: int, body: Any = None, **headers: str) -> Callable[[Handler], None]:
    """Answer with this status and JSON body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.reply(status, body, named)


def html(status: int) -> Callable[[Handler], None]:
    """Answer with a gateway's page."""
    page = b"<!DOCTYPE html><html><body>Something went wrong</body></html>"
    return lambda handler: handler.reply(status, page, {"content-type": "text/html"})


def drops(handler: Handler) -> None:
    """Close the connection instead of answering."""
    handler.hang_up()


def hangs(handler: Handler) -> None:
    """Say nothing until the test is over."""
    handler.zendesk.closing.wait(30)
    handler.close_connection = True


def drips(after: bytes) -> Callable[[Handler], None]:
    """Send `after`, then one byte every 50 ms, for ever."""

    def act(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(after)
        while not handler.zendesk.closing.is_set():
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    return act


def truncates(handler: Handler) -> None:
    """Promise more than is sent."""
    handler.close_connection = True
    handler.wfile.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n\r\n"
        b'{"ticket": {"id": 1, "upd'
    )
    handler.wfile.flush()


@contextmanager
def stub_zendesk(tls: ssl.SSLContext | None = None) -> Iterator[StubZendesk]:
    """Run a stub for the length of a `with` block."""
    stub = StubZendesk(tls)
    try:
        yield stub
    finally:
        stub.close()
