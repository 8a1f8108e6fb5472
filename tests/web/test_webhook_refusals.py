"""The intake on a real app and a real Postgres: what is refused, and how."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from bot.config import Settings, SettingsError
from bot.store.database import Database
from bot.web.app import create_app
from bot.web.signature import signature_of
from tests.web.web_client import refusal, stored
from tests.web.web_factories import (
    SECRET,
    raw,
    signed_headers,
    subscription_body,
    trigger_body,
)

Post = Callable[..., TestResponse]


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
