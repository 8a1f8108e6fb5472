"""What a trigger's webhook delivers: its signature, its retries, its log, its breaker."""

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


def test_the_breaker_opens_after_too_many_failures() -> None:
    breaker = Breaker(BreakerRules(least=10, pause=60))

    for number in range(10):
        assert not breaker.is_open()
        breaker.count(failed=number >= 3)

    assert breaker.is_open()
