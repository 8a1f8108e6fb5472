"""How many probe runs a ticket, and everybody together, may still ask for."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

_MINUTE: Final = timedelta(minutes=1)
#: Runs of other tickets have used up the minute: wait for the next.
_BUSY_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the suite that was let through."""

    ticket_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Budget:
    """A pure value: what was spent, and what that leaves."""

    per_ticket: int = 6
    """Runs for one ticket within `window`."""
    per_minute: int = 20
    """Runs for all tickets together."""
    window: timedelta = timedelta(hours=1)
    spent: tuple[Run, ...] = ()

    def refusal(self, ticket_id: int, now: datetime) -> str:
        """Return why a run is not let through now, or an empty string."""
        own = sum(run.ticket_id == ticket_id and now - run.at < self.window for run in self.spent)
        if own >= self.per_ticket:
            return f"ticket {ticket_id} had its {self.per_ticket} probe runs of this hour"
        if sum(now - run.at < _MINUTE for run in self.spent) >= self.per_minute:
            return f"{self.per_minute} probe runs started within the last minute"
        return ""

    def allowance(self, ticket_id: int, now: datetime) -> tuple[str, float]:
        """Return why this ticket gets no run, or how long it waits while others have theirs."""
        own = tuple(run for run in self.spent if run.ticket_id == ticket_id)
        if refusal := replace(self, spent=own).refusal(ticket_id, now):
            return refusal, 0.0
        return "", _BUSY_SECONDS if self.refusal(ticket_id, now) else 0.0

    def spend(self, ticket_id: int, now: datetime) -> "Budget":
        """Return the budget after one more run; what is older than the window is forgotten."""
        oldest = now - max(self.window, _MINUTE)
        kept = tuple(run for run in self.spent if run.at > oldest)
        return replace(self, spent=(*kept, Run(ticket_id, now)))
