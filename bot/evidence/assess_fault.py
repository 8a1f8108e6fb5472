"""One thing that is wrong, at which stage of a connection, and whether it stops activation."""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal

from bot.evidence.observation import CAUSES, Layer

Stops = Literal["no", "degraded", "yes"]
"""What remains possible: activation does not work, works worse or not always, works."""


class Stage(IntEnum):
    """Where a client comes to first."""

    PROXY = 0
    NAMES = 1
    ADDRESSES = 2
    HANDSHAKE = 3
    ANSWER = 4


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding about one stage."""

    stage: Stage
    stops: Stops
    cause: str
    guess: bool = False
    """The cause is likely, not proven: for instance because pings are not permitted here."""
    at: Layer | None = None
    """The layer where it is not the cause's usual one."""

    @property
    def layer(self) -> Layer:
        """The layer to name."""
        return self.at or CAUSES[self.cause]

    def stopping(self) -> "Fault":
        """The same fault, where it turned out to stop activation."""
        return replace(self, stops="no")


_RANK: dict[Stops, int] = {"no": 0, "degraded": 1, "yes": 2}


def by_weight(fault: Fault) -> tuple[int, int]:
    """Sort key: what stops activation first, and of that what a client meets first."""
    return _RANK[fault.stops], fault.stage
