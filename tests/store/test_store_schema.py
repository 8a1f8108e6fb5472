"""The schema: one step after another, once, whoever calls."""

import importlib.metadata
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.script import ScriptDirectory

from bot.store.embedded import EmbeddedPostgres
from bot.store.migrate import alembic_config, migrate, queue_migrations
from bot.store.schema import REVISION, schema_is_current


@pytest.fixture
def empty_url(postgres: EmbeddedPostgres) -> str:
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS empty WITH (FORCE)")
        connection.execute("CREATE DATABASE empty")
    return postgres.url.replace("/postgres?", "/empty?")


def test_the_revision_told_without_alembic_is_alembics_head() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == REVISION


def test_many_processes_may_migrate_at_once(empty_url: str) -> None:
    assert not schema_is_current(empty_url)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate, [empty_url] * 3))

    assert schema_is_current(empty_url)


def test_a_store_one_version_ahead_serves_this_version(own_url: str) -> None:
    with psycopg.connect(own_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

        assert schema_is_current(connection)


def test_a_rolled_back_version_leaves_a_newer_schema_alone(own_url: str) -> None:
    with psycopg.connect(own_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    migrate(own_url)

    with psycopg.connect(own_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [
            ("9999",)
        ]


def test_an_older_store_is_not_current(own_url: str) -> None:
    with psycopg.connect(own_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")

        assert not schema_is_current(connection)


def test_a_newer_procrastinate_brings_its_own_steps(own_url: str) -> None:
    *_, before, newest = queue_migrations()
    with psycopg.connect(own_url, autocommit=True) as connection:
        # As an older Procrastinate would have left it: its newest step not yet made.
        connection.execute("DELETE FROM queue_migrations WHERE file = %s", (newest,))
        made = connection.execute("SELECT max(file) FROM queue_migrations").fetchone()
        assert made == (before,)

        migrate(own_url)

        made = connection.execute("SELECT max(file) FROM queue_migrations").fetchone()
        assert made == (newest,)


def test_the_installed_procrastinate_is_one_that_this_schema_was_tried_with() -> None:
    assert importlib.metadata.version("procrastinate").startswith("3.")
