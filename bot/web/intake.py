"""Where accepted events go: the event and its job, committed together or not at all."""

from dataclasses import dataclass

from bot.queue import EVENTS, defer_event, queue_states
from bot.store.database import Database, StoreDown
from bot.store.events import AcceptedEvent, accept
from bot.web.metrics import Backlog


@dataclass(frozen=True, slots=True)
class DurableIntake:
    """Writes events to the store and their jobs to the queue."""

    database: Database

    def accept(self, event: AcceptedEvent, priority: int, delay_seconds: float) -> bool:
        """Commit event and job; False when the key is known. Raises `StoreDown`."""
        with self.database.connection() as connection:
            if not accept(connection, event):
                return False
            defer_event(
                connection,
                event.key,
                event.ticket_id,
                event.kind,
                event.attachments,
                event.actor_id,
                event.received_at,
                priority=priority,
                delay_seconds=delay_seconds,
            )
        return True

    def backlog(self) -> Backlog | None:
        """What waits in the queue of events; None while the store is down."""
        try:
            with self.database.connection() as connection:
                states = queue_states(connection)
        except StoreDown:
            return None
        events = [state for state in states if state.queue == EVENTS]
        return Backlog(
            waiting=sum(state.waiting for state in events),
            scheduled=sum(state.scheduled for state in events),
            running=sum(state.running for state in events),
            oldest_seconds=max((state.oldest_seconds for state in events), default=0.0),
            dead_letters=sum(state.failed for state in states),
        )
