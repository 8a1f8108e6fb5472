"""Which schema this version needs, told without the migration tool."""

from typing import Final

import psycopg

#: The newest file in migrations/versions. Revisions are numbered, so "at least" is a comparison:
#: a store that is one version ahead serves this version, too.
REVISION: Final = "0008"


def schema_is_current(store: str | psycopg.Connection) -> bool:
    """Does this store (an address or an open connection) have everything this version needs?"""
    if isinstance(store, str):
        with psycopg.connect(store) as connection:
            return schema_is_current(connection)
    found = store.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    if found is None or not found[0]:
        return False
    row = store.execute("SELECT max(version_num) FROM alembic_version").fetchone()
    return row is not None and row[0] is not None and str(row[0]) >= REVISION
