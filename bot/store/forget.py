"""Erases a ticket from the store, or hands out everything that the store has about it."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from bot.store.database import Database

#: A job that runs may write once more after everything was erased; it ends within its 60 s.
PATIENCE: Final = 90.0
_LOOK_AGAIN: Final = 0.5
_JOBS: Final = "(lock = 'ticket:' || %(ticket)s OR args ->> 'ticket_id' = %(ticket)s::text)"
#: How a column of this name tells whose row it is; a table with one is found by itself.
_COLUMNS: Final[Mapping[str, str]] = {
    "ticket_id": "ticket_id = %(ticket)s",
    "bucket": "bucket = 'ticket:' || %(ticket)s",
}
_LOOKS: Final = "run_id IN (SELECT id FROM probe_runs WHERE ticket_id = %(ticket)s)"
_FAILURES: Final = f"job_id IN (SELECT id FROM procrastinate_jobs WHERE {_JOBS})"  # noqa: S608  constants
#: These go with their parents, and are exported with them.
_CHILDREN: Final[Mapping[str, str]] = {
    "looks": _LOOKS,
    "job_failures": _FAILURES,
    "procrastinate_events": _FAILURES,
}


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased of one ticket, by table."""

    ticket_id: int
    rows: Mapping[str, int]


class TicketData:
    """Everything in the store that belongs to single tickets."""

    def __init__(self, database: Database, sleep: Callable[[float], None] = time.sleep) -> None:
        self._database = database
        self._sleep = sleep

    def forget(self, ticket_id: int) -> Erased:
        """Erase the ticket: events, decisions, notes, probe runs, jobs with their arguments.

        A hash of its number stays, so that it never gets a first note again. A job that is
        running is waited for, because it may still write.
        """
        with self._database.connection() as connection:
            connection.execute(
                "INSERT INTO forgotten (digest) VALUES (%s) ON CONFLICT DO NOTHING",
                (mark_of(ticket_id),),
            )
        self._wait_for_its_job(ticket_id)
        with self._database.connection() as connection:
            return Erased(ticket_id, _erase(connection, ticket_id))

    def export(self, ticket_id: int) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return every row about the ticket, by table; tables without one are left out."""
        with self._database.connection() as connection:
            places = {**dict(_places(connection)), **_CHILDREN}
            found = {
                table: _rows(connection, table, where, ticket_id)
                for table, where in sorted(places.items())
            }
        return {table: rows for table, rows in found.items() if rows}

    def forget_event(self, key: str) -> None:
        """Erase an event that came in for an erased ticket."""
        with self._database.connection() as connection:
            connection.execute("DELETE FROM events WHERE key = %s", (key,))

    def is_forgotten(self, ticket_id: int) -> bool:
        """Was this ticket erased?"""
        with self._database.connection() as connection:
            row = connection.execute(
                "SELECT FROM forgotten WHERE digest = %s", (mark_of(ticket_id),)
            ).fetchone()
        return row is not None

    def known(self, ticket_ids: Sequence[int]) -> Sequence[int]:
        """Return those of the tickets that the store has anything about."""
        found: set[int] = set()
        with self._database.connection() as connection:
            for table in _tables(connection):
                query = sql.SQL("SELECT DISTINCT ticket_id FROM {} WHERE ticket_id = ANY(%s)")
                rows = connection.execute(
                    query.format(sql.Identifier(table)), (list(ticket_ids),)
                ).fetchall()
                found |= {int(row[0]) for row in rows}
            locks = [f"ticket:{ticket_id}" for ticket_id in ticket_ids]
            rows = connection.execute(
                "SELECT DISTINCT lock FROM procrastinate_jobs WHERE lock = ANY(%s)", (locks,)
            ).fetchall()
            found |= {int(str(row[0]).removeprefix("ticket:")) for row in rows}
        return sorted(found)

    def tickets_of(self, requester_id: int) -> Sequence[int]:
        """Return the tickets of a person: those they asked for, and those they wrote on."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "SELECT ticket_id FROM diagnoses WHERE details ->> 'requester_id' = %(text)s"
                " UNION SELECT ticket_id FROM events WHERE actor_id = %(id)s ORDER BY 1",
                {"text": str(requester_id), "id": requester_id},
            ).fetchall()
        return [int(row[0]) for row in rows]

    def _wait_for_its_job(self, ticket_id: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with self._database.connection() as connection:
                row = connection.execute(
                    "SELECT FROM procrastinate_jobs WHERE lock = %s AND status = 'doing' LIMIT 1",
                    (f"ticket:{ticket_id}",),
                ).fetchone()
            if row is None:
                return
            self._sleep(_LOOK_AGAIN)


def mark_of(ticket_id: int) -> str:
    """What stays of an erased ticket: a hash, which names it only to whoever knows the number."""
    return hashlib.sha256(f"ticket:{ticket_id}".encode()).hexdigest()


def _erase(connection: psycopg.Connection, ticket_id: int) -> Mapping[str, int]:
    gone = {}
    for table, where in _places(connection):
        query = sql.SQL("DELETE FROM {} WHERE ").format(sql.Identifier(table)) + sql.SQL(where)
        gone[table] = connection.execute(query, {"ticket": ticket_id}).rowcount
    return {table: count for table, count in gone.items() if count}


def _places(connection: psycopg.Connection) -> Iterator[tuple[str, str]]:
    yield "procrastinate_jobs", _JOBS
    for column, where in _COLUMNS.items():
        for table in _tables(connection, column):
            yield table, where


def _tables(connection: psycopg.Connection, column: str = "ticket_id") -> list[str]:
    """Every table that says which ticket its rows belong to, those of later versions included."""
    rows = connection.execute(
        "SELECT c.table_name FROM information_schema.columns AS c"
        " JOIN information_schema.tables AS t USING (table_schema, table_name)"
        " WHERE c.table_schema = 'public' AND c.column_name = %s"
        " AND t.table_type = 'BASE TABLE' ORDER BY 1",
        (column,),
    ).fetchall()
    return [str(row[0]) for row in rows]


def _rows(
    connection: psycopg.Connection, table: str, where: str, ticket_id: int
) -> Sequence[Mapping[str, object]]:
    query = sql.SQL("SELECT row_to_json(found)::text FROM {} AS found WHERE ").format(
        sql.Identifier(table)
    ) + sql.SQL(where)
    found: list[tuple[Any, ...]] = connection.execute(query, {"ticket": ticket_id}).fetchall()
    return [json.loads(row[0]) for row in found]
