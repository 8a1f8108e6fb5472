"""Housekeeping that one process at a time does: who is at it, when it ended, what it remembers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from bot.store.database import Database

#: Whoever began this long ago and did not end is gone: another process may begin.
GONE_AFTER: Final = 900.0


@dataclass(frozen=True, slots=True)
class Errand:
    """One kind of housekeeping, as the store knows it."""

    name: str
    began_at: datetime | None
    ended_at: datetime | None
    seconds_ago: float | None
    """Since it last ended well."""
    state: Mapping[str, object]


class Errands:
    """The errands in the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, name: str, every_seconds: float, gone_after: float = GONE_AFTER
    ) -> Errand | None:
        """Begin it, unless it ended less than `every_seconds` ago or another process is at it.

        Whoever began more than `gone_after` seconds ago is not at it any more.
        """
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(Errand)) as cursor,
        ):
            return cursor.execute(
                "INSERT INTO errands AS known (name, began_at) VALUES (%(name)s, now())"
                " ON CONFLICT (name) DO UPDATE SET began_at = now()"
                " WHERE (known.ended_at IS NULL"
                " OR known.ended_at <= now() - make_interval(secs => %(every)s))"
                " AND (known.began_at IS NULL OR known.began_at <= coalesce(known.ended_at,"
                " '-infinity') OR known.began_at <= now() - make_interval(secs => %(gone)s))"
                " RETURNING name, began_at, ended_at,"
                " extract(epoch FROM now() - ended_at)::float8 AS seconds_ago, state",
                {"name": name, "every": every_seconds, "gone": gone_after},
            ).fetchone()

    def end(self, name: str, state: Mapping[str, object] | None = None) -> None:
        """It ended well; without a new state the old one stays."""
        with self._database.connection() as connection:
            connection.execute(
                "UPDATE errands SET ended_at = now(), state = coalesce(%s::jsonb, state)"
                " WHERE name = %s",
                (None if state is None else json.dumps(dict(state)), name),
            )

    def release(self, name: str, state: Mapping[str, object] | None = None) -> None:
        """It did not come to its end: anybody may begin again at once."""
        with self._database.connection() as connection:
            connection.execute(
                "UPDATE errands SET began_at = NULL, state = coalesce(%s::jsonb, state)"
                " WHERE name = %s",
                (None if state is None else json.dumps(dict(state)), name),
            )

    def remember(self, name: str, state: Mapping[str, object]) -> None:
        """Change what it remembers, whether or not somebody is at it."""
        with self._database.connection() as connection:
            connection.execute(
                "INSERT INTO errands (name, state) VALUES (%s, %s::jsonb)"
                " ON CONFLICT (name) DO UPDATE SET state = excluded.state",
                (name, json.dumps(dict(state))),
            )

    def get(self, name: str) -> Errand | None:
        """What is known of it; None before it ran for the first time."""
        with (
            self._database.connection() as connection,
            connection.cursor(row_factory=class_row(Errand)) as cursor,
        ):
            return cursor.execute(
                "SELECT name, began_at, ended_at,"
                " extract(epoch FROM now() - ended_at)::float8 AS seconds_ago, state"
                " FROM errands WHERE name = %s",
                (name,),
            ).fetchone()
