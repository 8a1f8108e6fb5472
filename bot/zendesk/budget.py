"""How many calls Zendesk allows us, and until when it told everybody to wait."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

#: Without headers to learn from: the standard limit of changing calls per account and minute.
#: developer.zendesk.com/api-reference/introduction/rate-limits
UPDATES_PER_MINUTE: Final = 100
CALLS_PER_MINUTE: Final = 200
#: Update Ticket: 30 per 10 minutes per user and ticket.
UPDATES_PER_TICKET: Final = 30
PER_TICKET_WINDOW: Final = 600.0
#: What an automatic call leaves for an agent's command.
RESERVED_FOR_COMMANDS: Final = 5
#: Longest wait that a header may impose; an absurd value must not silence the bot for a day.
LONGEST_WAIT: Final = 900.0
#: After a 429 without a time, and without a header that names a spent window.
FIRST_UNNAMED_WAIT: Final = 2.0
LONGEST_UNNAMED_WAIT: Final = 60.0
_NAMED_LIMIT: Final = re.compile(r"(total|remaining|resets)\s*=\s*(\d+)")

#: Route of the one call that is limited by ticket as well.
TICKET_UPDATE: Final = "tickets.update"


class Budget(Protocol):
    """Leave to call, shared by every process; `bot.store` has one of its own in Postgres."""

    def acquire(self, route: str, ticket_id: int | None, priority: int) -> float:
        """Take one call, or return the seconds to wait before asking again; 0.0 means go.

        A `priority` above 0 (an agent's command) may use what is kept back for commands.
        """

    def learn(self, route: str, headers: Mapping[str, str], ticket_id: int | None) -> None:
        """Take in the rate-limit headers of an answer (names in lower case)."""

    def refused(self, route: str) -> None:
        """Take in a 429: where no header tells the limit, what was let through does."""

    def block(self, seconds: float) -> None:
        """Nobody calls for this long: Zendesk sent a Retry-After."""


def answered_at(headers: Mapping[str, str]) -> datetime | None:
    """Return the time of day at which Zendesk says that it answered."""
    try:
        return parsedate_to_datetime(headers.get("date", "")).astimezone(UTC)
    except (ValueError, TypeError):
        return None


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds named by `Retry-After`, in its number or its date form; None when there is none.

    A date is read by the clock of whoever wrote it, where the answer tells it: ours may be wrong.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            since = now or answered_at(headers) or datetime.now(UTC)
            seconds = (parsedate_to_datetime(text) - since).total_seconds()
        except (ValueError, TypeError):
            return None
    if seconds != seconds:  # noqa: PLR0124  "nan" is a float, too
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


@dataclass(slots=True)
class UnnamedWaits:
    """How long to wait after a 429 that names no time: longer each time, until a call succeeds."""

    times: int = 0

    def next(self, headers: Mapping[str, str]) -> float:
        """Return the seconds: until the window ends where a header says that it is spent."""
        self.times += 1
        spent = [
            said["resets"]
            for name in headers
            if (said := named_limit(headers, name)) and said["remaining"] == 0
        ]
        account = _account_limit(headers)
        spent += [account["resets"]] if account.get("remaining") == 0 else []
        if spent:
            return float(min(max(*spent, 1), LONGEST_WAIT))
        return min(FIRST_UNNAMED_WAIT * float(2 ** min(self.times - 1, 10)), LONGEST_UNNAMED_WAIT)

    def forget(self) -> None:
        """A call succeeded."""
        self.times = 0


def named_limit(headers: Mapping[str, str], name: str) -> dict[str, int]:
    """Read `total=30; remaining=29; resets=468`; empty when it is missing or not complete."""
    found = {key: int(value) for key, value in _NAMED_LIMIT.findall(headers.get(name, ""))}
    return found if {"total", "remaining", "resets"} <= found.keys() else {}


def _account_limit(headers: Mapping[str, str]) -> dict[str, int]:
    total = headers.get("ratelimit-limit") or headers.get("x-rate-limit", "")
    left = headers.get("ratelimit-remaining") or headers.get("x-rate-limit-remaining", "")
    reset = headers.get("ratelimit-reset", "60")
    if not (total.isdecimal() and left.isdecimal() and reset.isdecimal()):
        return {}
    return {"total": int(total), "remaining": int(left), "resets": int(reset)}


@dataclass(slots=True)
class _Window:
    """Calls left until the window ends; a full one when it has ended."""

    total: int
    seconds: float
    left: int = 0
    ends_at: float = 0.0

    def roll(self, now: float) -> None:
        if now >= self.ends_at:
            self.left, self.ends_at = self.total, now + self.seconds

    def learn(self, now: float, said: Mapping[str, int]) -> None:
        """Believe the server: other processes and other programs count against it, too."""
        self.total, self.left = said["total"], said["remaining"]
        self.ends_at = now + min(said["resets"], LONGEST_WAIT)


@dataclass(slots=True)
class _Limits:
    account: _Window = field(default_factory=lambda: _Window(CALLS_PER_MINUTE, 60.0))
    updates: _Window = field(default_factory=lambda: _Window(UPDATES_PER_MINUTE, 60.0))
    tickets: dict[int, _Window] = field(default_factory=dict)


class InMemoryBudget:
    """The budget of one process: for the command line and for tests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._limits = _Limits()
        self._blocked_until = 0.0

    def acquire(self, route: str, ticket_id: int | None, priority: int) -> float:
        """Take one call, or return the seconds to wait before asking again."""
        now = self._clock()
        with self._lock:
            if now < self._blocked_until:
                return self._blocked_until - now
            windows = self._windows(route, ticket_id)
            keep = 0 if priority > 0 else RESERVED_FOR_COMMANDS
            for window in windows:
                window.roll(now)
                if window.left <= min(keep, window.total // 4):
                    return max(window.ends_at - now, 0.05)
            for window in windows:
                window.left -= 1
        return 0.0

    def learn(
        self,
        route: str,  # noqa: ARG002  these headers name the limit they speak of
        headers: Mapping[str, str],
        ticket_id: int | None,
    ) -> None:
        """Take in what an answer says about the limits."""
        now = self._clock()
        with self._lock:
            if account := _account_limit(headers):
                self._limits.account.learn(now, account)
            if updates := named_limit(headers, "zendesk-rate-limit-tickets-update"):
                self._limits.updates.learn(now, updates)
            per_ticket = named_limit(headers, "zendesk-ratelimit-per-ticket-updates")
            if per_ticket and ticket_id is not None:
                self._ticket(ticket_id).learn(now, per_ticket)

    def refused(self, route: str) -> None:
        """Learn nothing: the waits are enough for the few calls of one command."""

    def block(self, seconds: float) -> None:
        """Let nobody call for this long; a shorter wait never shortens a longer one."""
        with self._lock:
            until = self._clock() + min(max(seconds, 0.0), LONGEST_WAIT)
            self._blocked_until = max(self._blocked_until, until)

    def _windows(self, route: str, ticket_id: int | None) -> list[_Window]:
        if route != TICKET_UPDATE:
            return [self._limits.account]
        windows = [self._limits.account, self._limits.updates]
        return windows if ticket_id is None else [*windows, self._ticket(ticket_id)]

    def _ticket(self, ticket_id: int) -> _Window:
        if len(self._limits.tickets) > 10_000:  # noqa: PLR2004  a long-lived process forgets
            self._limits.tickets.clear()
        return self._limits.tickets.setdefault(
            ticket_id, _Window(UPDATES_PER_TICKET, PER_TICKET_WINDOW)
        )
