"""An httpx transport that keeps a *total* deadline per call, which httpx itself cannot.

httpx limits each socket operation; a server that drips one byte a second never trips that. Here
every operation gets what is left of the call's time, the look-up of the name included.
"""

import contextlib
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Final

import httpcore
import httpx

#: A dead address may not eat the whole time of a call when the name has more than one.
PER_ADDRESS: Final = 4.0
_ends_at: ContextVar[float] = ContextVar("zendesk_call_ends_at")
SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


@contextlib.contextmanager
def total_deadline(seconds: float) -> Iterator[None]:
    """Everything that this thread sends and reads inside must be over in `seconds`.

    Nested deadlines never lengthen the outer one.
    """
    token = _ends_at.set(min(time.monotonic() + seconds, _ends_at.get(float("inf"))))
    try:
        yield
    finally:
        _ends_at.reset(token)


def seconds_left() -> float:
    """What is left of the current call; infinite outside of one."""
    return _ends_at.get(float("inf")) - time.monotonic()


class DeadlineTransport(httpx.BaseTransport):
    """HTTP/1.1 over one pool; follows nothing, retries nothing, asks no proxy but the given one."""

    def __init__(self, tls: ssl.SSLContext | None, proxy: str | None = None) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            proxy=httpcore.Proxy(proxy) if proxy else None,
            max_connections=32,
            max_keepalive_connections=16,
            # Shorter than a server's idle time: a PUT must not meet a connection that just closed.
            keepalive_expiry=4.0,
            network_backend=_Backend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the answer's body keeps the deadline, too."""
        core = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.read(),
            extensions={"timeout": {"pool": max(seconds_left(), 0.0)}},
        )
        with _as_httpx(request):
            answer = self._pool.handle_request(core)
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer, request),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close every idle connection."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx(self._request):
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextlib.contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """Translate httpcore's exceptions; httpx has one of the same name for each."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError) as error:
        raise _twin(error, request) from error
    except (httpcore.ProtocolError, httpcore.ProxyError, httpcore.UnsupportedProtocol) as error:
        raise _twin(error, request) from error


def _twin(error: Exception, request: httpx.Request) -> httpx.RequestError:
    kind = getattr(httpx, type(error).__name__, httpx.TransportError)
    twin: httpx.RequestError = kind(str(error) or type(error).__name__, request=request)
    return twin


class _Backend(httpcore.NetworkBackend):
    """Opens connections within the deadline and hands out streams that keep it."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  the deadline decides, not the step
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[SocketOption] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Try the addresses of `host` one after the other."""
        trouble: Exception = httpcore.ConnectError(f"no address for {host}")
        for address in _resolve(host, port):
            try:
                return _Stream(self._connect(address, port))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble

    def _connect(self, address: str, port: int) -> httpcore.NetworkStream:
        left = seconds_left()
        if left <= 0:
            raise httpcore.ConnectTimeout("no time left to connect")
        return httpcore.SyncBackend().connect_tcp(address, port, timeout=min(left, PER_ADDRESS))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        left = seconds_left()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer did not end in time")
        return self._inner.read(max_bytes, _or_none(left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        left = seconds_left()
        if left <= 0:
            raise httpcore.WriteTimeout("no time left to send")
        self._inner.write(buffer, _or_none(left))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        left = seconds_left()
        if left <= 0:
            self._inner.close()
            raise httpcore.ConnectTimeout("no time left for TLS")
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _or_none(left)))

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _or_none(left: float) -> float | None:
    return None if left == float("inf") else left


def _resolve(host: str, port: int) -> list[str]:
    """Look the name up in a thread of its own: getaddrinfo takes no deadline."""
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    left = seconds_left()
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            answers.put(error)
        else:
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))

    threading.Thread(target=look_up, name="zendesk-name-look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=_or_none(max(left, 0.001)))
    except queue.Empty:
        raise httpcore.ConnectTimeout(f"the name {host} was not resolved in time") from None
    if isinstance(answer, OSError):
        raise httpcore.ConnectError(f"the name {host} cannot be resolved: {answer}") from answer
    return answer
