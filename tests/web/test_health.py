"""The health pages: who may see what, and what they say when the store is down."""

import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from bot.config import Settings
from bot.store.database import Database
from bot.web.app import create_app
from tests.web.web_factories import HOST, SECRET, raw, signed_headers, trigger_body

TOKEN = "a-token-for-prometheus"


def client_of(database: Database, token: str = TOKEN) -> FlaskClient:
    settings = Settings(
        zendesk_url=f"https://{HOST}", zendesk_webhook_secrets=(SECRET,), metrics_token=token
    )
    client: FlaskClient = create_app(settings, database).test_client()
    return client


@pytest.fixture
def away() -> Iterator[Database]:
    """A store that is not there."""
    database = Database("postgresql://postgres@/postgres?host=/nonexistent", timeout=0.2)
    yield database
    database.close()


def test_the_process_lives_and_is_ready(database: Database) -> None:
    client = client_of(database)

    assert client.get("/healthz").json == {"alive": True}
    assert client.get("/readyz").json == {"ready": True, "store": "up"}


def test_the_web_is_ready_even_when_the_store_is_down(away: Database) -> None:
    response = client_of(away).get("/readyz")

    assert (response.status_code, response.json) == (200, {"ready": True, "store": "down"})


def test_a_store_that_hangs_does_not_make_the_web_unready(database: Database) -> None:
    hasty = Database(database.url, size=1, statement_seconds=0.2)
    settings = Settings(zendesk_url=f"https://{HOST}", zendesk_webhook_secrets=(SECRET,))
    client = create_app(settings, database, looks=hasty).test_client()
    with database.connection() as other:
        other.execute("LOCK TABLE procrastinate_jobs IN ACCESS EXCLUSIVE MODE")
        response = client.get("/readyz")
    hasty.close()

    assert (response.status_code, response.json) == (200, {"ready": True, "store": "down"})


def test_the_status_shows_what_waits(database: Database) -> None:
    client = client_of(database)
    body = raw(trigger_body())
    client.post("/zendesk/events", data=body, headers=signed_headers(body))
    status = json.loads(client.get("/statusz").data)

    assert status["store"] == "up"
    assert status["version"]
    assert status["queue"]["waiting"] == 1
    assert status["queue"]["dead_letters"] == 0
    assert status["queue"]["oldest_seconds"] >= 0


def test_the_status_tells_a_store_that_is_down(away: Database) -> None:
    status = json.loads(client_of(away).get("/statusz").data)

    assert (status["store"], status["queue"]) == ("down", None)


def test_every_outcome_is_counted(database: Database) -> None:
    client = client_of(database)
    body = raw(trigger_body())
    for _ in range(2):
        client.post("/zendesk/events", data=body, headers=signed_headers(body))
    client.post("/zendesk/events", data=body)
    text = client.get("/metrics").text

    assert 'licensing_bot_events_total{outcome="accepted"} 1.0' in text
    assert 'licensing_bot_events_total{outcome="duplicate"} 1.0' in text
    assert 'licensing_bot_events_total{outcome="bad_signature"} 1.0' in text
    assert 'licensing_bot_events_total{outcome="stale"} 0.0' in text
    assert "licensing_bot_ack_seconds_count 3.0" in text
    assert "licensing_bot_store_up 1.0" in text
    assert "licensing_bot_queue_waiting 1.0" in text


def test_the_metrics_tell_a_store_that_is_down(away: Database) -> None:
    text = client_of(away).get("/metrics").text

    assert "licensing_bot_store_up 0.0" in text
    assert "queue_waiting" not in text


@pytest.mark.parametrize("path", ["/statusz", "/metrics"])
@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("203.0.113.9", {}),
        ("10.0.0.1", {}),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"Via": "1.1 proxy"}),
        ("127.0.0.1", {"Host": "rebound.example"}),
        ("203.0.113.9", {"Authorization": "Bearer wrong"}),
        ("203.0.113.9", {"Authorization": TOKEN}),
        ("203.0.113.9", {"Authorization": "Bearer é"}),
    ],
)
def test_strangers_see_neither_status_nor_metrics(
    database: Database, path: str, address: str, headers: dict[str, str]
) -> None:
    response = client_of(database).get(
        path, headers=headers, environ_overrides={"REMOTE_ADDR": address}
    )

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "queue" not in response.text


@pytest.mark.parametrize("path", ["/statusz", "/metrics"])
def test_the_token_opens_them_from_anywhere(database: Database, path: str) -> None:
    response = client_of(database).get(
        path,
        headers={"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "203.0.113.9"},
        environ_overrides={"REMOTE_ADDR": "10.0.0.1"},
    )

    assert response.status_code == 200


def test_without_a_token_no_bearer_is_good(database: Database) -> None:
    response = client_of(database, token="").get(
        "/metrics",
        headers={"Authorization": "Bearer "},
        environ_overrides={"REMOTE_ADDR": "203.0.113.9"},
    )

    assert response.status_code == 401


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "[::1]"])
def test_this_machine_may_look_under_each_of_its_names(database: Database, host: str) -> None:
    response = client_of(database).get("/statusz", headers={"Host": host})

    assert response.status_code == 200
