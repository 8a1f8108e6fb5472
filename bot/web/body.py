"""The raw bytes of a request, within the size cap and exactly as they were signed."""

import sys
from typing import TYPE_CHECKING, Final

from bot.web.refusals import Refused

if TYPE_CHECKING:
    from wsgiref.types import InputStream, WSGIEnvironment

#: Our trigger's body has about 200 bytes; an event subscription carries the ticket's description,
#: which Zendesk cuts at 64 kB, and a comment of the same size.
SIZE_CAP: Final = 256 * 1024


def read_body(environ: "WSGIEnvironment", cap: int = SIZE_CAP) -> bytes:
    """Return the body, never reading more than one byte beyond the cap; raise `Refused`.

    Werkzeug's own limit would silently cut a chunked body at the cap. The server ends a read that
    takes too long (`bot.web.worker`), which looks like a body that ended early.
    """
    announced = _announced_length(environ)
    if announced is not None and announced > cap:
        raise _too_large(cap)
    if str(environ.get("HTTP_CONTENT_ENCODING", "")).strip().lower() not in ("", "identity"):
        raise Refused(415, "encoding", "Content-Encoding is not accepted: send the JSON as it is")
    if announced is None and not environ.get("wsgi.input_terminated"):
        return b""
    body = _read(environ["wsgi.input"], cap + 1 if announced is None else announced)
    if len(body) > cap:
        raise _too_large(cap)
    if announced is not None and len(body) < announced:
        raise _cut_short()
    return body


def _announced_length(environ: "WSGIEnvironment") -> int | None:
    text = str(environ.get("CONTENT_LENGTH") or "")
    return int(text) if text.isascii() and text.isdigit() else None


def _read(stream: "InputStream", wanted: int) -> bytes:
    pieces: list[bytes] = []
    broken: tuple[type[Exception], ...] = (OSError, *_server_errors())
    while wanted > 0:
        try:
            piece = stream.read(wanted)
        except broken as error:
            raise _cut_short() from error
        if not piece:
            break
        pieces.append(piece)
        wanted -= len(piece)
    return b"".join(pieces)


def _server_errors() -> tuple[type[Exception], ...]:
    """Return gunicorn's complaint about broken chunks; another server does not load it."""
    errors = sys.modules.get("gunicorn.http.errors")
    return (errors.ParseException,) if errors else ()


def _too_large(cap: int) -> Refused:
    return Refused(413, "too_large", f"body is over {cap} bytes")


def _cut_short() -> Refused:
    return Refused(400, "cut_short", "body ended early")
