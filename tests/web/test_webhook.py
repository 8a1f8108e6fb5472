"""The intake on a real app and a real Postgres: what is accepted, and what is dropped."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.test import TestResponse

from bot.config import Settings
from bot.store.database import Database
from bot.store.objects import ObjectBook
from bot.web.app import create_app
from tests.web.web_client import ACCOUNT, BOT, client_of, jobs, stored
from tests.web.web_factories import (
    HOST,
    SECRET,
    raw,
    signed_headers,
    subscription_body,
    trigger_body,
)

Post = Callable[..., TestResponse]


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


def test_a_clock_of_ours_that_runs_ahead_dates_no_event_after_zendesks(
    post: Post, database: Database
) -> None:
    signed = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=4)
    body = raw(trigger_body())
    post(body, headers=signed_headers(body, timestamp=f"{signed:%Y-%m-%dT%H:%M:%SZ}"))

    with database.connection() as connection:
        [(received_at,)] = connection.execute("SELECT received_at FROM events").fetchall()
    assert received_at == signed + timedelta(seconds=2)


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


def test_a_body_as_large_as_allowed_is_read_whole(post: Post, database: Database) -> None:
    body = raw(trigger_body(filler=""))
    body = body.replace(b'"filler": ""', b'"filler": "' + b"x" * (262_144 - len(body)) + b'"')

    assert len(body) == 262_144
    assert post(body).json == {"outcome": "accepted"}


def test_the_identity_encoding_is_no_encoding(post: Post) -> None:
    body = raw(trigger_body())

    assert post(body, signed_headers(body) | {"Content-Encoding": "identity"}).status_code == 200


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
