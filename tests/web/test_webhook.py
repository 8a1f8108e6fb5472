"""The whole intake on a real app and a real Postgres: what is accepted, and what is refused."""

import gzip
import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from bot.config import Settings, SettingsError
from bot.store.database import Database
from bot.store.embedded import start_embedded
from bot.store.migrate import migrate
from bot.store.objects import ObjectBook
from bot.web.account import Account, Known
from bot.web.app import create_app
from bot.web.signature import signature_of
from tests.web.web_factories import (
    HOST,
    SECRET,
    raw,
    signed_headers,
    subscription_body,
    trigger_body,
)

BOT = 31337
ACCOUNT = 22129848
Post = Callable[..., TestResponse]


def client_of(database: Database, *secrets: str, account_id: int | None = None) -> FlaskClient:
    known = Known(bot_user_id=BOT, account_id=account_id)
    chosen = Settings(
        zendesk_url=f"https://{HOST}",
        zendesk_webhook_secrets=secrets or (SECRET,),
        state_dir=Path(),
    )
    return create_app(chosen, database, account=Account(HOST, lambda: known)).test_client()


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


def jobs(database: Database) -> list[tuple[str, int, str, dict[str, object], float]]:
    """Lock, priority, queue, arguments and delay of every job."""
    with database.connection() as connection:
        return connection.execute(
            "SELECT job.lock, job.priority, job.queue_name, job.args, coalesce(extract("
            " epoch FROM job.scheduled_at - event.at), 0)::float8"
            " FROM procrastinate_jobs AS job JOIN procrastinate_events AS event"
            " ON event.job_id = job.id AND event.type = 'deferred' ORDER BY job.id"
        ).fetchall()


