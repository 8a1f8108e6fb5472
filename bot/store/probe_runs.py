"""The probe runs that agents asked for, one at a time per ticket, and what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import psycopg
from psycopg.rows import class_row

from bot.store.database import Database

_COLUMNS: Final = "id, ticket_id, vantages, state, refusal, asked_at, done_at, outcome, origin"
#: A vantage that has not reported by then is left out.
RUN_SECONDS: Final = 50.0
#: Any number, the same in every process: two tickets must not both take the last run of a minute.
_LOCK: Final = 7_206_118


@dataclass(frozen=True, slots=True)
class ProbeRun:
    """One run: which vantages were asked for which ticket."""

    id: int
    ticket_id: int
    vantages: Sequence[str]
    state: str
    """``running`` or ``done``."""
    refusal: str
    asked_at: datetime
    done_at: datetime | None
    outcome: str | None
    """What became of its note, in a few words."""
    origin: str = "macro"
    """``macro`` or ``sidebar``; the latter shows it, and it gets no note."""


class ProbeRuns:
    """The runs in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lock(self, connection: psycopg.Connection) -> None:
        """Let the other openers of runs wait until the caller's transaction ends."""
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))

    def spent(
        self, connection: psycopg.Connection, seconds: float
    ) -> Sequence[tuple[int, datetime]]:
        """Return ticket and time of the runs of the last `seconds`."""
        rows = connection.execute(
            "SELECT ticket_id, asked_at FROM probe_runs WHERE refusal = ''"
            " AND asked_at > now() - make_interval(secs => %s)",
            (seconds,),
        ).fetchall()
        return [(int(ticket), at) for ticket, at in rows]

    def open(
        self,
        connection: psycopg.Connection,
        ticket_id: int,
        vantages: Sequence[str],
        refusal: str = "",
        origin: Literal["macro", "sidebar"] = "macro",
    ) -> int | None:
        """Open a run in the caller's transaction; None when the ticket has one under way."""
        row = connection.execute(
            "INSERT INTO probe_runs (ticket_id, vantages, state, refusal, origin)"
            " VALUES (%s, %s, 'running', %s, %s) ON CONFLICT DO NOTHING RETURNING id",
            (ticket_id, list(vantages), refusal, origin),
        ).fetchone()
        return None if row is None else int(row[0])

    def adopt(self, connection: psycopg.Connection, ticket_id: int) -> None:
        """Let the run under way get a note: a macro asks for what the sidebar has started."""
        connection.execute(
            "UPDATE probe_runs SET origin = 'macro' WHERE ticket_id = %s AND state = 'running'",
            (ticket_id,),
        )

    def close(self, connection: psycopg.Connection, run_id: int) -> ProbeRun | None:
        """End a run in the caller's transaction; None when somebody else has ended it."""
        with connection.cursor(row_factory=class_row(ProbeRun)) as cursor:
            return cursor.execute(
                "UPDATE probe_runs SET state = 'done', done_at = now()"  # noqa: S608  a constant
                f" WHERE id = %s AND state = 'running' RETURNING {_COLUMNS}",
                (run_id,),
            ).fetchone()

    def tell(self, run_id: int, outcome: str) -> None:
        """Record what became of the run's note."""
        with self._database.connection() as connection:
            connection.execute(
                "UPDATE probe_runs SET outcome = %s WHERE id = %s", (outcome, run_id)
            )

    def get(self, run_id: int) -> ProbeRun | None:
        """Return one run."""
        return next(iter(self._select("id = %s", (run_id,), 1)), None)

    def of_ticket(self, ticket_id: int, limit: int = 20) -> Sequence[ProbeRun]:
        """Return the ticket's runs, newest first."""
        return self._select("ticket_id = %s", (ticket_id,), limit)

    def before(self, run: ProbeRun) -> ProbeRun | None:
        """Return the ticket's run before this one; a refused one does not count."""
        where = "ticket_id = %s AND id < %s AND refusal = ''"
        return next(iter(self._select(where, (run.ticket_id, run.id), 1)), None)

    def _select(self, where: str, values: tuple[int, ...], limit: int) -> Sequence[ProbeRun]:
        query = f"SELECT {_COLUMNS} FROM probe_runs WHERE {where} ORDER BY id DESC LIMIT %s"  # noqa: S608  constants
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(ProbeRun)) as cursor,
        ):
            return cursor.execute(query, (*values, limit)).fetchall()
