"""Is the machine's clock right? timedatectl, chronyc; a wrong clock breaks certificates."""

import re

from bot.evidence.observation import Observation
from bot.evidence.parsed import parsed
from bot.evidence.piece import Piece

_NOT_SYNCHRONISED = re.compile(
    r"leap status ?: ?not synchronised|ntp synchronized: ?no", re.IGNORECASE
)


def read_clock(piece: Piece) -> tuple[Observation, ...]:
    """What the clock says; whether that is true only a comparison shows."""
    found = parsed("timedatectl", piece.text) or {}
    clock = found.get("universal_time") or found.get("local_time")
    facts = {"clock": str(clock) if clock else None}
    unsynced = piece.find(_NOT_SYNCHRONISED)
    if unsynced or found.get("system_clock_synchronized") is False:
        match = unsynced or piece.where("System clock synchronized: no")
        return (
            piece.see("unclear", "unknown", match=match, facts=facts, clock_synchronized=False),
        )
    return (piece.see("irrelevant", "unknown", facts=facts),)
