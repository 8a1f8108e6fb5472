"""Which steps of a ticket's runbook the team has done: shared by everybody, kept over reloads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Tick:
    """One step that somebody ticked, or took the tick from."""

    step: str
    done: bool
    by_name: str
    """As the browser claimed."""
    at: datetime


class TickBoard:
    """The ticks in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, ticket_id: int, step: str, by_name: str, by_id: str, *, done: bool) -> None:
        """Tick a step or take its tick away; the last one who does so is named."""
        with self._database.connection() as connection:
            connection.execute(
                "INSERT INTO step_ticks (ticket_id, step, done, by_name, by_id)"
                " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (ticket_id, step) DO UPDATE"
                " SET done = excluded.done, by_name = excluded.by_name,"
                " by_id = excluded.by_id, at = now() WHERE step_ticks.done <> excluded.done",
                (ticket_id, step, done, by_name, by_id),
            )

    def of_ticket(self, ticket_id: int) -> Sequence[Tick]:
        """Return every step that was ever ticked."""
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(Tick)) as cursor,
        ):
            return cursor.execute(
                "SELECT step, done, by_name, at FROM step_ticks WHERE ticket_id = %s ORDER BY step",
                (ticket_id,),
            ).fetchall()
