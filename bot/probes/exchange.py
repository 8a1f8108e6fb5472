"""One HTTP/1.1 request on an open connection, under a total deadline that drips cannot stretch."""

import contextlib
import http.client
import io
import socket
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.probes.handshake import cause_of_alert
from bot.probes.pages import Answer
from bot.probes.patience import Deadline, milliseconds_since

_LARGEST_BODY: Final = 65_536
_INFORMATIONAL: Final = range(100, 200)
_MOST_HEADS: Final = 5
_ANY_WRAPPING: Final = 32 + zlib.MAX_WBITS
"""To zlib: gzip or zlib, by its header."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked; `body` makes it a JSON POST."""

    method: str
    path: str
    host: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The bytes on the wire: as plain as the product's own client writes them."""
        headers = {"Host": self.host, "User-Agent": "licensing-bot", "Accept": "*/*"}
        if self.body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(self.body))}
        headers |= {"Connection": "close", **self.headers}
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode("latin-1", "replace")


@dataclass(frozen=True, slots=True)
class Exchange:
    """How a request ended. `cause` is empty when a complete answer was read."""

    answer: Answer | None
    cause: str = ""
    detail: str = ""
    ms: float = 0.0
    first_byte_ms: float | None = None
    received: int = 0


def ask(sock: socket.socket, request: Request, deadline: Deadline) -> Exchange:
    """Send the request and read the answer; never raises for what the peer does."""
    start = time.monotonic()
    stream = _Stream(sock, deadline)
    answer: Answer | None = None
    cause = detail = ""
    try:
        sock.settimeout(deadline.left())
        sock.sendall(request.encode())
        response = _read_head(stream, request.method)
        headers = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(status=response.status, headers=headers)
        body = response.read(_LARGEST_BODY)
        answer = Answer(status=response.status, headers=headers, body=_text_of(body, headers))
        if response.length and len(body) < _LARGEST_BODY:
            cause, detail = "http_connection_closed", "closed within the body"
    except (OSError, http.client.HTTPException, ValueError) as error:
        cause, detail = _cause_of(error, stream), str(error) or type(error).__name__
    return Exchange(
        answer=answer,
        cause=cause,
        detail=detail,
        ms=milliseconds_since(start),
        first_byte_ms=round((stream.first - start) * 1000, 1) if stream.first else None,
        received=stream.received,
    )


def _read_head(stream: "_Stream", method: str) -> http.client.HTTPResponse:
    """Read up to the body, past what only announces the answer (100 Continue, 103 Early Hints)."""
    source = _Readable(io.BufferedReader(stream))
    for heads in range(1, _MOST_HEADS + 1):
        response = http.client.HTTPResponse(source, method=method)  # type: ignore[arg-type]  # only makefile() is used
        response.begin()
        stream.expect_complete_heads(heads)
        if response.status not in _INFORMATIONAL:
            return response
        response.fp = None  # type: ignore[assignment]  # it would close the stream with itself
    raise http.client.HTTPException("announced an answer again and again")


def _text_of(body: bytes, headers: Mapping[str, str]) -> str:
    """The body as text; some devices compress although nobody asked them to."""
    if headers.get("content-encoding", "").lower() in ("gzip", "x-gzip", "deflate"):
        with contextlib.suppress(zlib.error):
            body = zlib.decompressobj(_ANY_WRAPPING).decompress(body, _LARGEST_BODY)
    return body.decode("utf-8", "replace")


def _cause_of(error: Exception, stream: "_Stream") -> str:
    if isinstance(error, TimeoutError):
        return "http_slow" if stream.received else "http_timeout"
    if isinstance(error, OSError) and cause_of_alert(error):
        alert = cause_of_alert(error)
        return "http_connection_closed" if alert == "tls_unexpected_eof" else alert
    if isinstance(error, http.client.BadStatusLine) and stream.received:
        # Not HTTP/1.1 at all, unless it was cut within the first line.
        return "http_unexpected_status" if stream.received > len("HTTP/1.1 200") else _CLOSED
    return _CLOSED


_CLOSED: Final = "http_connection_closed"


@dataclass(slots=True)
class _Stream(io.RawIOBase):
    """Reads the socket until the deadline, and counts: silence and a drip are different things."""

    sock: socket.socket
    deadline: Deadline
    received: int = 0
    first: float = 0.0
    beginning: bytearray = field(default_factory=bytearray)

    def expect_complete_heads(self, heads: int) -> None:
        """Raise unless empty lines ended them: http.client is content with the stream's end."""
        if self.beginning.count(b"\n\r\n") + self.beginning.count(b"\n\n") < heads:
            raise http.client.HTTPException("closed within the header")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]  # what BufferedReader hands over
        if self.deadline.passed:
            raise TimeoutError("the deadline passed")
        self.sock.settimeout(self.deadline.left())
        count = self.sock.recv_into(buffer)
        if count and not self.first:
            self.first = time.monotonic()
        self.received += count
        if len(self.beginning) < _LARGEST_BODY:
            self.beginning += memoryview(buffer)[:count]
        return count


@dataclass(frozen=True, slots=True)
class _Readable:
    """What http.client wants of a socket."""

    reader: io.BufferedReader

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return the stream; `mode` is always ``rb``."""
        del mode
        return self.reader
