"""A real Postgres for tests: one server per session, an empty database per test."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.store.database import Database
from bot.store.embedded import EmbeddedPostgres, start_embedded
from bot.store.migrate import migrate


@pytest.fixture(scope="session")
def state_dir() -> Iterator[Path]:
    """A folder that another account may reach: pytest's own temporary folders are private."""
    folder = Path(tempfile.mkdtemp(prefix="bot-store-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(state_dir: Path) -> Iterator[EmbeddedPostgres]:
    """The session's server; it forgets to sync, which only a power cut would notice."""
    with start_embedded(state_dir, {"fsync": "off", "synchronous_commit": "off"}) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_url(postgres: EmbeddedPostgres) -> str:
    """A database with the newest schema, which the tests share one after another."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE store")
    url = url_of(postgres, "store")
    migrate(url)
    return url


@pytest.fixture
def store_url(migrated_url: str) -> Iterator[str]:
    """Address of a migrated database with nothing in it."""
    yield migrated_url
    with psycopg.connect(migrated_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        tables = connection.execute(
            "SELECT string_agg(tablename, ', ') FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT IN ('alembic_version', 'queue_migrations')"
        ).fetchone()
        assert tables is not None
        connection.execute(f"TRUNCATE {tables[0]} RESTART IDENTITY CASCADE")


@pytest.fixture
def own_url(postgres: EmbeddedPostgres, migrated_url: str) -> Iterator[str]:
    """Address of a migrated database whose schema a test may change."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE own")
        migrate(url_of(postgres, "own"))
        yield url_of(postgres, "own")
        connection.execute("DROP DATABASE own WITH (FORCE)")


@pytest.fixture(scope="session")
def initialised(state_dir: Path) -> Path:
    """A data folder that was never used, to be copied: making one takes the longest."""
    folder = state_dir / "initialised"
    start_embedded(folder, {"fsync": "off"}).stop()
    return folder


@pytest.fixture
def folder(initialised: Path) -> Iterator[Path]:
    """An open folder with a server's data, not running; outside of pytest's private folders."""
    with tempfile.TemporaryDirectory(prefix="bot-embedded-", ignore_cleanup_errors=True) as name:
        path = Path(name)
        path.chmod(0o755)
        subprocess.run(["cp", "-a", initialised / "postgres", path / "postgres"], check=True)
        yield path


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    """A pool on a fresh, migrated database."""
    store = Database(store_url)
    yield store
    store.close()


def url_of(postgres: EmbeddedPostgres, name: str) -> str:
    """Address of another database of the same server."""
    return postgres.url.replace("/postgres?", f"/{name}?")
