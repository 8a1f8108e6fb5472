"""Webhooks as objects and as subscriptions: secrets, kinds, and what events they are told."""

from collections.abc import Callable
from typing import Any

import httpx

from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import MakeTicket
from tests.sandbox.endpoint import Endpoint

Make = Callable[..., dict[str, Any]]


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


def test_a_webhook_that_a_trigger_calls_cannot_be_deleted(
    agent: httpx.Client, make_webhook: Make, make_trigger: Make
) -> None:
    webhook = make_webhook()
    make_trigger(actions=[{"field": "notification_webhook", "value": [webhook["id"], "{}"]}])

    assert agent.delete(f"/api/v2/webhooks/{webhook['id']}").status_code == 409


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
