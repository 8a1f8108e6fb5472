"""Who may do what: tokens, scopes, roles, and how often."""

import base64
from collections.abc import Iterator

import httpx
import pytest

from bot.sandbox.limits import Limits
from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import FAST, NO_TLS, MakeTicket, token_for


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(email: str, token: str = "demo") -> dict[str, str]:
    pair = base64.b64encode(f"{email}/token:{token}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


@pytest.mark.parametrize(
    "headers",
    [{}, bearer("wrong"), basic("avery@desk.example", "wrong"), {"Authorization": "Basic !!"}],
)
def test_bad_credentials_are_401(headers: dict[str, str], sandbox: SandboxServer) -> None:
    reply = httpx.get(
        f"{sandbox.url}/api/v2/users/me.json", headers=headers, timeout=30, verify=NO_TLS
    )

    assert reply.status_code == 401
    assert reply.json() == {"error": "Couldn't authenticate you"}


def test_a_client_acts_as_the_user_it_is_tied_to(
    bot: httpx.Client, agent: httpx.Client, sandbox: SandboxServer
) -> None:
    me = bot.get("/api/v2/users/me.json", headers=bearer(token_for(sandbox, "read")))

    assert me.json()["user"]["id"] == sandbox.bot_user_id
    assert agent.get("/api/v2/users/me").json()["user"]["id"] == sandbox.agent_user_id


def test_the_legacy_api_token_works_for_any_users_mail(sandbox: SandboxServer) -> None:
    reply = httpx.get(
        f"{sandbox.url}/api/v2/users/me",
        headers=basic("toni@desk.example"),
        timeout=30,
        verify=NO_TLS,
    )

    assert reply.json()["user"]["name"] == "Toni Team"


def test_a_wrong_scope_yields_a_token_whose_every_call_is_403(sandbox: SandboxServer) -> None:
    token = token_for(sandbox, "ticket:red")

    reply = httpx.get(
        f"{sandbox.url}/api/v2/users/me", headers=bearer(token), timeout=30, verify=NO_TLS
    )

    assert reply.status_code == 403
    assert set(reply.json()["error"]) == {"title", "message"}


@pytest.mark.parametrize(
    ("scope", "method", "path", "allowed"),
    [
        ("read tickets:write", "PUT", "/api/v2/tickets/1", True),
        ("read tickets:write", "GET", "/api/v2/tickets/1/audits", True),
        ("read tickets:write", "POST", "/api/v2/triggers", False),
        ("read tickets:write", "POST", "/api/v2/uploads?filename=x", False),
        ("tickets:read", "GET", "/api/v2/tickets/1", True),
        ("tickets:read", "GET", "/api/v2/ticket_fields", False),
        ("tickets:read", "GET", "/api/v2/search?query=x", False),
        ("tickets:read", "PUT", "/api/v2/tickets/1", False),
        ("triggers:write", "POST", "/api/v2/triggers", True),
        ("write", "GET", "/api/v2/tickets", False),
    ],
)
def test_scopes_are_obeyed(
    scope: str, method: str, path: str, *, allowed: bool, sandbox: SandboxServer
) -> None:
    admin = {
        "client_id": sandbox.admin_client_id,
        "client_secret": sandbox.admin_client_secret,
    }
    reply = httpx.request(
        method,
        sandbox.url + path,
        headers=bearer(token_for(sandbox, scope, **admin)),
        json={},
        timeout=30,
        verify=NO_TLS,
    )

    assert (reply.status_code != 403) is allowed


def test_the_bots_own_user_is_no_admin(bot: httpx.Client, sandbox: SandboxServer) -> None:
    reply = bot.post("/api/v2/triggers", json={}, headers=bearer(token_for(sandbox, "read write")))

    assert bot.get("/api/v2/users/me").json()["user"]["role"] == "agent"
    assert reply.status_code == 403


def test_only_admins_write_business_rules(sandbox: SandboxServer) -> None:
    reply = httpx.post(
        f"{sandbox.url}/api/v2/triggers",
        headers=basic("toni@desk.example"),
        json={},
        timeout=30,
        verify=NO_TLS,
    )

    assert reply.status_code == 403


def test_end_users_have_no_business_at_the_api(sandbox: SandboxServer) -> None:
    reply = httpx.get(
        f"{sandbox.url}/api/v2/tickets",
        headers=basic("casey@acme.example"),
        timeout=30,
        verify=NO_TLS,
    )

    assert reply.status_code == 403


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"expires_in": 10}, 400, "invalid_request"),
        ({"expires_in": "soon"}, 400, "invalid_request"),
    ],
)
def test_a_bad_token_request_is_refused(
    change: dict[str, str], status: int, error: str, sandbox: SandboxServer
) -> None:
    given = {
        "grant_type": "client_credentials",
        "client_id": sandbox.bot_client_id,
        "client_secret": sandbox.bot_client_secret,
    }

    reply = httpx.post(
        f"{sandbox.url}/oauth/tokens", json={**given, **change}, timeout=30, verify=NO_TLS
    )

    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_a_token_lives_half_an_hour_unless_asked_otherwise(sandbox: SandboxServer) -> None:
    given = {
        "grant_type": "client_credentials",
        "client_id": sandbox.bot_client_id,
        "client_secret": sandbox.bot_client_secret,
        "scope": "read",
    }
    address = f"{sandbox.url}/oauth/tokens"

    plain = httpx.post(address, json=given, timeout=30, verify=NO_TLS).json()
    asked = httpx.post(
        address, data={**given, "expires_in": "600"}, timeout=30, verify=NO_TLS
    ).json()

    assert plain["expires_in"] == 1800
    assert plain["token_type"] == "bearer"
    assert plain["scope"] == "read"
    assert asked["expires_in"] == 600


