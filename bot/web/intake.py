"""Where accepted events go: the event and its job, committed together or not at all."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.queue import EVENTS, HANDLE_EVENT, queue_states, ticket_lock
from bot.store.database import Database, StoreDown
from bot.store.events import AcceptedEvent
from bot.web.metrics import Backlog

#: What `bot.store.events.accept` and `bot.queue.defer_event` do, for many events in one round trip
#: and one transaction; a test compares both.
_ACCEPT: Final = """
WITH given AS (
    SELECT * FROM unnest(
        %s::text[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[],
        %s::int[], %s::text[], %s::jsonb[], %s::float8[]
    ) AS given (
        key, ticket_id, kind, attachments, actor_id, received_at,
        priority, lock, arguments, delay_seconds
    )
), event AS (
    INSERT INTO events (key, ticket_id, kind, attachments, actor_id, received_at)
    SELECT key, ticket_id, kind, attachments, actor_id, received_at FROM given
    ON CONFLICT DO NOTHING RETURNING key
)
SELECT array_agg(key), procrastinate_defer_jobs_v1(array_agg(ROW(
    %s, %s, priority, lock, NULL, arguments,
    now() + make_interval(secs => nullif(delay_seconds, 0))
)::procrastinate_job_to_defer_v1))
FROM event JOIN given USING (key)
"""


@dataclass(slots=True, eq=False)
class _Waiting:
    """One delivery that waits for its commit."""

    event: AcceptedEvent
    priority: int
    delay_seconds: float
    new: bool | None = None
    problem: str | None = None
    """Why the store could not take it."""

    def is_settled(self) -> bool:
        return self.new is not None or self.problem is not None


@dataclass(frozen=True, slots=True)
class DurableIntake:
    """Writes events to the store and their jobs to the queue.

    Deliveries that arrive while another one is being committed are committed together after it: a
    commit waits for the disk and for Postgres' one lock on notifications, so a burst would
    otherwise queue up there. Whoever comes first writes for all who wait; nobody waits for more
    than two commits, and everybody is answered after their own.
    """

    database: Database
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _arrivals: threading.Lock = field(default_factory=threading.Lock)
    _pending: list[_Waiting] = field(default_factory=list)

    def accept(self, event: AcceptedEvent, priority: int, delay_seconds: float) -> bool:
        """Commit event and job; False when the key is known. Raises `StoreDown`."""
        waiting = _Waiting(event, priority, delay_seconds)
        with self._arrivals:
            self._pending.append(waiting)
        with self._turn:
            if not waiting.is_settled():
                self._settle(self._batch_of(waiting))
        if waiting.problem is not None:
            raise StoreDown(waiting.problem)
        return bool(waiting.new)

    def _batch_of(self, waiting: _Waiting) -> Sequence[_Waiting]:
        """Take everything that waits; alone, if a batch with it has failed for another's sake."""
        with self._arrivals:
            if waiting not in self._pending:
                return (waiting,)
            batch = tuple(self._pending)
            self._pending.clear()
        return batch

    def _settle(self, batch: Sequence[_Waiting]) -> None:
        first: dict[str, _Waiting] = {}
        # One order in every process, so that two batches with the same keys cannot deadlock.
        for waiting in sorted(batch, key=lambda each: each.event.key):
            first.setdefault(waiting.event.key, waiting)
        try:
            new = self._write(tuple(first.values()))
        except StoreDown as error:
            for waiting in batch:
                waiting.problem = str(error)
            return
        for waiting in batch:
            waiting.new = first[waiting.event.key] is waiting and waiting.event.key in new

    def _write(self, batch: Sequence[_Waiting]) -> frozenset[str]:
        """Commit these events and their jobs; return the keys that were not known."""
        columns = [list(column) for column in zip(*map(_row, batch), strict=True)]
        with self.database.connection() as connection:
            connection.autocommit = True  # one statement is one transaction: no BEGIN, no COMMIT
            try:
                row = connection.execute(
                    _ACCEPT, (*columns, EVENTS, HANDLE_EVENT), prepare=True
                ).fetchone()
            finally:
                connection.autocommit = False
        return frozenset((row and row[0]) or ())


def _row(waiting: _Waiting) -> tuple[object, ...]:
    event = waiting.event
    arguments = {
        "key": event.key,
        "ticket_id": event.ticket_id,
        "kind": event.kind,
        "attachments": event.attachments,
        "actor_id": event.actor_id,
        "received_at": event.received_at.isoformat(),
    }
    return (
        event.key,
        event.ticket_id,
        event.kind,
        event.attachments,
        event.actor_id,
        event.received_at,
        waiting.priority,
        ticket_lock(event.ticket_id),
        json.dumps(arguments),
        waiting.delay_seconds,
    )


def read_backlog(database: Database) -> Backlog | None:
    """Return what waits in the queue of events; None while the store is down."""
    try:
        with database.connection() as connection:
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
