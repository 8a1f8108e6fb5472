"""A pocket Zendesk on loopback, clients of three kinds, and an endpoint that keeps what it gets."""

import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from bot.sandbox.delivery import DeliveryRules
from bot.sandbox.serve import SandboxServer
from tests.sandbox.endpoint import Endpoint

#: Reading the authorities costs more than most tests here, and nothing here speaks TLS.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
FAST = DeliveryRules(timeout=2.0, retry_delay=0.05, threads=4)


@pytest.fixture(scope="session")
def shared() -> Iterator[list[SandboxServer]]:
    """One server for all tests; the first that asks for it starts it, with sockets open."""
    servers: list[SandboxServer] = []
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture
def sandbox(loopback: None, shared: list[SandboxServer]) -> Iterator[SandboxServer]:
    if not shared:
        shared.append(SandboxServer(delivery=FAST))
        shared[0].start()
    yield shared[0]
    shared[0].reset()
    assert shared[0].box.deliverer.wait_until_idle()


@pytest.fixture
def agent(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    with httpx.Client(base_url=sandbox.url, headers=headers, timeout=30, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def endpoint(loopback: None) -> Iterator[Endpoint]:
    with Endpoint() as server:
        yield server


def token_for(sandbox: SandboxServer, scope: str = "read tickets:write", **changes: Any) -> str:
    given = {
        "grant_type": "client_credentials",
        "client_id": sandbox.bot_client_id,
        "client_secret": sandbox.bot_client_secret,
        "scope": scope,
    }
    reply = httpx.post(
        f"{sandbox.url}/oauth/tokens", json={**given, **changes}, timeout=30, verify=NO_TLS
    )
    assert reply.status_code == 200, reply.text
    return str(reply.json()["access_token"])


@pytest.fixture
def bot(sandbox: SandboxServer) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {token_for(sandbox)}"}
    with httpx.Client(base_url=sandbox.url, headers=headers, timeout=30, verify=NO_TLS) as client:
        yield client


MakeTicket = Callable[..., dict[str, Any]]


@pytest.fixture
def make_ticket(agent: httpx.Client) -> MakeTicket:
    def make(**changes: Any) -> dict[str, Any]:
        given = {
            "subject": "Activation fails",
            "comment": {"body": "It says connectivity error."},
            "requester": {"name": "Nora Quinn", "email": "nora@quay.example"},
        }
        reply = agent.post("/api/v2/tickets.json", json={"ticket": {**given, **changes}})
        assert reply.status_code == 201, reply.text
        return dict(reply.json()["ticket"])

    return make


@pytest.fixture
def make_webhook(agent: httpx.Client, endpoint: Endpoint) -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        given = {
            "name": "events",
            "endpoint": endpoint.url,
            "http_method": "POST",
            "request_format": "json",
            "status": "active",
            "subscriptions": ["conditional_ticket_events"],
        }
        reply = agent.post("/api/v2/webhooks", json={"webhook": {**given, **changes}})
        assert reply.status_code == 201, reply.text
        return dict(reply.json()["webhook"])

    return make


@pytest.fixture
def make_trigger(agent: httpx.Client) -> Callable[..., dict[str, Any]]:
    def make(**changes: Any) -> dict[str, Any]:
        given = {
            "title": "a trigger",
            "all": [{"field": "current_tags", "operator": "includes", "value": "cloud-licensing"}],
            "actions": [{"field": "current_tags", "value": "fired"}],
        }
        reply = agent.post("/api/v2/triggers", json={"trigger": {**given, **changes}})
        assert reply.status_code == 201, reply.text
        return dict(reply.json()["trigger"])

    return make


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    def wait(holds: Callable[[], bool], seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.02)

    return wait


@pytest.fixture
def make_upload(agent: httpx.Client) -> Callable[[str, bytes], str]:
    def make(name: str, data: bytes) -> str:
        reply = agent.post(f"/api/v2/uploads.json?filename={name}", content=data)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["upload"]["token"])

    return make
