"""Servers that misbehave in ways of their own: half-way handshakes, moody back ends, odd HTTP."""

import contextlib
import gzip
import itertools
import socket
import ssl
import struct
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.lab.lab_handles import Serve, with_tls
from tests.lab.lab_pki import HOST, server_context
from tests.probes.loopback_servers import (
    Handle,
    Reply,
    http,
    over_tls,
    portal_answers,
    read_head,
    wait_for_hangup,
)

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER: a close sends RST."""


def reset_at_once(connection: socket.socket) -> None:
    """Take the connection and reset it before anything is said."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


def reset_on_hello(connection: socket.socket) -> None:
    """Read the hello, then reset."""
    connection.recv(4096)
    reset_at_once(connection)


def banner(words: bytes) -> Handle:
    """Speak first, in another protocol."""

    def handled(connection: socket.socket) -> None:
        connection.sendall(words)
        connection.recv(4096)

    return handled


def half_a_flight(chain: str, then: Handle) -> Serve:
    """Send the first half of the server's part of the handshake, in TLS 1.2."""

    def serve(folder: Path) -> Handle:
        context = server_context(folder, chain)
        context.maximum_version = ssl.TLSVersion.TLSv1_2

        def handled(connection: socket.socket) -> None:
            arrived, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
            session = context.wrap_bio(arrived, leaving, server_side=True)
            arrived.write(connection.recv(8192))
            with contextlib.suppress(ssl.SSLError):
                session.do_handshake()
            flight = leaving.read()
            connection.sendall(flight[: len(flight) // 2])
            then(connection)

        return handled

    return serve


def in_turn(*serves: Serve) -> Serve:
    """Every connection meets the next back end."""

    def serve(folder: Path) -> Handle:
        handles = [one(folder) for one in serves]
        turns = itertools.cycle(handles)
        return lambda connection: next(turns)(connection)  # noqa: PLW0108  a new turn each time

    return serve


def after(seconds: float, serve: Serve) -> Serve:
    """Let each connection wait before anything is read from it."""

    def served(folder: Path) -> Handle:
        handle = serve(folder)

        def handled(connection: socket.socket) -> None:
            time.sleep(seconds)
            handle(connection)

        return handled

    return served


def raw(answers: Sequence[tuple[str, bytes]]) -> Serve:
    """Answer requests that begin so with these bytes; all else as the portal does."""
    well = http(portal_answers(HOST))

    def handled(connection: socket.socket) -> None:
        request = read_head(connection)
        for beginning, answer in answers:
            if request.startswith(beginning.encode()):
                connection.sendall(answer)
                return
        well(_Replayed(connection, request))  # type: ignore[arg-type]  # recv and sendall are enough

    return with_tls(handled)


class _Replayed:
    """A connection whose request was read already."""

    def __init__(self, connection: socket.socket, request: bytes) -> None:
        self._connection, self._request = connection, request

    def recv(self, size: int) -> bytes:
        piece, self._request = self._request[:size], self._request[size:]
        return piece or self._connection.recv(size)

    def sendall(self, data: bytes) -> None:
        self._connection.sendall(data)


def drip(connection: socket.socket) -> None:
    """Begin a page and let the rest trickle."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n")
    for _ in range(120):
        connection.sendall(b"<p>")
        time.sleep(0.25)


def packed(body: bytes, *, broken: bool = False) -> bytes:
    """An answer in gzip that nobody asked for."""
    data = gzip.compress(body)
    data = data[:12] + bytes(len(data) - 12) if broken else data
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def socks(connection: socket.socket) -> None:
    """A SOCKS server: anything that does not begin with its version is cut."""
    if connection.recv(1) == b"\5":
        connection.sendall(b"\5\0")
        wait_for_hangup(connection)


def hang_up_on_connect(connection: socket.socket) -> None:
    """A live proxy that closes on CONNECT."""
    if not read_head(connection).startswith(b"CONNECT "):
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def wants(credentials: str, tunnel: Handle) -> Handle:
    """A proxy with Basic authentication."""

    def handled(connection: socket.socket) -> None:
        head = connection.recv(8192, socket.MSG_PEEK)
        if f"Proxy-Authorization: Basic {credentials}".encode() in head:
            tunnel(connection)
            return
        read_head(connection)
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    return handled


def tls_proxy(folder: Path) -> Handle:
    """A proxy that speaks only TLS, which the product's client does not."""
    return over_tls(server_context(folder, "leaf"), lambda connection: connection.close())


def slow_after_connect(seconds: float, tunnel: Handle) -> Handle:
    """A proxy that thinks before each tunnel."""

    def handled(connection: socket.socket) -> None:
        time.sleep(seconds)
        tunnel(connection)

    return handled


def asks_only(context: ssl.SSLContext) -> None:
    """Ask for a client certificate and do without."""
    context.verify_mode = ssl.CERT_OPTIONAL


def denies_name(context: ssl.SSLContext) -> None:
    """Refuse the portal's name with *access denied*."""

    def choose(_sock: object, name: str | None, _context: ssl.SSLContext) -> int | None:
        return ssl.ALERT_DESCRIPTION_ACCESS_DENIED if name else None

    context.sni_callback = choose


def fails_inside(context: ssl.SSLContext) -> None:
    """Answer every hello with *internal error*."""

    def choose(_sock: object, _name: str | None, _context: ssl.SSLContext) -> int:
        return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR

    context.sni_callback = choose


def only(version: ssl.TLSVersion) -> Callable[[ssl.SSLContext], None]:
    """One version of TLS."""

    def prepare(context: ssl.SSLContext) -> None:
        context.minimum_version = context.maximum_version = version

    return prepare


def json(status: int, words: str) -> Reply:
    """A JSON answer."""
    return Reply(status, words, {"Content-Type": "application/json"})


def gated(open_door: Serve, closed_door: Serve, a_second: int) -> Serve:
    """Let so many connections a second through one door, and the others through the other."""

    def serve(folder: Path) -> Handle:
        welcome, sorry = open_door(folder), closed_door(folder)
        lately: list[float] = []

        def handled(connection: socket.socket) -> None:
            now = time.monotonic()
            lately[:] = [then for then in lately if now - then < 1]
            lately.append(now)
            (welcome if len(lately) <= a_second else sorry)(connection)

        return handled

    return serve
