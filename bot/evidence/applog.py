"""Log lines of the application: the error message inside, read like a console's."""

import re
from dataclasses import replace
from typing import Final

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


_SYNCED = re.compile(
    r"\"class\":\s?\"\w*SyncSeatLinkRequestWorker\"[^\n]{0,800}?\"job_status\":\s?\"done\""
)
#: The instance's own answer to the activation, as its request log has it.
_ACTIVATION_PATH = re.compile(r"/api/graphql|graphqlcontroller", re.IGNORECASE)
_ANSWERED = re.compile(
    r"\"status\":\s?\"?(?P<status>\d{3})\b|completed (?P<plain>\d{3}) ", re.IGNORECASE
)
_INSTANCE: Final = {
    401: "app_unauthorized",
    403: "app_unauthorized",
    422: "app_csrf_rejected",
    500: "app_error_500",
    502: "app_gateway_timeout",
    504: "app_gateway_timeout",
}


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
    return _by_status(piece) or _instance(piece) or _synced(piece)


def _synced(piece: Piece) -> tuple[Observation, ...]:
    """The worker that asks the portal raises when the portal cannot be reached."""
    done = piece.find(_SYNCED)
    return (piece.see("ok", "ok", match=done),) if done else ()


def _instance(piece: Piece) -> tuple[Observation, ...]:
    answered = piece.find(_ANSWERED) if piece.find(_ACTIVATION_PATH) else None
    if answered is None:
        return ()
    status = int(answered["status"] or answered["plain"])
    cause = _INSTANCE.get(status)
    return (piece.see(cause, match=answered, http_status=status),) if cause else ()


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
