"""Servers of the lab, as values: each takes the folder with the keys and gives what it does."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

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

Serve = Callable[[Path], Handle]

BLOCKED = "<title>Access Denied</title><h1>Web Page Blocked</h1>Category: Business"


def portal(chain: str = "leaf", **changes: Reply | Handle) -> Serve:
    """The portal; `head`, `sign_in` and `graphql` replace single answers, `everything` all."""
    names = {"head": "HEAD /", "get": "GET /", "sign_in": "GET /customers/sign_in",
             "graphql": "POST /graphql", "a": "GET /a"}  # fmt: skip
    answers: dict[str, Reply | Handle] = portal_answers(HOST)
    answers |= {names[name]: change for name, change in changes.items() if name in names}
    if "everything" in changes:
        answers = {"*": changes["everything"]}
    return with_tls(http(answers), chain)


def with_tls(
    handle: Handle, chain: str = "leaf", prepare: Callable[[ssl.SSLContext], None] | None = None
) -> Serve:
    """Any server behind TLS; `prepare` breaks its context."""

    def serve(folder: Path) -> Handle:
        context = server_context(folder, chain)
        if prepare:
            prepare(context)
        return over_tls(context, handle)

    return serve


def always(handle: Handle) -> Serve:
    """A server that needs no keys."""
    return lambda _folder: handle


def plain(answers: Mapping[str, Reply | Handle]) -> Serve:
    """A plain HTTP server."""
    return always(http(answers))


def wants_certificate(context: ssl.SSLContext) -> None:
    """TLS 1.2 and a client certificate: alert 40 after a CertificateRequest."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED


def odd_cipher(context: ssl.SSLContext) -> None:
    """TLS 1.2 with a cipher that no client of today offers."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0")


def refuses_name(context: ssl.SSLContext) -> None:
    """Refuse the portal's name with a proper alert, as a polite filter does."""

    def choose(_sock: object, name: str | None, _context: ssl.SSLContext) -> int | None:
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if name else None

    context.sni_callback = choose


def hang_up_on_hello(connection: socket.socket) -> None:
    """Take the connection, read the hello, close."""
    connection.recv(4096)


def tunnel(connection: socket.socket) -> None:
    """A proxy that works: opens what CONNECT names and passes bytes on."""
    head = read_head(connection)
    if not head.startswith(b"CONNECT "):
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return
    host, _, port = head.split()[1].decode().rpartition(":")
    try:
        beyond = socket.create_connection((host, int(port)), timeout=30)
    except OSError:
        connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        return
    with beyond:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_pass_on, args=(beyond, connection), daemon=True)
        back.start()
        _pass_on(connection, beyond)
        back.join()


def says(answer: bytes, *, then: Handle | None = None) -> Serve:
    """A proxy with one answer to CONNECT; other requests get a 400, as live proxies do."""

    def handled(connection: socket.socket) -> None:
        if not read_head(connection).startswith(b"CONNECT "):
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        connection.sendall(answer)
        if then:
            then(connection)

    return always(handled)


def show_own_page(connection: socket.socket) -> None:
    """Answer a TLS hello with a web page, as a filter behind an "established" tunnel does."""
    connection.recv(4096)
    page = BLOCKED.encode()
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(page) + page)


def swallow_connect(connection: socket.socket) -> None:
    """A live proxy that waits in vain for the portal."""
    if read_head(connection).startswith(b"CONNECT "):
        wait_for_hangup(connection)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