def test_an_expired_token_is_401(sandbox: SandboxServer) -> None:
    headers = bearer(token_for(sandbox, "read"))
    address = f"{sandbox.url}/api/v2/users/me"

    before = httpx.get(address, headers=headers, timeout=30, verify=NO_TLS)
    sandbox.expire_tokens()
    after = httpx.get(address, headers=headers, timeout=30, verify=NO_TLS)

    assert (before.status_code, after.status_code) == (200, 401)


def test_ips_need_no_credentials(sandbox: SandboxServer) -> None:
    shown = httpx.get(f"{sandbox.url}/ips", timeout=30, verify=NO_TLS).json()["ips"]

    assert shown["egress"]["all"]
    assert shown["ingress"]["all"]


@pytest.fixture
def narrow(loopback: None) -> Iterator[SandboxServer]:
    limits = Limits(account_per_minute=5, ticket_updates_per_minute=3, per_ticket_updates=2)
    with SandboxServer(limits=limits, delivery=FAST) as server:
        yield server


def test_limits_are_told_in_headers(agent: httpx.Client, make_ticket: MakeTicket) -> None:
    reply = agent.put(f"/api/v2/tickets/{make_ticket()['id']}", json={"ticket": {"subject": "x"}})

    assert reply.headers["x-rate-limit"] == "100000"
    assert reply.headers["x-rate-limit-remaining"] == "99998"
    assert reply.headers["ratelimit-limit"] == "100000"
    assert 0 < int(reply.headers["ratelimit-reset"]) <= 60
    assert reply.headers["zendesk-rate-limit-tickets-update"].startswith("total=100000; remaining=")
    assert "total=30; remaining=29" in reply.headers["zendesk-ratelimit-per-ticket-updates"]


def test_the_account_limit_answers_429_with_retry_after(narrow: SandboxServer) -> None:
    replies = [
        httpx.get(
            f"{narrow.url}/api/v2/users/me", headers=bearer("demo"), timeout=30, verify=NO_TLS
        )
        for _ in range(6)
    ]

    assert [reply.status_code for reply in replies] == [200] * 5 + [429]
    assert 0 < int(replies[-1].headers["Retry-After"]) <= 60


def test_updates_of_one_ticket_are_limited_per_user(narrow: SandboxServer) -> None:
    with httpx.Client(
        base_url=narrow.url, headers=bearer("demo"), timeout=30, verify=NO_TLS
    ) as client:
        given = {"ticket": {"comment": {"body": "x"}}}
        key = client.post("/api/v2/tickets", json=given).json()["ticket"]["id"]
        replies = [
            client.put(f"/api/v2/tickets/{key}", json={"ticket": {"subject": word}})
            for word in ("a", "b", "c")
        ]

    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert "remaining=0" in replies[-1].headers["zendesk-ratelimit-per-ticket-updates"]
