"""The door of the pocket Zendesk: drops `.json`, logs every call, and lets faults strike."""

import select
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from bot.sandbox.calls import Call, ticket_in
from bot.sandbox.faults import Rule
from bot.sandbox.pocket import Pocket

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_JSON: Final = "application/json; charset=utf-8"
_HTML: Final = "text/html; charset=utf-8"
_PAGE: Final = (
    b"<html><head><title>%s</title></head><body><center><h1>%s</h1></center></body></html>"
)
#: Tells our HTTP server to hang up: "silent" instead of an answer, "cut" after it.
HANG_UP: Final = "pocket.hang_up"
_LONGEST_WAIT: Final = 120.0
_WATCHED: Final = ("/api/", "/oauth/", "/attachments/", "/temporary/")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `cut` ends the connection after the body, `silent` instead of one."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    cut: bool = False
    silent: bool = False


class Front:
    """WSGI middleware around the Flask app."""

    def __init__(self, inner: "WSGIApplication", box: Pocket) -> None:
        self._inner = inner
        self._box = box

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request, or let a fault do so."""
        _read_whole_body(environ)
        path = str(environ["PATH_INFO"])
        if not path.startswith(_WATCHED):
            return self._inner(environ, start_response)
        environ["PATH_INFO"] = path = path.removesuffix(".json")
        method = str(environ["REQUEST_METHOD"])
        rule = self._box.faults.strike(f"{method} {path}")
        began, at = time.perf_counter(), self._box.now()
        answer = self._ask(environ) if rule is None else self._stricken(rule, environ)
        self._box.calls.add(
            Call(
                at=at,
                method=method,
                path=path,
                query=str(environ.get("QUERY_STRING", "")),
                status=0 if answer.silent else int(answer.status[:3]),
                milliseconds=round((time.perf_counter() - began) * 1000, 2),
                ticket=ticket_in(path),
                fault=rule.what if rule else "",
            )
        )
        return _send(answer, environ, start_response)

    def _ask(self, environ: "WSGIEnvironment") -> Answer:
        """Let the app answer, whoever still listens."""
        seen: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], None]:
            seen.append((status, headers))
            return lambda _data: None

        chunks = self._inner(environ, start)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        status, headers = seen[-1]
        return Answer(status, headers, body)

    def _stricken(self, rule: Rule, environ: "WSGIEnvironment") -> Answer:
        if rule.what == "late-apply":
            return self._late(rule, environ)
        real = self._ask(environ) if rule.when == "after" else None
        if rule.what == "slow":
            self._wait(rule.seconds)
            return real or self._ask(environ)
        if rule.what == "hang":
            self._wait_for_hangup(environ, rule.seconds or _LONGEST_WAIT)
        if rule.what in {"hang", "drop"}:
            return Answer("200 OK", [], b"", silent=True)
        if rule.what == "truncated":
            whole = real or self._ask(environ)
            return Answer(whole.status, whole.headers, whole.body[: len(whole.body) // 2], cut=True)
        return _invented(rule)

    def _late(self, rule: Rule, environ: "WSGIEnvironment") -> Answer:
        """Apply the change `seconds` after the caller gave up."""
        self._wait_for_hangup(environ, _LONGEST_WAIT)
        self._wait(rule.seconds)
        self._ask(environ)
        return Answer("200 OK", [], b"", silent=True)

    def _wait(self, seconds: float) -> None:
        self._box.faults.lifted.wait(seconds)

    def _wait_for_hangup(self, environ: "WSGIEnvironment", seconds: float) -> None:
        """Wait until the caller closes its connection, the faults are lifted, or time is up."""
        connection = environ.get("werkzeug.socket")
        deadline = time.monotonic() + seconds
        if connection is None:
            return
        while time.monotonic() < deadline and not self._box.faults.lifted.is_set():
            ready, _, _ = select.select([connection], [], [], 0.05)
            if ready and not _still_there(connection):
                return


def _read_whole_body(environ: "WSGIEnvironment") -> None:
    """What a view leaves unread would be taken for the connection's next request."""
    source = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body = source.read()
    else:
        body = source.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = BytesIO(body)


def _still_there(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except OSError:
        return False


def _invented(rule: Rule) -> Answer:
    if rule.what == "garbage":
        return _answer("200 OK", b'{"ticket": \xff\xfe oops', _JSON)
    if rule.what.endswith("-html"):
        status = {"502-html": "502 Bad Gateway"}.get(rule.what, "503 Service Unavailable")
        return _answer(status, _PAGE % (status.encode(), status.encode()), _HTML)
    status, body = _ERRORS[rule.what]
    told = rule.what == "429" and rule.retry_after >= 0
    extra = [("Retry-After", str(rule.retry_after))] if told else []
    return _answer(status, body, _JSON, extra)


def _answer(status: str, body: bytes, kind: str, extra: Iterable[tuple[str, str]] = ()) -> Answer:
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *extra]
    return Answer(status, headers, body)


def _send(
    answer: Answer, environ: "WSGIEnvironment", start_response: "StartResponse"
) -> Iterable[bytes]:
    if answer.silent:
        environ[HANG_UP] = "silent"
    elif answer.cut:
        environ[HANG_UP] = "cut"
    start_response(answer.status, answer.headers)
    return [answer.body]


_ERRORS: Final = {
    "401": ("401 Unauthorized", b'{"error":"Couldn\'t authenticate you"}'),
    "403": (
        "403 Forbidden",
        b'{"error":{"title":"Forbidden","message":"You do not have access to this page."}}',
    ),
    "404": ("404 Not Found", b'{"error":"RecordNotFound","description":"Not found"}'),
    "409": (
        "409 Conflict",
        b'{"error":"UpdateConflict","description":"Safe Update prevented the update"}',
    ),
    "422": (
        "422 Unprocessable Entity",
        (
            b'{"error":"RecordInvalid","description":"Record validation errors",'
            b'"details":{"base":[{"description":"Base: is invalid","error":"InvalidValue"}]}}'
        ),
    ),
    "429": (
        "429 Too Many Requests",
        (
            b'{"error":"APIRateLimitExceeded",'
            b'"description":"Number of allowed API requests per minute exceeded"}'
        ),
    ),
    "500": ("500 Internal Server Error", b'{"error":"InternalError","description":"sorry"}'),
}
