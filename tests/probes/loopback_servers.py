"""Small DNS, TCP, TLS, HTTP and proxy servers on loopback that can be broken on purpose."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest_socket

from bot.probes.guard import Guard
from bot.probes.recorder import Recorder

HOST = "portal.test"
RECORDER = Recorder("bot:test")
GUARD = Guard.allowing("127.0.0.0/8", "::1/128")
PATIENT = 20.0
"""Seconds within which a loaded machine answers; nothing waits that long when all is well."""

Handle = Callable[[socket.socket], None]


@contextlib.contextmanager
def listening(handle: Handle, address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Serve each connection in a thread of its own; gives the port."""
    version = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, port), family=version) as server:
        server.settimeout(0.05)
        over = threading.Event()
        threads: list[threading.Thread] = []

        def serve_one(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(PATIENT)
                handle(connection)

        def accept() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    connection, _ = server.accept()
                    threads.append(threading.Thread(target=serve_one, args=(connection,)))
                    threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            over.set()
            acceptor.join()
            for thread in threads:
                thread.join()


def read_head(connection: socket.socket) -> bytes:
    """Read up to the empty line, and the body that Content-Length announces."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(4096)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    announced = [
        line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    ]
    wanted = int(announced[0].partition(b":")[2]) if announced else 0
    while len(body) < wanted:
        piece = connection.recv(4096)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


def wait_for_hangup(connection: socket.socket) -> None:
    """Read whatever comes until the client is gone: a server that never says a word."""
    while connection.recv(4096):
        pass


def over_tls(context: ssl.SSLContext, handle: Handle) -> Handle:
    """Shake hands first."""

    def handled(connection: socket.socket) -> None:
        wrapped = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with wrapped:
            try:
                wrapped.do_handshake()
            except ssl.SSLError:
                # Let the alert reach the client before the close.
                with contextlib.suppress(OSError):
                    wrapped.shutdown(socket.SHUT_WR)
                return
            handle(wrapped)

    return handled


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def http(answers: Mapping[str, Reply | Handle]) -> Handle:
    """Answer `METHOD /path`, then `METHOD`, then `*`."""

    def handled(connection: socket.socket) -> None:
        request = read_head(connection)
        if not request:
            return
        method, path, _ = request.split(b"\r\n", 1)[0].decode().split(" ", 2)
        found = answers.get(f"{method} {path}") or answers.get(method) or answers.get("*")
        if isinstance(found, Reply):
            connection.sendall(_encode(found, with_body=method != "HEAD"))
        elif found is not None:
            found(connection)

    return handled


def _encode(reply: Reply, *, with_body: bool) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} Words", f"Content-Length: {len(reply.body.encode())}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines += ["Connection: close", "", reply.body if with_body else ""]
    return "\r\n".join(lines).encode()


def portal_answers(host: str = HOST) -> dict[str, Reply | Handle]:
    """What the portal says when all is well."""
    where = f"https://{host}"
    return {
        "HEAD /": Reply(302, headers={"Location": f"{where}/customers/sign_in"}),
        "GET /": Reply(302, headers={"Location": f"{where}/customers/sign_in"}),
        "GET /customers/sign_in": Reply(200, "<title>Sign in</title>"),
        "POST /graphql": Reply(200, '{"errors":[{"message":"No query string was present"}]}'),
    }


@dataclass(frozen=True)
class Zone:
    """What a name server says: record type → addresses; or a code for everything."""

    records: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rcode: str = "NOERROR"
    silent_for: tuple[str, ...] = ()
    truncated: bool = False
    """Over UDP; the whole answer is there over TCP."""
    aliases: tuple[str, ...] = ()
    """Names that the name leads to, one after the other."""
    rcodes: Mapping[str, str] = field(default_factory=dict)
    """Codes of single record types."""
    names: Mapping[str, "Zone"] = field(default_factory=dict)
    """What is said about other names; `*.SUFFIX` stands for all below it."""
    recursive: bool = True
    delay: float = 0.0
    """Seconds that an answer over UDP takes."""
    wrong_id: bool = False

    def about(self, name: str) -> "Zone":
        """The zone that answers for this name."""
        suffixes = [f"*.{name.split('.', cut)[-1]}" for cut in range(1, name.count(".") + 1)]
        return next((self.names[known] for known in (name, *suffixes) if known in self.names), self)


@contextlib.contextmanager
def answering(zone: Zone, address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Run a name server over UDP and TCP; gives the port."""

    def handle(connection: socket.socket) -> None:
        # glibc sends both its questions on one connection.
        while head := connection.recv(2):
            answer = _answer(zone, connection.recv(int.from_bytes(head, "big")), by_udp=False)
            if answer:
                connection.sendall(len(answer).to_bytes(2, "big") + answer)

    with (
        listening(handle, address, port) as bound,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock,
    ):
        sock.bind((address, bound))
        sock.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    question, peer = sock.recvfrom(4096)
                    answer = _answer(zone, question, by_udp=True)
                    if answer and zone.delay:
                        threading.Timer(zone.delay, sock.sendto, (answer, peer)).start()
                    elif answer:
                        sock.sendto(answer, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield bound
        finally:
            over.set()
            thread.join()


def _answer(zone: Zone, question: bytes, *, by_udp: bool) -> bytes:
    query = dns.message.from_wire(question)
    asked = query.question[0]
    kind = dns.rdatatype.to_text(asked.rdtype)
    zone = zone.about(asked.name.to_text(omit_final_dot=True))
    if kind in zone.silent_for:
        return b""
    answer = dns.message.make_response(query, recursion_available=zone.recursive)
    answer.set_rcode(dns.rcode.from_text(zone.rcodes.get(kind, zone.rcode)))
    if zone.truncated and by_udp:
        answer.flags |= dns.flags.TC
    else:
        _fill(answer, zone, kind)
    if zone.wrong_id:
        answer.id ^= 1
    return answer.to_wire()


def _fill(answer: dns.message.Message, zone: Zone, kind: str) -> None:
    name = answer.question[0].name
    for alias in zone.aliases:
        answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", alias))
        name = dns.name.from_text(alias)
    # One set per record: dnspython would shuffle the records of one set.
    answer.answer += [
        dns.rrset.from_text(name, 60, "IN", kind, address) for address in zone.records.get(kind, ())
    ]


def unused_port() -> int:
    """A port of 127.0.0.1 where nobody listens."""
    pytest_socket.enable_socket()
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
