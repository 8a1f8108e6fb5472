"""A real Postgres for tests: one server per session, one fresh database per test."""

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from bot.store.database import Database
from bot.store.embedded import EmbeddedPostgres, start_embedded
from bot.store.migrate import migrate

_numbers = count(1)


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
def template(postgres: EmbeddedPostgres) -> str:
    """Name of a database with the newest schema."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_store")
    migrate(url_of(postgres, "template_store"))
    return "template_store"


@pytest.fixture
def store_url(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """Address of a fresh, migrated database."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield url_of(postgres, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    """A pool on a fresh, migrated database."""
    store = Database(store_url)
    yield store
    store.close()


def url_of(postgres: EmbeddedPostgres, name: str) -> str:
    """Address of another database of the same server."""
    return postgres.url.replace("/postgres?", f"/{name}?")
