"""A real Postgres for the webhook's tests, and the app in front of it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.store.database import Database
from bot.store.embedded import EmbeddedPostgres, start_embedded
from bot.store.migrate import migrate
from tests.web.web_client import client_of
from tests.web.web_factories import raw, signed_headers

Post = Callable[..., TestResponse]


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
        connection.execute(
            "TRUNCATE events, objects, procrastinate_jobs, diagnoses, notes, switches, step_ticks,"
            " corrections, sidebar_visits, probe_runs, looks, heartbeats CASCADE"
        )
    yield database
    database.close()


@pytest.fixture
def client(database: Database) -> FlaskClient:
    return client_of(database)


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """Post a body, signed unless the test brings headers of its own."""

    def post_body(body: object, headers: dict[str, str] | None = None) -> TestResponse:
        data = body if isinstance(body, bytes) else raw(body)
        chosen = signed_headers(data) if headers is None else headers
        return client.post("/zendesk/events", data=data, headers=chosen)

    return post_body
