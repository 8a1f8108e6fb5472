"""Who is alive: a row per web and worker process, for `doctor` and `/statusz`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from psycopg.rows import class_row

from bot.store.database import Database

Role = Literal["web", "worker"]
#: A process beats every 2 s; after three missed ones it counts as gone.
GONE_AFTER: Final = 6.0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One process and when it was last heard of."""

    role: str
    name: str
    """Host and process id."""
    version: str
    started_at: datetime
    seen_at: datetime
    seconds_ago: float
    details: Mapping[str, object]


class Heartbeats:
    """The rows in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(
        self, role: Role, name: str, version: str, details: Mapping[str, object] | None = None
    ) -> None:
        """Say that this process is alive."""
        with self._database.connection() as connection:
            connection.execute(
                "INSERT INTO heartbeats (role, name, version, details)"
                " VALUES (%s, %s, %s, %s::jsonb) ON CONFLICT (role, name) DO UPDATE"
                " SET seen_at = now(), version = excluded.version, details = excluded.details",
                (role, name, version, json.dumps(dict(details or {}))),
            )

    def leave(self, role: Role, name: str) -> None:
        """Say that this process stops of its own accord."""
        with self._database.connection() as connection:
            connection.execute("DELETE FROM heartbeats WHERE role = %s AND name = %s", (role, name))

    def all(self, role: Role | None = None) -> Sequence[Heartbeat]:
        """Return every known process, the one heard of last first."""
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(Heartbeat)) as cursor,
        ):
            return cursor.execute(
                "SELECT role, name, version, started_at, seen_at,"
                " extract(epoch FROM now() - seen_at)::float8 AS seconds_ago, details"
                " FROM heartbeats WHERE %(role)s::text IS NULL OR role = %(role)s"
                " ORDER BY seen_at DESC",
                {"role": role},
            ).fetchall()

    def alive(self, role: Role, within_seconds: float = GONE_AFTER) -> Sequence[Heartbeat]:
        """Return the processes that were heard of lately."""
        return [beat for beat in self.all(role) if beat.seconds_ago <= within_seconds]
