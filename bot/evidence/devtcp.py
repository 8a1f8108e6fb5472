"""Does the port accept a connection, by bash's /dev/tcp?"""

import re

from bot.evidence.connects import why_not_connected
from bot.evidence.observation import Observation
from bot.evidence.piece import TIMED_OUT_EXIT, Piece

_NO_DEVTCP = re.compile(r"directory nonexistent|no such file|bad substitution", re.IGNORECASE)
#: What the command echoes is shorter than any sentence after it.
_FEW_WORDS = 4
_SAID = re.compile(
    (
        r"\b(?P<no>closed|fail\w*|not ok|nok|not open|unreachable|down|no|bad|blocked"
        r"|ko)\b|\b(?P<yes>open|ok|success\w*|connected|up|yes|reachable|works)\b"
    ),
    re.IGNORECASE,
)


def read_devtcp(piece: Piece) -> tuple[Observation, ...]:
    """Silent when it worked, so only bash's error, the echoed word and the exit status count."""
    failed = why_not_connected(piece)
    if failed is not None:
        return (failed,)
    missing = piece.find(_NO_DEVTCP)
    if missing:
        return (piece.see("tool_missing", "unknown", match=missing),)
    return (_by_word(piece),)


def _by_word(piece: Piece) -> Observation:
    if piece.exit_code == 0 and "$?" in piece.command:
        return piece.see("tcp_ok", "ok")
    short = [line.text for line in piece.out.lines if 0 < len(line.text.split()) <= _FEW_WORDS]
    said = next((found for text in reversed(short) if (found := _SAID.search(text))), None)
    if piece.exit_code == TIMED_OUT_EXIT or re.search(
        r"terminated|killed|\^C", piece.flat, re.IGNORECASE
    ):
        return piece.see("tcp_timeout", match=said)
    if said:
        return piece.see(
            "tcp_timeout" if said["no"] else "tcp_ok", "fail" if said["no"] else "ok", match=said
        )
    if piece.exit_code == 0:
        return piece.see("tcp_ok", "ok")
    if piece.exit_code:
        return piece.see("tcp_refused")
    return piece.see("unclear", "unknown")