def stored(database: Database) -> tuple[int, int]:
    """How many events and how many jobs there are."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM procrastinate_jobs)"
        ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def refusal(response: TestResponse) -> tuple[int, str]:
    return response.status_code, str(json.loads(response.data)["error"])


def test_a_signed_event_becomes_one_event_and_one_job(post: Post, database: Database) -> None:
    response = post(trigger_body(attachments="yes"))

    assert (response.status_code, response.json) == (200, {"outcome": "accepted"})
    assert stored(database) == (1, 1)
    [(lock, priority, queue, arguments, delay)] = jobs(database)
    assert (lock, priority, queue, delay) == ("ticket:4711", 50, "events", 0.0)
    assert arguments["key"] == "01HANA2B3C4D5E6F7G8H9J0K1M"
    assert arguments["ticket_id"] == 4711
    assert (arguments["kind"], arguments["attachments"]) == ("created", "yes")
    assert arguments["actor_id"] == 900


def test_an_event_subscription_is_accepted_too(post: Post, database: Database) -> None:
    assert post(subscription_body("ticket.comment_added")).json == {"outcome": "accepted"}
    assert stored(database) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "priority", "delay"),
    [("command", 100, 0), ("created", 50, 0), ("replied", 10, 90), ("field_changed", 10, 90)],
)
def test_an_agents_command_goes_first_and_replies_wait_for_quiet(
    post: Post, database: Database, kind: str, priority: int, delay: int
) -> None:
    post(trigger_body(event=kind))

    [(_, found_priority, _, _, found_delay)] = jobs(database)
    assert found_priority == priority
    assert found_delay == pytest.approx(delay, abs=1)


def test_a_delivery_that_comes_twice_is_answered_twice_and_stored_once(
    post: Post, database: Database
) -> None:
    assert post(trigger_body()).json == {"outcome": "accepted"}
    assert post(trigger_body()).json == {"outcome": "duplicate"}
    assert stored(database) == (1, 1)


def test_without_an_invocation_the_signed_bytes_are_the_identity(
    post: Post, database: Database
) -> None:
    body = raw(trigger_body())
    headers = signed_headers(body, invocation=None)

    assert post(body, headers).json == {"outcome": "accepted"}
    assert post(body, headers).json == {"outcome": "duplicate"}
    [(_, _, _, arguments, _)] = jobs(database)
    assert str(arguments["key"]).startswith("sha256:")


@pytest.mark.parametrize("invocation", ["x" * 129, "", "a b", "é", "a,b", "'; DROP TABLE events"])
def test_what_is_no_invocation_id_never_becomes_a_key(
    post: Post, database: Database, invocation: str
) -> None:
    body = raw(trigger_body())
    post(body, signed_headers(body, invocation=invocation))

    [(_, _, _, arguments, _)] = jobs(database)
    assert str(arguments["key"]).startswith("sha256:")


def test_every_secret_of_a_rotation_is_good(database: Database) -> None:
    client = client_of(database, "new", "old")
    body = raw(trigger_body())

    for number, secret in enumerate(("new", "old")):
        headers = signed_headers(body, secret=secret, invocation=str(number))
        assert client.post("/zendesk/events", data=body, headers=headers).status_code == 200
    assert stored(database) == (2, 2)


def test_a_wrong_signature_is_refused(post: Post, database: Database) -> None:
    body = raw(trigger_body())

    assert refusal(post(body, signed_headers(body, secret="another"))) == (
        401,
        "signature does not match",
    )
    assert stored(database) == (0, 0)


@pytest.mark.parametrize(
    "name", ["X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp"]
)
def test_a_missing_or_doubled_header_is_refused(post: Post, database: Database, name: str) -> None:
    body = raw(trigger_body())
    headers = signed_headers(body)
    doubled = headers | {name: f"{headers[name]},{headers[name]}"}
    without = {key: value for key, value in headers.items() if key != name}

    assert post(body, without).status_code == 401
    assert post(body, doubled).status_code == 401
    assert stored(database) == (0, 0)


@pytest.mark.parametrize("minutes", [-6, 6, -1440])
def test_a_replayed_or_early_timestamp_is_stale(
    post: Post, database: Database, minutes: int
) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    body = raw(trigger_body())
    headers = signed_headers(body, timestamp=moment.strftime("%Y-%m-%dT%H:%M:%S.123456789Z"))

    assert refusal(post(body, headers)) == (
        401,
        "X-Zendesk-Webhook-Signature-Timestamp is more than five minutes away from now",
    )
    assert stored(database) == (0, 0)


def test_ten_megabytes_are_too_large_before_any_signature(post: Post, database: Database) -> None:
    assert refusal(post(b"x" * 10_000_000, {})) == (413, "body is over 262144 bytes")
    assert stored(database) == (0, 0)


def test_a_body_as_large_as_allowed_is_read_whole(post: Post, database: Database) -> None:
    body = raw(trigger_body(filler=""))
    body = body.replace(b'"filler": ""', b'"filler": "' + b"x" * (262_144 - len(body)) + b'"')

    assert len(body) == 262_144
    assert post(body).json == {"outcome": "accepted"}


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "deflate", "identity, gzip", "x"])
def test_a_content_encoding_is_refused_unread(
    post: Post, database: Database, encoding: str
) -> None:
    bomb = gzip.compress(b"\0" * 20_000_000)
    headers = signed_headers(bomb) | {"Content-Encoding": encoding}

    assert refusal(post(bomb, headers)) == (
        415,
        "Content-Encoding is not accepted: send the JSON as it is",
    )
    assert stored(database) == (0, 0)


def test_the_identity_encoding_is_no_encoding(post: Post) -> None:
    body = raw(trigger_body())

    assert post(body, signed_headers(body) | {"Content-Encoding": "identity"}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'{"ticket_id": "1"',
        b"\xff\xfe",
        b'{"ticket_id":"\xff","event":"created"}',
        gzip.compress(b'{"ticket_id":"1"}'),
        b"[" * 200_000,
        b'{"a":' * 40_000,
        raw(trigger_body(ticket_id="9" * 40)),
        raw(trigger_body(ticket_id=-1)),
        raw(trigger_body(ticket_id=1.5)),
        raw(trigger_body(ticket_url=None)),
    ],
)
def test_a_signed_body_that_makes_no_sense_is_malformed(
    post: Post, database: Database, body: bytes
) -> None:
    status, problem = refusal(post(body))

    assert status == 400
    assert problem
    assert stored(database) == (0, 0)


def test_a_refusal_never_echoes_the_body(post: Post) -> None:
    secret = "customer-secret-4711"
    bodies = [
        secret.encode(),
        raw({secret: secret}),
        raw(trigger_body(ticket_id=secret)),
        raw(trigger_body(ticket_id={secret: secret})),
        raw(trigger_body(ticket_url=f"http://[{secret}")),
        raw(trigger_body(event={"comment": secret})),
        raw(subscription_body(detail={"tags": secret, "id": secret})),
        raw(subscription_body(subject=f"zen:ticket:{secret}")),
    ]

    for body in bodies:
        response = post(body)
        assert response.status_code == 400
        assert secret not in response.text + str(response.headers)


@pytest.mark.parametrize(
    "body",
    [
        subscription_body("user.created", subject="zen:user:1"),
        subscription_body("ticket.status_changed"),
        trigger_body(event="solved"),
    ],
)
def test_other_events_are_answered_and_not_stored(
    post: Post, database: Database, body: object
) -> None:
    response = post(body)

    assert (response.status_code, response.json) == (200, {"outcome": "unknown_type"})
    assert stored(database) == (0, 0)


def test_tickets_without_our_tag_are_not_stored(post: Post, database: Database) -> None:
    assert post(subscription_body(detail={"tags": ["vip"]})).json == {"outcome": "irrelevant"}
    assert stored(database) == (0, 0)


def test_events_of_our_own_user_are_dropped(post: Post, database: Database) -> None:
    by_subscription = subscription_body("ticket.comment_added", detail={"actor_id": str(BOT)})

    assert post(trigger_body(event="replied", actor_id=str(BOT))).json == {"outcome": "own"}
    assert post(by_subscription).json == {"outcome": "own"}
    assert stored(database) == (0, 0)


def test_events_of_another_host_are_dropped(post: Post, database: Database) -> None:
    sandbox = trigger_body(ticket_url="acme1700000000.zendesk.com/agent/tickets/4711")

    assert post(sandbox).json == {"outcome": "foreign"}
    assert stored(database) == (0, 0)


def test_where_the_account_is_known_its_number_decides(database: Database) -> None:
    client = client_of(database, account_id=ACCOUNT)

    def outcome_of(body: object, account: str, invocation: str) -> object:
        headers = signed_headers(raw(body), invocation=invocation, X_Zendesk_Account_Id=account)
        response = client.post("/zendesk/events", data=raw(body), headers=headers)
        return response.json

    mapped = trigger_body(ticket_url="help.acme.example/agent/tickets/4711")
    assert outcome_of(mapped, str(ACCOUNT), "1") == {"outcome": "accepted"}
    assert outcome_of(trigger_body(), "666", "2") == {"outcome": "foreign"}
    assert outcome_of(trigger_body(), "", "3") == {"outcome": "accepted"}
    assert outcome_of(mapped, "no number", "4") == {"outcome": "foreign"}
    assert outcome_of(subscription_body(account_id=666), str(ACCOUNT), "5") == {
        "outcome": "foreign"
    }


def test_who_we_are_and_our_brands_are_read_from_the_store(database: Database) -> None:
    book = ObjectBook(database)
    book.remember("user", "bot", "555")
    book.remember("brand_host", "help.acme.example", "77")
    chosen = Settings(zendesk_url=f"https://{HOST}", zendesk_webhook_secrets=(SECRET,))
    client = create_app(chosen, database).test_client()

    def outcome_of(invocation: str, **changes: object) -> object:
        body = raw(trigger_body(**changes))
        headers = signed_headers(body, invocation=invocation)
        return client.post("/zendesk/events", data=body, headers=headers).json

    assert outcome_of("1", actor_id="555") == {"outcome": "own"}
    assert outcome_of("2", ticket_url="https://help.acme.example/agent/tickets/1") == {
        "outcome": "accepted"
    }
    assert outcome_of("3", ticket_url="https://other.example/agent/tickets/1") == {
        "outcome": "foreign"
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/zendesk/events", 405), ("PUT", "/zendesk/events", 405), ("POST", "/nowhere", 404)],
)
def test_other_addresses_and_methods_are_refused_in_json(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    response = client.open(path, method=method)

    assert response.status_code == status
    assert response.content_type == "application/json"
    assert refusal(response)[0] == status


def test_every_answer_has_security_headers_and_no_detail_of_the_server(
    client: FlaskClient, post: Post
) -> None:
    for response in (post(trigger_body()), post(b"{"), client.get("/nowhere")):
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert "Server" not in response.headers


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


def test_the_app_refuses_to_start_without_its_settings(database: Database) -> None:
    with pytest.raises(SettingsError, match="ZENDESK_WEBHOOK_SECRETS is not set"):
        create_app(Settings(zendesk_url="https://acme.zendesk.com"), database)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["ticket_id", "event", "type", "detail", "subject", "ticket_url", "tags"]
            )
            | st.text(max_size=8),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.binary(max_size=400) | JSON.map(lambda value: json.dumps(value).encode()),
    headers=st.dictionaries(
        st.sampled_from(
            [
                "X-Zendesk-Webhook-Signature",
                "X-Zendesk-Webhook-Signature-Timestamp",
                "X-Zendesk-Webhook-Invocation-Id",
                "X-Zendesk-Account-Id",
                "Content-Encoding",
                "Content-Type",
            ]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
        max_size=3,
    ),
    signed=st.booleans(),
)
def test_no_request_brings_the_intake_down(
    client: FlaskClient, body: bytes, headers: dict[str, str], *, signed: bool
) -> None:
    chosen = signed_headers(body) | headers if signed else headers
    if signed:
        stamp = chosen["X-Zendesk-Webhook-Signature-Timestamp"]
        chosen["X-Zendesk-Webhook-Signature"] = signature_of(SECRET, stamp, body)
    response = client.post("/zendesk/events", data=body, headers=chosen)

    assert response.status_code in (200, 400, 401, 415)
    assert response.is_json
