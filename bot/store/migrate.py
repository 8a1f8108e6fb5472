"""Brings a store's schema up to date: ours through Alembic, the queue's through its own files.

The only module that loads Alembic and SQLAlchemy; the web app never imports it.
"""

import importlib.resources
from typing import Final

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config

from bot.store.schema import schema_is_current

#: Any number, the same in every process: one of them migrates, the others wait for it.
_MIGRATION_LOCK: Final = 7_206_116
_QUEUE_MIGRATIONS: Final = "procrastinate.sql.migrations"


def migrate(url: str) -> None:
    """Bring the schema to this version; N processes may call at once.

    A schema that is one version ahead serves this version, too, and is left alone.
    """
    with psycopg.connect(url, autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        try:
            if schema_is_current(guard):  # or one version ahead: this one was rolled back
                _update_queue(guard)
                return
            engine = sqlalchemy.create_engine(
                "postgresql+psycopg://",
                creator=lambda: psycopg.connect(url),
                poolclass=sqlalchemy.NullPool,
            )
            with engine.begin() as connection:
                command.upgrade(alembic_config(connection), "head")
            _update_queue(guard)
            # Without planner statistics the lock-aware fetch falls to a tenth (DESIGN 4.11).
            guard.execute("ANALYZE")
        finally:
            guard.execute("SELECT pg_advisory_unlock(%s)", (_MIGRATION_LOCK,))


def alembic_config(connection: sqlalchemy.Connection | None = None) -> Config:
    """Alembic's settings without an ini file; the scripts travel in the package."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "bot.store:migrations")
    config.set_main_option("path_separator", "os")
    return config


def queue_migrations() -> list[str]:
    """File names of Procrastinate's own migrations, oldest first."""
    folder = importlib.resources.files(_QUEUE_MIGRATIONS)
    return sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))


def queue_schema() -> str:
    """Procrastinate's whole schema as the installed version wants it."""
    return (importlib.resources.files("procrastinate.sql") / "schema.sql").read_text("utf-8")


def _update_queue(connection: psycopg.Connection) -> None:
    """Apply what a newer Procrastinate brought since the schema was made."""
    folder = importlib.resources.files(_QUEUE_MIGRATIONS)
    row = connection.execute("SELECT max(file) FROM queue_migrations").fetchone()
    newest = str(row[0]) if row and row[0] else ""
    for name in queue_migrations():
        if name > newest:
            with connection.transaction():
                connection.execute((folder / name).read_bytes())
                connection.execute("INSERT INTO queue_migrations (file) VALUES (%s)", (name,))
