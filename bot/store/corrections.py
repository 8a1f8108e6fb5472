"""What agents say a ticket really is: in the sidebar, or by the drop-down in the ticket's form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from bot.store.database import Database

#: The newest word of an agent on each ticket, beside what the bot said before it. A drop-down that
#: an agent set shows as a decision that was `corrected_by_agent`; what the bot thought by itself is
#: the newest decision before it that was not. A confirmation is a word, too.
_JUDGED: Final = """
WITH word AS (
    SELECT ticket_id, scenario, said, confidence, at, 'sidebar' AS source FROM corrections
    WHERE at > now() - make_interval(days => %(days)s)
    UNION ALL
    (SELECT DISTINCT ON (ticket_id) ticket_id, scenario, '' AS said, '' AS confidence,
        decided_at AS at, 'drop-down' AS source
    FROM diagnoses
    WHERE details ->> 'corrected_by_agent' = 'true'
        AND decided_at > now() - make_interval(days => %(days)s)
    ORDER BY ticket_id, number DESC)
), newest AS (
    SELECT DISTINCT ON (ticket_id) * FROM word ORDER BY ticket_id, at DESC
)
SELECT newest.ticket_id, newest.scenario AS expected, newest.at, newest.source,
    coalesce(nullif(newest.said, ''), own.scenario) AS said,
    coalesce(nullif(newest.confidence, ''), own.confidence) AS confidence
FROM newest LEFT JOIN LATERAL (
    SELECT scenario, confidence FROM diagnoses
    WHERE ticket_id = newest.ticket_id AND decided_at < newest.at
        AND details ->> 'corrected_by_agent' IS DISTINCT FROM 'true'
    ORDER BY number DESC LIMIT 1
) AS own ON newest.said = ''
WHERE coalesce(nullif(newest.said, ''), own.scenario) IS NOT NULL
ORDER BY newest.ticket_id
"""


@dataclass(frozen=True, slots=True)
class Correction:
    """An agent's word on what a ticket is."""

    scenario: str
    why: str
    """One line, redacted."""
    by_name: str
    """As the browser claimed."""
    at: datetime
    said: str = ""
    """What the bot had said."""


@dataclass(frozen=True, slots=True)
class AgentsWord:
    """A ticket with the newest word of an agent, beside what the bot said by itself."""

    ticket_id: int
    expected: str
    at: datetime
    source: str
    """``sidebar`` or ``drop-down``."""
    said: str
    confidence: str


class CorrectionLog:
    """The corrections in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        ticket_id: int,
        scenario: str,
        why: str,
        *,
        said: str,
        confidence: str,
        by_name: str,
        by_id: str,
    ) -> None:
        """Keep one correction."""
        with self._database.connection() as connection:
            connection.execute(
                "INSERT INTO corrections"
                " (ticket_id, said, confidence, scenario, why, by_name, by_id)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (ticket_id, said, confidence, scenario, why, by_name, by_id),
            )

    def of_ticket(self, ticket_id: int, limit: int = 10) -> Sequence[Correction]:
        """Return a ticket's corrections, newest first."""
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(Correction)) as cursor,
        ):
            return cursor.execute(
                "SELECT scenario, why, by_name, at, said FROM corrections"
                " WHERE ticket_id = %s ORDER BY number DESC LIMIT %s",
                (ticket_id, limit),
            ).fetchall()

    def agents_words(self, days: int) -> Sequence[AgentsWord]:
        """Return the tickets that an agent said something about, one row each."""
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(AgentsWord)) as cursor,
        ):
            return cursor.execute(_JUDGED, {"days": days}).fetchall()
