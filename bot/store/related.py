"""Other tickets that lately had the same cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Related:
    """A ticket with the same cause, and when it was found to have it."""

    ticket: int
    cause: str
    at: datetime


def related_tickets(
    database: Database, cause: str, ticket_id: int, days: int = 14, limit: int = 5
) -> Sequence[Related]:
    """Return the newest of them, at most `limit`."""
    with (
        database.connection() as connection,
        connection.cursor(row_factory=class_row(Related)) as cursor,
    ):
        return cursor.execute(
            "SELECT ticket_id AS ticket, details ->> 'cause' AS cause, max(decided_at) AS at"
            " FROM diagnoses WHERE details ->> 'cause' = %s AND ticket_id <> %s"
            " AND decided_at > now() - make_interval(days => %s)"
            " GROUP BY 1, 2 ORDER BY 3 DESC LIMIT %s",
            (cause, ticket_id, days, limit),
        ).fetchall()
