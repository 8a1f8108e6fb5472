"""Webhooks: their two kinds, their signature, their retries, their log."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.sandbox.breaker import Breaker, BreakerRules
from bot.sandbox.serve import SandboxServer
from bot.sandbox.signature import sign
from tests.sandbox.conftest import MakeTicket
from tests.sandbox.endpoint import Endpoint

Make = Callable[..., dict[str, Any]]
BODY = '{"ticket_id":"{{ticket.id}}","status":"{{ticket.status}}","actor":"{{current_user.id}}"}'


@pytest.fixture
def connected(make_webhook: Make, make_trigger: Make) -> dict[str, Any]:
    """A webhook that a trigger calls for each tagged ticket."""
    webhook = make_webhook()
    make_trigger(actions=[{"field": "notification_webhook", "value": [webhook["id"], BODY]}])
    return webhook


def test_the_documented_signature_vector() -> None:
    secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
    body = b'{"event":"ticket.updated","id":123}'

    signature = sign(secret, "2021-03-25T05:09:27Z", body)

    assert signature == "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="


def test_a_delivery_is_signed_over_the_raw_pretty_printed_body(
    agent: httpx.Client,
    endpoint: Endpoint,
    connected: dict[str, Any],
    make_ticket: MakeTicket,
    sandbox: SandboxServer,
) -> None:
    ticket = make_ticket(tags=["cloud-licensing"])

    (seen,) = endpoint.wait_for(1)

    secret = agent.get(f"/api/v2/webhooks/{connected['id']}/signing_secret").json()
    key = secret["signing_secret"]["secret"].encode()
    moment = seen.headers["X-Zendesk-Webhook-Signature-Timestamp"]
    digest = hmac.new(key, moment.encode() + seen.body, hashlib.sha256).digest()
    assert seen.headers["X-Zendesk-Webhook-Signature"] == base64.b64encode(digest).decode()
    assert seen.headers["X-Zendesk-Account-Id"] == str(sandbox.account_id)
    assert seen.headers["X-Zendesk-Webhook-Id"] == connected["id"]
    assert len(seen.headers["X-Zendesk-Webhook-Invocation-Id"]) == 26
    assert seen.headers["User-Agent"] == "Zendesk Webhook"
    assert seen.headers["Content-Type"] == "application/json; charset=utf-8"
    assert seen.body.startswith(b'{\n   "ticket_id": "')
    assert seen.json == {
        "ticket_id": str(ticket["id"]),
        "status": "New",
        "actor": str(sandbox.agent_user_id),
    }


def test_no_webhook_for_an_update_of_the_bot(
    bot: httpx.Client,
    endpoint: Endpoint,
    sandbox: SandboxServer,
    make_webhook: Make,
    make_trigger: Make,
    make_ticket: MakeTicket,
) -> None:
    webhook = make_webhook()
    not_bot = {"field": "role", "operator": "is_not", "value": str(sandbox.bot_user_id)}
    changed = {"field": "update_type", "operator": "is", "value": "Change"}
    action = {"field": "notification_webhook", "value": [webhook["id"], BODY]}
    make_trigger(all=[not_bot, changed], actions=[action])

    bot.put(f"/api/v2/tickets/{make_ticket()['id']}", json={"ticket": {"comment": {"body": "x"}}})

    assert sandbox.box.deliverer.wait_until_idle()
    assert endpoint.received == []


def test_a_free_text_with_quotes_breaks_the_json_as_in_real_life(
    endpoint: Endpoint, make_webhook: Make, make_trigger: Make, make_ticket: MakeTicket
) -> None:
    webhook = make_webhook()
    body = '{"title":"{{ticket.title}}"}'
    action = {"field": "notification_webhook", "value": [webhook["id"], body]}
    make_trigger(actions=[action])

    make_ticket(tags=["cloud-licensing"], subject='say "hi"')

    (seen,) = endpoint.wait_for(1)
    assert seen.body == b'{"title":"say "hi""}'


def test_what_a_later_trigger_changes_is_missing_in_the_body(
    endpoint: Endpoint, make_trigger: Make, connected: dict[str, Any], make_ticket: MakeTicket
) -> None:
    make_trigger(title="later", actions=[{"field": "status", "value": "pending"}])

    make_ticket(tags=["cloud-licensing"])

    (seen,) = endpoint.wait_for(1)
    assert seen.json["status"] == "New"


def test_a_409_is_retried_three_times_with_one_invocation_id(
    endpoint: Endpoint, connected: dict[str, Any], make_ticket: MakeTicket, sandbox: SandboxServer
) -> None:
    for _ in range(9):
        endpoint.answer(409)

    make_ticket(tags=["cloud-licensing"])

    seen = endpoint.wait_for(4)
    assert sandbox.box.deliverer.wait_until_idle()
    assert len(endpoint.received) == 4
    assert len({item.headers["X-Zendesk-Webhook-Invocation-Id"] for item in seen}) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_busy_answers_are_retried_only_with_a_short_retry_after(
    status: int,
    endpoint: Endpoint,
    connected: dict[str, Any],
    make_ticket: MakeTicket,
    sandbox: SandboxServer,
) -> None:
    endpoint.answer(status, Retry_After="1")
    make_ticket(tags=["cloud-licensing"])
    first, second = endpoint.wait_for(2)[:2]

    endpoint.answer(status)
    endpoint.answer(status, Retry_After="3600")
    make_ticket(tags=["cloud-licensing"])
    make_ticket(tags=["cloud-licensing"])
    endpoint.wait_for(4)

    assert sandbox.box.deliverer.wait_until_idle()
    assert second.at - first.at >= 1.0
    assert len(endpoint.received) == 4


@pytest.mark.parametrize("status", [400, 403, 500, 502, 504])
def test_other_errors_lose_the_event(
    status: int,
    endpoint: Endpoint,
    connected: dict[str, Any],
    make_ticket: MakeTicket,
    sandbox: SandboxServer,
) -> None:
    endpoint.answer(status)

    make_ticket(tags=["cloud-licensing"])

    endpoint.wait_for(1)
    assert sandbox.box.deliverer.wait_until_idle()
    assert len(endpoint.received) == 1


def test_a_silent_endpoint_is_tried_again(
    endpoint: Endpoint, connected: dict[str, Any], make_ticket: MakeTicket
) -> None:
    endpoint.answer(200, wait=3.0)

    make_ticket(tags=["cloud-licensing"])

    assert len(endpoint.wait_for(2)) == 2


def test_the_log_shows_status_request_and_answer(
    agent: httpx.Client,
    endpoint: Endpoint,
    connected: dict[str, Any],
    make_ticket: MakeTicket,
    sandbox: SandboxServer,
) -> None:
    endpoint.answer(403)
    make_ticket(tags=["cloud-licensing"])
    assert sandbox.box.deliverer.wait_until_idle()
    address = f"/api/v2/webhooks/{connected['id']}/invocations"

    (entry,) = agent.get(address).json()["invocations"]
    (attempt,) = agent.get(f"{address}/{entry['id']}/attempts").json()["attempts"]

    assert (entry["status"], entry["status_code"]) == ("terminated", 403)
    assert json.loads(attempt["request"]["payload"])["status"] == "New"
    assert attempt["response"]["status_code"] == 403


def test_an_unreachable_endpoint_fails_without_a_retry(
    agent: httpx.Client, make_webhook: Make, make_trigger: Make, make_ticket: MakeTicket,
    sandbox: SandboxServer,
) -> None:  # fmt: skip
    webhook = make_webhook(endpoint="http://127.0.0.1:9/closed")
    make_trigger(actions=[{"field": "notification_webhook", "value": [webhook["id"], BODY]}])

    make_ticket(tags=["cloud-licensing"])

    assert sandbox.box.deliverer.wait_until_idle()
    log = agent.get(f"/api/v2/webhooks/{webhook['id']}/invocations").json()["invocations"]
    assert [entry["status"] for entry in log] == ["failed"]


def test_a_new_webhook_does_not_tell_its_secret_or_credentials(make_webhook: Make) -> None:
    auth = {"type": "basic_auth", "data": {"username": "u", "password": "p"},
            "add_position": "header"}  # fmt: skip

    webhook = make_webhook(authentication=auth)

    assert "signing_secret" not in webhook
    assert webhook["authentication"]["data"] == {"username": "u"}
    assert len(webhook["id"]) == 26
    assert len(webhook["created_at"].split(".")[1]) == len("123456789Z")
    assert isinstance(webhook["created_by"], str)


def test_a_rotation_answers_201_and_voids_the_old_secret(
    agent: httpx.Client, make_webhook: Make
) -> None:
    address = f"/api/v2/webhooks/{make_webhook()['id']}/signing_secret"
    old = agent.get(address).json()["signing_secret"]["secret"]

    reply = agent.post(address)

    assert reply.status_code == 201
    assert reply.json()["signing_secret"]["algorithm"] == "SHA256"
    assert reply.json()["signing_secret"]["secret"] != old
    assert agent.get(address).json() == reply.json()


def test_put_and_patch_answer_204_and_delete_too(agent: httpx.Client, make_webhook: Make) -> None:
    webhook = make_webhook()
    address = f"/api/v2/webhooks/{webhook['id']}"

    patched = agent.patch(address, json={"webhook": {"name": "renamed"}})
    put = agent.put(address, json={"webhook": {**webhook, "status": "inactive"}})

    assert (patched.status_code, patched.content) == (204, b"")
    assert put.status_code == 204
    assert agent.get(address).json()["webhook"]["status"] == "inactive"
    assert agent.delete(address).status_code == 204
    assert agent.get(address).status_code == 404


def test_the_two_kinds_exclude_each_other(agent: httpx.Client, make_webhook: Make) -> None:
    mixed = ["conditional_ticket_events", "zen:event-type:ticket.created"]
    given = {"name": "x", "endpoint": "https://x.example", "http_method": "POST",
             "request_format": "json", "subscriptions": mixed}  # fmt: skip

    created = agent.post("/api/v2/webhooks", json={"webhook": given})
    changed = agent.patch(
        f"/api/v2/webhooks/{make_webhook()['id']}",
        json={"webhook": {"subscriptions": ["zen:event-type:ticket.created"]}},
    )

    assert created.status_code == 400
    assert changed.status_code == 422


def test_webhooks_are_found_by_a_part_of_their_name(
    agent: httpx.Client, make_webhook: Make
) -> None:
    make_webhook(name="Cloud licensing bot")
    make_webhook(name="other")

    found = agent.get("/api/v2/webhooks?filter[name_contains]=licensing").json()

    assert [item["name"] for item in found["webhooks"]] == ["Cloud licensing bot"]
    assert found["meta"]["has_more"] is False


def test_a_test_request_shows_the_answer(
    agent: httpx.Client, endpoint: Endpoint, make_webhook: Make
) -> None:
    endpoint.answer(202)
    request = {"request": {"payload": '{"a": 1}'}}

    reply = agent.post(f"/api/v2/webhooks/test?webhook_id={make_webhook()['id']}", json=request)

    assert reply.json()["response"]["status_code"] == 202
    assert endpoint.received[0].json == {"a": 1}


def test_an_event_subscription_gets_zendesks_payload(
    endpoint: Endpoint, make_webhook: Make, make_ticket: MakeTicket, sandbox: SandboxServer
) -> None:
    make_webhook(subscriptions=["zen:event-type:ticket.created"])

    ticket = make_ticket(priority="low", tags=["cloud-licensing"])

    (seen,) = endpoint.wait_for(1)
    payload = seen.json
    assert payload["account_id"] == sandbox.account_id
    assert payload["type"] == "zen:event-type:ticket.created"
    assert payload["subject"] == f"zen:ticket:{ticket['id']}"
    assert payload["detail"]["id"] == str(ticket["id"])
    assert payload["detail"]["priority"] == "LOW"
    assert payload["detail"]["tags"] == ["cloud-licensing"]
    assert len(payload["time"].split(".")[1]) == len("672717030Z")
    assert payload["event"]["meta"]["sequence"]["position"] == 1
    assert "custom_fields" not in payload["detail"]


def test_changes_are_told_by_their_own_types(
    agent: httpx.Client, endpoint: Endpoint, make_webhook: Make, make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(tags=["a"])
    names = ("comment_added", "tags_changed", "status_changed")
    make_webhook(subscriptions=[f"zen:event-type:ticket.{name}" for name in names])
    change = {"tags": ["b"], "status": "pending", "comment": {"body": "hello", "public": False}}

    agent.put(f"/api/v2/tickets/{ticket['id']}", json={"ticket": change})

    events = {item.json["type"].rpartition(".")[2]: item.json["event"]
              for item in endpoint.wait_for(3)}  # fmt: skip
    assert events["tags_changed"]["tags_added"] == ["b"]
    assert events["tags_changed"]["tags_removed"] == ["a"]
    assert events["status_changed"]["current"] == "PENDING"
    assert events["comment_added"]["comment"]["is_public"] is False
    assert events["comment_added"]["comment"]["author"]["is_staff"] is True


def test_the_breaker_opens_after_too_many_failures() -> None:
    breaker = Breaker(BreakerRules(least=10, pause=60))

    for number in range(10):
        assert not breaker.is_open()
        breaker.count(failed=number >= 3)

    assert breaker.is_open()


def test_a_webhook_that_a_trigger_calls_cannot_be_deleted(
    agent: httpx.Client, connected: dict[str, Any]
) -> None:
    assert agent.delete(f"/api/v2/webhooks/{connected['id']}").status_code == 409
