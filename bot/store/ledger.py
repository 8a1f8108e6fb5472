"""The ledger of notes: what was meant to be written to Zendesk and what stands there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import psycopg
from psycopg.rows import class_row

from bot.runbook.writing import Receipt
from bot.store.database import UNHURRIED, Database

_COLUMNS: Final = (
    "key, marker, ticket_id, digest, kind, state, created_at, done_at, comment_id, scenario, branch"
)

#: One statement, so that it costs one round trip and one wait for the disk. An intent that the
#: caller has not seen belongs to somebody who is writing right now: two writes within one second
#: would both pass Zendesk's `safe_update`, whose stamps have whole seconds. No clock decides that.
_INTEND: Final = f"""
WITH meant AS (
    INSERT INTO notes (key, marker, ticket_id, digest, kind, state, created_at, scenario, branch,
        rule_ids, revision, version)
    VALUES (%(key)s, %(marker)s, %(ticket_id)s, %(digest)s, %(kind)s, 'intent', %(created_at)s,
        %(scenario)s, %(branch)s, %(rule_ids)s, %(revision)s, %(version)s)
    ON CONFLICT (key) DO UPDATE SET state = 'intent', reason = NULL,
        created_at = excluded.created_at
        WHERE notes.state = 'abandoned'
            OR (notes.state = 'intent' AND notes.created_at = %(seen)s::timestamptz)
    RETURNING {_COLUMNS}
)
SELECT {_COLUMNS} FROM meant
UNION ALL
SELECT {_COLUMNS} FROM notes WHERE key = %(key)s AND NOT EXISTS (SELECT FROM meant)
"""  # noqa: S608  constants
#: The intent is on the disk: whoever finds it alone, after a crash, looks for the note itself.
_DONE: Final = (
    "UPDATE notes SET state = 'done', done_at = now(), comment_id = %s, audit_id = %s,"  # noqa: S608  constants
    f" updated_stamp = %s WHERE key = %s AND state <> 'done' AND {UNHURRIED}"
)
#: A single line ("this command failed") must not count as the last word on the ticket.
_NOTES: Final = "ticket_id = %s AND digest NOT LIKE 'aside:%%'"
_ASIDES: Final = "ticket_id = %s AND digest LIKE 'aside:%%'"


@dataclass(frozen=True, slots=True)
class LedgerNote:
    """One note in the ledger, from intent to done."""

    key: str
    marker: str
    ticket_id: int
    digest: str
    kind: Literal["automatic", "command"]
    state: Literal["intent", "done", "abandoned"]
    created_at: datetime
    done_at: datetime | None = None
    comment_id: int | None = None
    scenario: str = ""
    branch: str = ""


class NoteLedger:
    """The ledger in the store; every call is one committed transaction."""

    def __init__(self, database: Database, version: str = "") -> None:
        self._database = database
        self._version = version
        """Of the bot; stands beside every note."""

    def notes(self, ticket_id: int) -> Sequence[LedgerNote]:
        """Every note of the ticket that is more than a single line, oldest first."""
        with self._database.statement() as connection:
            return _select(connection, _NOTES, (ticket_id,))

    def intend(
        self,
        note: LedgerNote,
        rule_ids: Sequence[str],
        revision: str,
        *,
        seen: datetime | None = None,
    ) -> LedgerNote:
        """Write the intent, or return what stands under this key: a note, or another's intent.

        `seen` dates the intent that the caller found there and has settled; another one stays. A
        new try of the same note is dated anew: whoever settles it must know how long ago the last
        write may have left.
        """
        values = {
            "key": note.key,
            "marker": note.marker,
            "ticket_id": note.ticket_id,
            "digest": note.digest,
            "kind": note.kind,
            "created_at": note.created_at,
            "scenario": note.scenario,
            "branch": note.branch,
            "rule_ids": list(rule_ids),
            "revision": revision,
            "version": self._version,
            "seen": seen,
        }
        with (
            self._database.statement() as connection,
            connection.cursor(row_factory=class_row(LedgerNote)) as cursor,
        ):
            standing = cursor.execute(_INTEND, values).fetchone()
        if standing is None:
            raise LookupError(f"note {note.key} is neither written down nor known")
        return standing

    def done(self, key: str, receipt: Receipt) -> None:
        """Record that the note stands on the ticket; a second time changes nothing."""
        with self._database.statement() as connection:
            connection.execute(
                _DONE, (receipt.comment_id, receipt.audit_id, receipt.updated_at, key)
            )

    def abandon(self, key: str, reason: str) -> None:
        """Record that this note will not be written; one that stands stays `done`."""
        with self._database.statement() as connection:
            connection.execute(
                "UPDATE notes SET state = 'abandoned', reason = %s"
                " WHERE key = %s AND state = 'intent'",
                (reason, key),
            )

    def stamps(self, ticket_id: int) -> frozenset[str]:
        """Every `updated_at` that our own writes left on the ticket: reconcile passes over them."""
        with self._database.statement() as connection:
            rows = connection.execute(
                "SELECT updated_stamp FROM notes WHERE ticket_id = %s AND state = 'done'",
                (ticket_id,),
            ).fetchall()
        return frozenset(str(row[0]) for row in rows)

    def by_rule(self, rule_id: str, limit: int = 100) -> Sequence[LedgerNote]:
        """Notes that stand and were made by this signal or snippet, newest first."""
        with self._database.statement() as connection:
            found = _select(
                connection, "state = 'done' AND rule_ids @> ARRAY[%s]", (rule_id,), newest=limit
            )
        return found[::-1]

    def newest(self, limit: int = 100) -> Sequence[LedgerNote]:
        """The newest notes of all tickets, newest first."""
        with self._database.statement() as connection:
            return _select(connection, "true", (), newest=limit)[::-1]


class AsideLedger(NoteLedger):
    """The ledger for single lines that are no verdict; `notes` are these, and no others."""

    def notes(self, ticket_id: int) -> Sequence[LedgerNote]:
        """Every single line of the ticket, oldest first."""
        with self._database.statement() as connection:
            return _select(connection, _ASIDES, (ticket_id,))


def _select(
    connection: psycopg.Connection,
    where: Literal[
        "ticket_id = %s AND digest NOT LIKE 'aside:%%'",
        "ticket_id = %s AND digest LIKE 'aside:%%'",
        "key = %s",
        "true",
        "state = 'done' AND rule_ids @> ARRAY[%s]",
    ],
    values: tuple[int | str, ...],
    newest: int | None = None,
) -> list[LedgerNote]:
    """Return notes oldest first, at most the `newest` ones."""
    with connection.cursor(row_factory=class_row(LedgerNote)) as cursor:
        found = cursor.execute(
            f"SELECT {_COLUMNS} FROM notes WHERE {where} ORDER BY number DESC LIMIT %s",  # noqa: S608  literals
            (*values, newest),
        ).fetchall()
    return found[::-1]
