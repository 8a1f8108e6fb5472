"""Log lines of the application: the error message inside, read like a console's."""

import re
from dataclasses import replace

from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.ruby import read_ruby
from bot.evidence.rules import first, table

_SYNC = re.compile(r"seat_?link|SyncSeatLink|seat_links", re.IGNORECASE)
_UNSUCCESSFUL = re.compile(r"unsuccessful response code\D{0,80}(?P<status>\d{3})", re.IGNORECASE)
_STATUS = re.compile(
    (
        r"\"?(?:http_?status|response_?code|status_?code|status"
        r"|code)\"?\s?[=:]>?\s?\"?(?P<status>[2-5]\d\d)\b"
        r"|http status code: (?P<plain>\d{3})"
    ),
    re.IGNORECASE,
)
_SIDEKIQ = table(
    (
        (
            r"error connecting to redis|redis::cannotconnect|sidekiq: .{0,20}(?:down"
            r"|not running)|down: sidekiq"
        ),
        "sidekiq_down",
    ),
)


def read_log(piece: Piece) -> tuple[Observation, ...]:
    """The network error in the message decides; a sync that failed without one is a symptom."""
    down = first(piece, _SIDEKIQ)
    if down is not None:
        return (down,)
    seen = tuple(
        s for s in read_ruby(piece) if s.verdict == "fail" and "http_status" not in s.facts
    )
    if seen:
        return tuple(replace(s, probe="log") for s in seen)
    return _by_status(piece)


def _by_status(piece: Piece) -> tuple[Observation, ...]:
    status = piece.find(_UNSUCCESSFUL) or (piece.find(_STATUS) if piece.find(_SYNC) else None)
    if status is None:
        return ()
    number = (
        int(status["status"] or status["plain"])
        if "plain" in status.groupdict()
        else int(status["status"])
    )
    if number < 400:  # noqa: PLR2004 - HTTP
        return ()
    return (
        piece.see(
            "seatlink_sync_failed" if piece.find(_SYNC) else "app_connectivity_generic",
            match=status,
            http_status=number,
        ),
    )
