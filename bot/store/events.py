"""The accepted events. An event means only "look at this ticket" and holds no customer's text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg
from psycopg.rows import class_row

from bot.store.database import UNHURRIED, Database

#: Events that say one line on a ticket and do not judge it: no other event is merged into them.
ASIDES: Final = ("stuck", "retracted")


@dataclass(frozen=True, slots=True)
class AcceptedEvent:
    """One event as it was accepted."""

    key: str
    """The delivery's invocation id, else a digest of the signed bytes."""
    ticket_id: int
    kind: str
    """``created replied field_changed command reconciled replayed``, or one of `ASIDES`."""
    attachments: str
    """``yes no unknown``."""
    received_at: datetime
    actor_id: int | None = None


@dataclass(frozen=True, slots=True)
class EventCounts:
    """How many events were accepted and what is still open."""

    accepted: int
    open: int


#: The lock is there for the index. That a ticket is new is said for good by the event that led to
#: its note.
_NEWEST: Final = """
SELECT coalesce((
    SELECT key FROM events WHERE ticket_id = %(ticket)s AND kind = 'created'
        AND kind = %(kind)s AND outcome LIKE 'noted%%'
    ORDER BY number LIMIT 1
), (
    SELECT key FROM events WHERE ticket_id = %(ticket)s AND kind <> ALL (%(asides)s)
        AND kind = coalesce(nullif(%(kind)s, ''), kind) AND (
        closed_at IS NOT NULL OR EXISTS (
            SELECT FROM procrastinate_jobs AS job WHERE job.lock = 'ticket:' || events.ticket_id
                AND job.status IN ('todo', 'doing') AND job.args ->> 'key' = events.key))
    ORDER BY number DESC LIMIT 1
))
"""
#: An event that a crash leaves open is looked at once more, which is harmless.
_CLOSE: Final = f"UPDATE events SET closed_at = now(), outcome = %s WHERE key = %s AND {UNHURRIED}"  # noqa: S608  constants
#: Begins the key of an event by which an agent asks for the note that the sidebar shows.
_NOTE: Final = "note"


def note_key(digest: str, at: datetime) -> str:
    """Return the key of the event that asks for the note with this digest, and for no other."""
    return f"{_NOTE}-{at:%Y%m%dT%H%M%S%f}-{digest}"


def asked_digest(key: str) -> str:
    """Return the digest of the note that such an event asks for; empty for other events."""
    kind, _, rest = key.partition("-")
    return rest.partition("-")[2] if kind == _NOTE else ""


def accept(connection: psycopg.Connection, event: AcceptedEvent) -> bool:
    """Write the event in the caller's transaction; False when it was accepted before."""
    done = connection.execute(
        "INSERT INTO events (key, ticket_id, kind, attachments, actor_id, received_at)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            event.key,
            event.ticket_id,
            event.kind,
            event.attachments,
            event.actor_id,
            event.received_at,
        ),
    )
    return done.rowcount == 1


class EventLog:
    """The events as the pipeline and the command line ask for them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest_of(self, ticket_id: int, kind: str = "") -> str | None:
        """Key of the newest accepted event (of this kind) that judges the ticket, or has judged it.

        One whose job is a dead letter, or was discarded, does neither: others must not rely on it.
        Among those of kind ``created`` one that led to a note stands for all.
        """
        with self._database.statement() as connection:
            asked = {"ticket": ticket_id, "asides": list(ASIDES), "kind": kind}
            row = connection.execute(_NEWEST, asked).fetchone()
        return None if row is None or row[0] is None else str(row[0])

    def close(self, key: str, outcome: str) -> None:
        """Record what came of an event, in a few words without customer text."""
        with self._database.statement() as connection:
            connection.execute(_CLOSE, (outcome, key))

    def get(self, key: str) -> AcceptedEvent | None:
        """Return one event, for `replay`."""
        with (
            self._database.statement() as connection,
            connection.cursor(row_factory=class_row(AcceptedEvent)) as cursor,
        ):
            return cursor.execute(
                "SELECT key, ticket_id, kind, attachments, received_at, actor_id"
                " FROM events WHERE key = %s",
                (key,),
            ).fetchone()

    def outcome(self, key: str) -> str | None:
        """What came of an event; None while it is open or when it is unknown."""
        with self._database.statement() as connection:
            row = connection.execute("SELECT outcome FROM events WHERE key = %s", (key,)).fetchone()
        return None if row is None or row[0] is None else str(row[0])

    def counts(self) -> EventCounts:
        """Count the events that are kept, and those that nothing has come of yet."""
        with self._database.statement() as connection:
            row = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE closed_at IS NULL) FROM events"
            ).fetchone()
        return EventCounts(*row) if row else EventCounts(0, 0)
