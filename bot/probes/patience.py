"""How long to wait for silence: one deadline, handed down from the suite to every socket."""

import time
from dataclasses import dataclass
from typing import Final

_LEAST: Final = 0.01
"""A socket timeout of 0 would mean "do not block": never hand that down."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock."""

    until: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The moment that many seconds from now."""
        return cls(time.monotonic() + seconds)

    def within(self, seconds: float) -> "Deadline":
        """The earlier of this moment and that many seconds from now."""
        return Deadline(min(self.until, time.monotonic() + seconds))

    def left(self, cap: float = 3600.0) -> float:
        """Seconds that are left, at most `cap`, never 0."""
        return max(_LEAST, min(cap, self.until - time.monotonic()))

    @property
    def passed(self) -> bool:
        """Is the moment over?"""
        return time.monotonic() >= self.until


def milliseconds_since(start: float) -> float:
    """Milliseconds since a moment of the monotonic clock, to a tenth."""
    return round((time.monotonic() - start) * 1000, 1)
