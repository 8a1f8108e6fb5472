"""Where accepted events go: the event and its job, committed together or not at all."""

import json
import threading
from collections.abc import Sequence
from typing import Final

import psycopg

from bot.queue import EVENTS, HANDLE_EVENT, queue_states, ticket_lock
from bot.store.database import Database, StoreDown
from bot.store.events import AcceptedEvent
from bot.web.metrics import Backlog

#: What `bot.store.events.accept` and `bot.queue.defer_event` do, for many events in one round trip
#: and one transaction; a test compares both. The events are one JSON text: ten arrays took psycopg
#: a quarter of the time that a whole delivery takes.
_ACCEPT: Final = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS given (
        key text, ticket_id bigint, kind text, attachments text, actor_id bigint,
        received_at timestamptz, priority int, lock text, arguments jsonb, delay_seconds float8
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


class _Waiting:
    """One delivery that waits for its commit."""

    __slots__ = ("delay_seconds", "error", "event", "new", "priority", "turn")

    def __init__(self, event: AcceptedEvent, priority: int, delay_seconds: float) -> None:
        self.event = event
        self.priority = priority
        self.delay_seconds = delay_seconds
        self.new: bool | None = None
        self.error: Exception | None = None
        self.turn = threading.Event()
        """Set when it is settled, or when it is the one to write for all who wait."""

    def is_settled(self) -> bool:
        return self.new is not None or self.error is not None


class DurableIntake:
    """Writes events to the store and their jobs to the queue.

    Deliveries that arrive while another one is being committed are committed together after it: a
    commit waits for the disk and for Postgres' one lock on notifications, so a burst would
    otherwise queue up there. Whoever comes first writes for all who wait; nobody waits for more
    than two commits, and everybody is answered after their own.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._pending: list[_Waiting] = []
        self._writing = False

    def accept(self, event: AcceptedEvent, priority: int, delay_seconds: float) -> bool:
        """Commit event and job; False when the key is known. Raises `StoreDown`."""
        waiting = _Waiting(event, priority, delay_seconds)
        with self._lock:
            self._pending.append(waiting)
            follows, self._writing = self._writing, True
        if follows:
            waiting.turn.wait()
        if not waiting.is_settled():
            self._write_for_all()
        if waiting.error is not None:
            raise waiting.error
        return bool(waiting.new)

    def _write_for_all(self) -> None:
        with self._lock:
            batch, self._pending = tuple(self._pending), []
        try:
            self._settle(batch)
        finally:
            for waiting in batch:
                if not waiting.is_settled():  # nobody waits for ever, whatever went wrong here
                    waiting.error = StoreDown("the delivery could not be written")
                waiting.turn.set()
            with self._lock:
                self._writing = bool(self._pending)
                if self._pending:
                    self._pending[0].turn.set()

    def _settle(self, batch: Sequence[_Waiting]) -> None:
        first = {waiting.event.key: waiting for waiting in reversed(batch)}
        try:
            # One order in every process, so that two batches with the same keys cannot deadlock.
            new = self._write([first[key] for key in sorted(first)])
        except StoreDown as error:
            for waiting in batch:
                waiting.error = StoreDown(str(error))
        except psycopg.Error as error:
            self._settle_refused(batch, error)
        else:
            for waiting in batch:
                waiting.new = waiting.event.key in new and first[waiting.event.key] is waiting

    def _settle_refused(self, batch: Sequence[_Waiting], error: psycopg.Error) -> None:
        """Find the one that Postgres refuses: it must not harm the others."""
        if len(batch) == 1:
            batch[0].error = error
            return
        for waiting in batch:
            self._settle((waiting,))

    def _write(self, batch: Sequence[_Waiting]) -> frozenset[str]:
        """Commit these events and their jobs; return the keys that were not known."""
        given = json.dumps([_row(waiting) for waiting in batch])
        with self._database.statement() as connection:
            row = connection.execute(
                _ACCEPT, (given, EVENTS, HANDLE_EVENT), prepare=True
            ).fetchone()
        return frozenset((row and row[0]) or ())


def _row(waiting: _Waiting) -> dict[str, object]:
    event = waiting.event
    arguments: dict[str, object] = {
        "key": event.key,
        "ticket_id": event.ticket_id,
        "kind": event.kind,
        "attachments": event.attachments,
        "actor_id": event.actor_id,
        "received_at": event.received_at.isoformat(),
    }
    return arguments | {
        "priority": waiting.priority,
        "lock": ticket_lock(event.ticket_id),
        "arguments": arguments,
        "delay_seconds": waiting.delay_seconds,
    }


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
