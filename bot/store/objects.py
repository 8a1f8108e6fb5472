"""Zendesk's ids of what `provision apply` made, by our own keys."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class ZendeskObject:
    """One object in Zendesk that is ours."""

    kind: str
    """``webhook trigger field option_tag macro view app`` …"""
    key: str
    """As the manifests name it."""
    object_id: str
    changed_at: datetime
    details: Mapping[str, object]
    """What `provision` wants to know again, such as a digest of what it wrote; no secrets."""


class ObjectBook:
    """The ids in the store: written by `provision`, read at run time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remember(
        self, kind: str, key: str, object_id: str, details: Mapping[str, object] | None = None
    ) -> None:
        """Keep the id of an object, in place of an older one."""
        with self._database.statement() as connection:
            connection.execute(
                "INSERT INTO objects (kind, key, object_id, details)"
                " VALUES (%s, %s, %s, %s::jsonb) ON CONFLICT (kind, key) DO UPDATE"
                " SET object_id = excluded.object_id, details = excluded.details,"
                " changed_at = now()",
                (kind, key, object_id, json.dumps(dict(details or {}))),
            )

    def forget(self, kind: str, key: str) -> bool:
        """Drop an id; False when there was none."""
        with self._database.statement() as connection:
            done = connection.execute(
                "DELETE FROM objects WHERE kind = %s AND key = %s", (kind, key)
            )
        return done.rowcount == 1

    def id_of(self, kind: str, key: str) -> str | None:
        """Return Zendesk's id of one object."""
        return self.ids(kind).get(key)

    def ids(self, kind: str) -> Mapping[str, str]:
        """Return Zendesk's ids of every object of a kind, by key."""
        return {item.key: item.object_id for item in self.all(kind)}

    def all(self, kind: str | None = None) -> list[ZendeskObject]:
        """Return every object, or every one of a kind."""
        with (
            self._database.statement() as connection,
            connection.cursor(row_factory=class_row(ZendeskObject)) as cursor,
        ):
            return cursor.execute(
                "SELECT kind, key, object_id, changed_at, details FROM objects"
                " WHERE %(kind)s::text IS NULL OR kind = %(kind)s ORDER BY kind, key",
                {"kind": kind},
            ).fetchall()
