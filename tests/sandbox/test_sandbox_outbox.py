"""Queued webhooks survive a restart of the pocket Zendesk, as Zendesk's own would."""

from pathlib import Path

import httpx

from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import FAST, NO_TLS
from tests.sandbox.endpoint import Endpoint


def connect(client: httpx.Client, endpoint: Endpoint) -> str:
    webhook = {
        "name": "events",
        "endpoint": endpoint.url,
        "http_method": "POST",
        "request_format": "json",
        "subscriptions": ["conditional_ticket_events"],
    }
    key = client.post("/api/v2/webhooks", json={"webhook": webhook}).json()["webhook"]["id"]
    trigger = {
        "title": "tell",
        "all": [{"field": "update_type", "operator": "is", "value": "Create"}],
        "actions": [{"field": "notification_webhook", "value": [key, '{"id":"{{ticket.id}}"}']}],
    }
    assert client.post("/api/v2/triggers", json={"trigger": trigger}).status_code == 201
    return str(key)


def at(server: SandboxServer) -> httpx.Client:
    headers = {"Authorization": "Bearer demo"}
    return httpx.Client(base_url=server.url, headers=headers, timeout=30, verify=NO_TLS)


def test_what_waits_is_sent_after_a_restart(tmp_path: Path, endpoint: Endpoint) -> None:
    path = tmp_path / "pocket.sqlite"
    with SandboxServer(path, delivery=FAST) as first, at(first) as client:
        connect(client, endpoint)
        first.set_faults({"match": "WEBHOOK", "what": "delay", "seconds": 3.0})
        client.post("/api/v2/tickets", json={"ticket": {"comment": {"body": "x"}}})
    before = len(endpoint.received)

    with SandboxServer(path, delivery=FAST) as second:
        (seen,) = endpoint.wait_for(1)
        assert second.box.deliverer.wait_until_idle()
        left = second.box.store.all("parcel")

    assert before == 0
    assert seen.json == {"id": "1"}
    assert left == []


def test_a_retry_that_was_due_is_made_after_a_restart(tmp_path: Path, endpoint: Endpoint) -> None:
    path = tmp_path / "pocket.sqlite"
    endpoint.answer(503, Retry_After="5")
    with SandboxServer(path, delivery=FAST) as first, at(first) as client:
        connect(client, endpoint)
        client.post("/api/v2/tickets", json={"ticket": {"comment": {"body": "x"}}})
        (refused,) = endpoint.wait_for(1)

    with SandboxServer(path, delivery=FAST):
        _, again = endpoint.wait_for(2)

    name = "X-Zendesk-Webhook-Invocation-Id"
    assert again.headers[name] == refused.headers[name]
    assert again.body == refused.body


def test_what_was_delivered_is_not_sent_again(tmp_path: Path, endpoint: Endpoint) -> None:
    path = tmp_path / "pocket.sqlite"
    with SandboxServer(path, delivery=FAST) as first, at(first) as client:
        connect(client, endpoint)
        client.post("/api/v2/tickets", json={"ticket": {"comment": {"body": "x"}}})
        endpoint.wait_for(1)

    with SandboxServer(path, delivery=FAST) as second:
        left = second.box.store.all("parcel")

    assert left == []
    assert len(endpoint.received) == 1
