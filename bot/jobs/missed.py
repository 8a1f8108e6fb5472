"""Changes of tickets that no event has told us of: what a search found, less what we know of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg

from bot import queue
from bot.store.database import Database
from bot.store.events import ASIDES, AcceptedEvent, accept

#: A job takes at most 60 s from reading the ticket to writing down what came of it.
_READ_BEFORE: Final = timedelta(seconds=60)
#: What is known: we wrote it ourselves, an event came after it, a job will still read the ticket,
#: or the ticket was read later; an event that was merged into another did not read it. A change
#: within the same second as one of these is not told apart: Zendesk's stamps have whole seconds.
_UNKNOWN: Final = """
SELECT given.ticket_id, given.changed_at
FROM unnest(%(tickets)s::bigint[], %(times)s::timestamptz[], %(stamps)s::text[])
    AS given (ticket_id, changed_at, stamp)
WHERE NOT EXISTS (SELECT FROM notes WHERE notes.ticket_id = given.ticket_id
        AND notes.state = 'done' AND notes.updated_stamp = given.stamp)
    AND NOT EXISTS (SELECT FROM events WHERE events.ticket_id = given.ticket_id
        AND events.kind <> ALL (%(asides)s)
        AND coalesce(events.outcome, '') NOT LIKE 'merged%%'
        AND (events.received_at >= given.changed_at
            OR events.closed_at >= given.changed_at + %(read)s))
    AND NOT EXISTS (SELECT FROM procrastinate_jobs AS job
        WHERE job.lock = 'ticket:' || given.ticket_id AND job.task_name = %(task)s
            AND job.status = 'todo')
    AND NOT EXISTS (SELECT FROM forgotten
        WHERE digest = encode(sha256(('ticket:' || given.ticket_id)::bytea), 'hex'))
ORDER BY given.changed_at, given.ticket_id
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A ticket, and when it last changed according to Zendesk."""

    ticket_id: int
    at: datetime


def take_in_missed(database: Database, found: Sequence[Change]) -> Sequence[Change]:
    """Make an event of every change that nothing knows of; return those.

    The event is dated as the change: whether a note is still of use is judged by that. Its key
    stands for ticket and time, so that no change is taken in twice.
    """
    with database.connection() as connection:
        missed = _unknown(connection, found)
    return [change for change in missed if _take_in(database, change)]


def _unknown(connection: psycopg.Connection, found: Sequence[Change]) -> list[Change]:
    rows = connection.execute(
        _UNKNOWN,
        {
            "tickets": [change.ticket_id for change in found],
            "times": [change.at for change in found],
            "stamps": [_stamp(change.at) for change in found],
            "read": _READ_BEFORE,
            "task": queue.HANDLE_EVENT,
            "asides": list(ASIDES),
        },
    ).fetchall()
    return [Change(int(ticket_id), at) for ticket_id, at in rows]


def _take_in(database: Database, change: Change) -> bool:
    key = f"reconcile-{change.ticket_id}-{_stamp(change.at)}"
    event = AcceptedEvent(key, change.ticket_id, "reconciled", "unknown", change.at)
    with database.connection() as connection:
        if not accept(connection, event):
            return False
        queue.defer_event(
            connection, key, event.ticket_id, event.kind, event.attachments, None,
            event.received_at, priority=queue.RECONCILE,
        )  # fmt: skip
    return True


def _stamp(at: datetime) -> str:
    """As Zendesk writes it, and as the ledger keeps it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
