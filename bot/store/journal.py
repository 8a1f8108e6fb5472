"""What `provision` did to Zendesk: who, when, and before → after for every object."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg
from psycopg.rows import class_row

from bot.store.database import Database

#: Any number that nothing else locks.
_LOCK: Final = 7_206_117
_SELECT: Final = (
    "SELECT number, run_id, deed, kind, key, name, object_id, before, after, done_at"
    " FROM provision_deeds"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One command that wrote, or meant to write, to Zendesk."""

    id: int
    command: str
    host: str
    who: str
    started_at: datetime
    undone_by: int | None
    created: int
    changed: int
    deleted: int
    unfinished: int
    """Deeds whose end was never written down: the command died, or Zendesk refused."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One write."""

    number: int
    run_id: int
    deed: str
    """``created``, ``changed`` or ``deleted``."""
    kind: str
    key: str
    name: str
    object_id: str | None
    before: Mapping[str, object] | None
    """The whole object as Zendesk showed it."""
    after: Mapping[str, object] | None
    """The keys that were sent."""
    done_at: datetime | None


class Busy(Exception):  # noqa: N818  a state of the world, said to a person
    """Somebody else is writing to Zendesk from this store."""


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Let one command at a time write to Zendesk: two would make everything twice.

    The lock is Postgres' own and ends with the process, however that ends.
    """
    with psycopg.connect(database.url, autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        if row is None or not row[0]:
            raise Busy("another `provision` command is writing to Zendesk: wait for its end")
        yield


class Journal:
    """The journal in the store; an intent is written before the write that it announces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, command: str, host: str, who: str) -> int:
        """Open a run; return its number, which `undo` takes."""
        with self._database.connection() as connection:
            row = connection.execute(
                "INSERT INTO provision_runs (command, host, who) VALUES (%s, %s, %s) RETURNING id",
                (command, host, who),
            ).fetchone()
        assert row is not None  # noqa: S101  RETURNING
        return int(row[0])

    def intend(self, run_id: int, entry: "Intent") -> int:
        """Write down what is about to be done."""
        with self._database.connection() as connection:
            row = connection.execute(
                "INSERT INTO provision_deeds"
                " (run_id, deed, kind, key, name, object_id, before, after)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb) RETURNING number",
                (
                    run_id, entry.deed, entry.kind, entry.key, entry.name, entry.object_id,
                    _json(entry.before), _json(entry.after),
                ),
            ).fetchone()  # fmt: skip
        assert row is not None  # noqa: S101  RETURNING
        return int(row[0])

    def done(self, number: int, object_id: str) -> None:
        """It stands in Zendesk now."""
        with self._database.connection() as connection:
            connection.execute(
                "UPDATE provision_deeds SET object_id = %s, done_at = now() WHERE number = %s",
                (object_id, number),
            )

    def pending(self, host: str, kind: str, key: str) -> bool:
        """Was it to be made in the last minutes, and never seen to stand?"""
        with self._database.connection() as connection:
            row = connection.execute(
                "SELECT EXISTS (SELECT FROM provision_deeds JOIN provision_runs AS run"
                " ON run.id = run_id WHERE deed = 'created' AND kind = %s AND key = %s"
                " AND host = %s AND done_at IS NULL"
                " AND intended_at > now() - interval '5 minutes')",
                (kind, key, host),
            ).fetchone()
        return row is not None and bool(row[0])

    def mark_undone(self, run_id: int, by: int) -> None:
        """Remember which run took this one back."""
        with self._database.connection() as connection:
            connection.execute(
                "UPDATE provision_runs SET undone_by = %s WHERE id = %s", (by, run_id)
            )

    def runs(self, limit: int = 20, run_id: int | None = None) -> Sequence[Run]:
        """Return the newest runs, or the one that is named."""
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(Run)) as cursor,
        ):
            return cursor.execute(
                "SELECT run.id, command, host, who, started_at, undone_by,"
                " count(*) FILTER (WHERE deed = 'created') AS created,"
                " count(*) FILTER (WHERE deed = 'changed') AS changed,"
                " count(*) FILTER (WHERE deed = 'deleted') AS deleted,"
                " count(*) FILTER (WHERE deed IS NOT NULL AND done_at IS NULL) AS unfinished"
                " FROM provision_runs AS run"
                " LEFT JOIN provision_deeds AS one ON one.run_id = run.id"
                " WHERE %(id)s::bigint IS NULL OR run.id = %(id)s"
                " GROUP BY run.id ORDER BY run.id DESC LIMIT %(limit)s",
                {"id": run_id, "limit": limit},
            ).fetchall()

    def entries(self, run_id: int) -> Sequence[Entry]:
        """Return everything that a run did, in its order."""
        return self._entries("run_id = %s ORDER BY number", (run_id,))

    def before_us(self, kind: str, object_id: str) -> Mapping[str, object] | None:
        """Return an adopted object as it was before we first wrote to it."""
        found = self._entries(
            "kind = %s AND object_id = %s AND deed = 'changed' AND done_at IS NOT NULL"
            " ORDER BY number LIMIT 1",
            (kind, object_id),
        )
        return found[0].before if found else None

    def _entries(self, where: str, values: tuple[object, ...]) -> Sequence[Entry]:
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(Entry)) as cursor,
        ):
            return cursor.execute(
                f"{_SELECT} WHERE {where}".encode(),
                values,
            ).fetchall()


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be written."""

    deed: str
    kind: str
    key: str
    name: str
    object_id: str | None
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None


def _json(value: Mapping[str, object] | None) -> str | None:
    return None if value is None else json.dumps(value, default=str)
