"""What was posted by which rule, and what an operator has taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from bot.store.database import Database

#: Digests of single lines that are no verdict; they never count as the ticket's last word.
ASIDE: Final = "aside:"
_COLUMNS: Final = (
    "number, key, marker, ticket_id, comment_id, kind, coalesce(done_at, created_at) AS posted_at,"
    " scenario, branch, rule_ids, revision, version"
)


@dataclass(frozen=True, slots=True)
class PostedNote:
    """A note that stands on a ticket, and what made it."""

    number: int
    key: str
    marker: str
    ticket_id: int
    comment_id: int | None
    kind: str
    posted_at: datetime
    scenario: str
    branch: str
    rule_ids: Sequence[str]
    """Signals and snippets."""
    revision: str
    version: str


@dataclass(frozen=True, slots=True)
class Retraction:
    """A rule whose notes an operator took back, and the words for whoever read them."""

    id: int
    rule: str
    since: datetime
    why: str
    who: str
    asked_at: datetime


class PostedNotes:
    """The notes as an operator asks for them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self, rule: str | None = None, since: datetime | None = None, limit: int = 1000
    ) -> Sequence[PostedNote]:
        """Return the notes that stand, newest first; a scenario's label counts as its rule."""
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(PostedNote)) as cursor,
        ):
            return cursor.execute(
                f"SELECT {_COLUMNS} FROM notes WHERE state = 'done'"  # noqa: S608  constants
                " AND digest NOT LIKE 'aside:%%'"
                " AND (%(rule)s::text IS NULL OR rule_ids @> ARRAY[%(rule)s]"
                " OR scenario = %(rule)s)"
                " AND (%(since)s::timestamptz IS NULL"
                " OR coalesce(done_at, created_at) >= %(since)s)"
                " ORDER BY number DESC LIMIT %(limit)s",
                {"rule": rule, "since": since, "limit": limit},
            ).fetchall()

    def newest_by(self, ticket_id: int, rule: str, since: datetime) -> PostedNote | None:
        """Return the newest note of this ticket that the rule made."""
        mine = [note for note in self.find(rule, since) if note.ticket_id == ticket_id]
        return mine[0] if mine else None

    def retracted(self, markers: Sequence[str]) -> frozenset[str]:
        """Return those of the notes whose retraction stands, too."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "SELECT digest FROM notes WHERE state = 'done' AND digest = ANY(%s)",
                ([retraction_of(marker) for marker in markers],),
            ).fetchall()
        return frozenset(str(row[0]).removeprefix(retraction_of("")) for row in rows)

    def retract(self, rule: str, since: datetime, why: str, who: str) -> Retraction:
        """Write down that the rule's notes are taken back."""
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(Retraction)) as cursor,
        ):
            row = cursor.execute(
                "INSERT INTO retractions (rule, since, why, who) VALUES (%s, %s, %s, %s)"
                " RETURNING id, rule, since, why, who, asked_at",
                (rule, since, why, who),
            ).fetchone()
        if row is None:
            raise LookupError("the store returned no retraction")
        return row

    def retraction(self, number: int) -> Retraction | None:
        """Return one retraction."""
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(Retraction)) as cursor,
        ):
            return cursor.execute(
                "SELECT id, rule, since, why, who, asked_at FROM retractions WHERE id = %s",
                (number,),
            ).fetchone()


def retraction_of(marker: str) -> str:
    """The digest of the line that takes this note back."""
    return f"{ASIDE}retracted:{marker}"
