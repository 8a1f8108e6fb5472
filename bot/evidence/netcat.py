"""Does the port accept a connection, in nc's and ncat's words?"""

import re

from bot.evidence.addresses import addresses_in
from bot.evidence.connects import why_not_connected
from bot.evidence.observation import Observation
from bot.evidence.piece import TIMED_OUT_EXIT, Piece
from bot.evidence.rules import compiled, first, table

_PROXY = table(
    (r"proxy .{0,60}\b407\b|proxy authentication required", "proxy_auth_required"),
    (r"proxy (?:returned|answered|error|request failed|replied).{0,40}\b403\b", "proxy_forbidden"),
    (
        r"proxy (?:returned|answered|error|request failed|replied).{0,40}\b50[234]\b",
        "proxy_upstream_failed",
    ),
)
_OPEN = compiled(
    r"\bsucceeded\b|\) open\b|\bopen$|connected to [\d\[a-f]\S*|ncat: ssl connection to "
    r"|connection established"
    r"|connection to \S+ .{0,60}successful|exitosa|erfolgreich|r.ussi"
)


def read_nc(piece: Piece) -> tuple[Observation, ...]:
    """OpenBSD and traditional netcat, Ncat, busybox."""
    return (first(piece, _PROXY) or _read(piece),)


def _read(piece: Piece) -> Observation:
    opened = piece.find(_OPEN)
    if opened:
        return piece.see("tcp_ok", "ok", match=opened, ip=addresses_in(piece.flat) or None)
    failed = why_not_connected(piece)
    if failed is not None:
        return failed
    return without_words(piece)


def without_words(piece: Piece) -> Observation:
    """Only an exit status, an interruption, or nothing."""
    silent = not piece.text.replace("^C", "").strip()
    if piece.exit_code == 0 and piece.command and silent:
        return piece.see("tcp_ok", "ok")
    waited = re.search(r"\btimeout \S", piece.command) and "Trying" in piece.text
    if piece.exit_code == TIMED_OUT_EXIT or waited or "^C" in piece.text:
        return piece.see("tcp_timeout", ip=addresses_in(piece.flat) or None)
    return piece.see("unclear" if silent else "truncated", "unknown")
