"""What was decided for a ticket, kept for the sidebar, `rehearse` and `evaluate`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from bot.store.database import UNHURRIED, Database

#: A note's intent follows, and takes this to the disk as well.
_SAVE: Final = (
    "INSERT INTO diagnoses (ticket_id, event_key, digest, scenario, branch, confidence, silence,"
    f" markdown, details) SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb WHERE {UNHURRIED}"
)


@dataclass(frozen=True, slots=True)
class DiagnosisRecord:
    """One decision about one ticket."""

    ticket_id: int
    event_key: str
    digest: str
    scenario: str
    branch: str | None
    confidence: str
    silence: str | None
    """Why nothing was posted; None when a note was."""
    markdown: str
    """The (would-be) note, redacted."""
    details: str
    """JSON: reasons, findings, missing, alternatives, extracted; redacted."""


@dataclass(frozen=True, slots=True)
class KeptDiagnosis:
    """A decision as it is kept, with its time."""

    record: DiagnosisRecord
    decided_at: datetime


class DiagnosisLog:
    """The decisions in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, record: DiagnosisRecord) -> None:
        """Keep one decision; the same event decided again replaces nothing, the newest counts."""
        with self._database.statement() as connection:
            connection.execute(
                _SAVE,
                (
                    record.ticket_id,
                    record.event_key,
                    record.digest,
                    record.scenario,
                    record.branch,
                    record.confidence,
                    record.silence,
                    record.markdown,
                    record.details,
                ),
            )

    def of_ticket(self, ticket_id: int, limit: int = 20) -> Sequence[KeptDiagnosis]:
        """Return what was decided for this ticket, newest first."""
        with (
            self._database.statement() as connection,
            connection.cursor(row_factory=class_row(_Row)) as cursor,
        ):
            rows = cursor.execute(
                "SELECT ticket_id, event_key, digest, scenario, branch, confidence, silence,"
                " markdown, details::text, decided_at FROM diagnoses"
                " WHERE ticket_id = %s ORDER BY number DESC LIMIT %s",
                (ticket_id, limit),
            ).fetchall()
        return [row.kept() for row in rows]

    def newest_tickets(self, limit: int) -> Sequence[int]:
        """Return the tickets that were decided on last, the newest decision first."""
        with self._database.statement() as connection:
            rows = connection.execute(
                "SELECT ticket_id FROM diagnoses GROUP BY ticket_id"
                " ORDER BY max(number) DESC LIMIT %s",
                (limit,),
            ).fetchall()
        return [int(row[0]) for row in rows]

    def newest(self, ticket_id: int) -> KeptDiagnosis | None:
        """Return the newest decision for this ticket."""
        return next(iter(self.of_ticket(ticket_id, 1)), None)


@dataclass(frozen=True, slots=True)
class _Row(DiagnosisRecord):
    decided_at: datetime

    def kept(self) -> KeptDiagnosis:
        record = DiagnosisRecord(
            self.ticket_id,
            self.event_key,
            self.digest,
            self.scenario,
            self.branch,
            self.confidence,
            self.silence,
            self.markdown,
            self.details,
        )
        return KeptDiagnosis(record, self.decided_at)
