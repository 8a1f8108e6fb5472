"""The intake while the store is down, busy or locked: nothing that was accepted is lost."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from bot.store.database import Database
from bot.store.embedded import start_embedded
from bot.store.migrate import migrate
from tests.web.web_client import client_of, stored
from tests.web.web_factories import raw, signed_headers, trigger_body

Post = Callable[..., TestResponse]


def test_a_store_that_is_down_is_said_with_503_and_nothing_is_lost(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = Database("postgresql://postgres@/postgres?host=/nonexistent", timeout=0.5)
    body = raw(trigger_body())
    headers = signed_headers(body)

    with caplog.at_level(logging.WARNING, "bot.web"):
        client = client_of(nowhere)
        refused = [client.post("/zendesk/events", data=body, headers=headers) for _ in range(3)]
    nowhere.close()
    again = client_of(database).post("/zendesk/events", data=body, headers=headers)

    assert {response.status_code for response in refused} == {503}
    assert {response.headers["Retry-After"] for response in refused} == {"10"}
    [line] = [record for record in caplog.records if record.name == "bot.web.refusals"]
    assert line.getMessage().startswith("store is down: the store does not answer")
    assert again.json == {"outcome": "accepted"}
    assert stored(database) == (1, 1)


def test_a_store_that_stops_and_returns_loses_nothing(
    web_state_dir: Path,
) -> None:
    folder = web_state_dir / "stopped"
    server = start_embedded(folder)
    migrate(server.url)
    database = Database(server.url, timeout=0.5)
    client = client_of(database)
    body = raw(trigger_body())

    def outcome_of(invocation: str) -> tuple[int, str | None]:
        headers = signed_headers(body, invocation=invocation)
        response = client.post("/zendesk/events", data=body, headers=headers)
        return response.status_code, response.headers.get("Retry-After")

    before = outcome_of("before")
    server.stop()
    while_stopped = [outcome_of(name) for name in ("one", "two")]
    with start_embedded(folder):
        deadline = time.monotonic() + 60
        while outcome_of("one")[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        after = [outcome_of(name) for name in ("one", "two", "before")]
        found = stored(database)
        database.close()

    assert before == (200, None)
    assert while_stopped == [(503, "10"), (503, "10")]
    assert after == [(200, None)] * 3
    assert found == (3, 3)


def test_an_exhausted_pool_is_a_store_that_is_down(database: Database) -> None:
    one = Database(database.url, size=1, timeout=0.2)
    body = raw(trigger_body())

    with one.connection():
        response = client_of(one).post("/zendesk/events", data=body, headers=signed_headers(body))
    one.close()

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "10"
    assert stored(database) == (0, 0)


def test_a_lock_on_the_tables_is_a_store_that_is_down(database: Database) -> None:
    hasty = Database(database.url, statement_seconds=0.2)
    body = raw(trigger_body())

    with database.connection() as other:
        other.execute("LOCK TABLE procrastinate_jobs IN ACCESS EXCLUSIVE MODE")
        response = client_of(hasty).post("/zendesk/events", data=body, headers=signed_headers(body))
    again = client_of(hasty).post("/zendesk/events", data=body, headers=signed_headers(body))
    hasty.close()

    assert response.status_code == 503
    assert again.json == {"outcome": "accepted"}
    assert stored(database) == (1, 1)
