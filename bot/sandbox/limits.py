"""How much a caller may ask, and how much is left."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """The account's rate limits; the defaults are roomy, `as_enterprise` is a real plan's."""

    account_per_minute: int = 100_000
    ticket_updates_per_minute: int = 100_000
    per_ticket_updates: int = 30
    """In ten minutes, for one user and ticket."""

    listings: Mapping[str, int] = field(default_factory=dict)
    """Calls a minute of the lists that have a limit of their own; others are roomy."""

    @classmethod
    def as_enterprise(cls) -> "Limits":
        """Suite Enterprise without add-ons (facts §6)."""
        return cls(
            account_per_minute=700,
            ticket_updates_per_minute=100,
            listings={
                "tickets-index": 100,
                "incremental-tickets": 10,
                "search-export": 100,
                "audits-index": 500,
                "view-execute": 5,
            },
        )

    @classmethod
    def as_trial(cls) -> "Limits":
        """A trial, or a sandbox without add-ons: few updates."""
        return replace(cls.as_enterprise(), account_per_minute=200, ticket_updates_per_minute=20)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter says after one more call."""

    total: int
    remaining: int
    resets: int
    """Seconds until the window ends."""
    exceeded: bool

    def __str__(self) -> str:
        return f"total={self.total}; remaining={self.remaining}; resets={self.resets}"


class Meter:
    """Counts calls in fixed windows, as Zendesk does."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[object, tuple[float, int]] = {}

    def take(self, key: object, total: int, seconds: int) -> Reading:
        """Count one call under this key; a call over the limit is not counted."""
        now = self._clock().timestamp()
        with self._lock:
            start, used = self._windows.get(key, (now, 0))
            if now - start >= seconds:
                start, used = now, 0
            exceeded = used >= total
            self._windows[key] = (start, used if exceeded else used + 1)
        left = max(0, total - used - 1)
        return Reading(total, left, max(1, round(start + seconds - now)), exceeded)

    def clear(self) -> None:
        """Give everybody a fresh window."""
        with self._lock:
            self._windows.clear()
