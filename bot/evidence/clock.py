"""Is the machine's clock right? timedatectl, chronyc; a wrong clock breaks certificates."""

import re

from bot.evidence.observation import Observation
from bot.evidence.piece import Piece

_UNSYNCED = re.compile(
    r"(?:system clock synchronized|ntp synchronized): ?no|leap status ?: ?not synchronised",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b(?:universal time|rtc time|local time): ?(?P<clock>[^\n]{5,60}?)(?: [a-z]+ time:|$)",
    re.IGNORECASE,
)


def read_clock(piece: Piece) -> tuple[Observation, ...]:
    """What the clock says; whether that is true only a comparison shows."""
    unsynced = piece.find(_UNSYNCED)
    time = piece.find(_TIME)
    clock = time["clock"].strip() if time else None
    if unsynced:
        return (
            piece.see("unclear", "unknown", match=unsynced, clock=clock, clock_synchronized=False),
        )
    return (piece.see("irrelevant", "unknown", clock=clock),)
