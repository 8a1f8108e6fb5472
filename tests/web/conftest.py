"""A real Postgres for the webhook's tests, and the app in front of it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.embedded import EmbeddedPostgres, start_embedded
from bot.store.migrate import migrate


@pytest.fixture(scope="session")
def web_state_dir() -> Iterator[Path]:
    """A folder that another account may traverse: as root, Postgres runs as one."""
    folder = Path(tempfile.mkdtemp(prefix="licensing-bot-web-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def web_server(web_state_dir: Path) -> Iterator[EmbeddedPostgres]:
    with start_embedded(web_state_dir) as server:
        migrate(server.url)
        yield server


@pytest.fixture
def database(web_server: EmbeddedPostgres) -> Iterator[Database]:
    """The store, with no event and no job in it."""
    database = Database(web_server.url, size=4)
    with database.connection() as connection:
        connection.execute("TRUNCATE events, objects, procrastinate_jobs CASCADE")
    yield database
    database.close()
