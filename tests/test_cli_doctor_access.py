"""`doctor` on a pocket Zendesk: who we are, what we may do, and that trying leaves no trace."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.cli.checks.access import check_clock, check_identity, check_rights
from bot.cli.checks.finding import Finding
from bot.sandbox.serve import SandboxServer
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account
from bot.zendesk.session import ZendeskSession

WIDER = ", with a second token of the scope `write`"


@pytest.fixture
def pocket(loopback: None) -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


def open_session(pocket: SandboxServer, scope: str, secret: str = "") -> ZendeskSession:
    account = Account(
        pocket.url, pocket.bot_client_id, secret or pocket.bot_client_secret, scope=scope
    )
    return ZendeskSession(account, InMemoryBudget(), deadline=30.0, patience=10.0)


def with_role(pocket: SandboxServer, role: str) -> None:
    user = pocket.box.store.get("user", pocket.bot_user_id) or {}
    pocket.box.store.put("user", {**user, "role": role})


def file_ticket(pocket: SandboxServer) -> None:
    given = {"ticket": {"subject": "x", "comment": {"body": "x"}}}
    headers = {"Authorization": "Bearer demo"}
    httpx.post(f"{pocket.url}/api/v2/tickets", json=given, headers=headers).raise_for_status()


def lines(findings: list[Finding]) -> set[tuple[str, str]]:
    assert all(item.remedy for item in findings if item.verdict != "ok")
    return {(item.verdict, f"{item.what} {item.says.split(':')[0].split(' (')[0]}")
            for item in findings}  # fmt: skip


@pytest.mark.parametrize(
    ("role", "verdict"), [("admin", "warn"), ("agent", "ok"), ("end-user", "fail")]
)
def test_the_bots_role_is_judged(role: str, verdict: str, pocket: SandboxServer) -> None:
    with_role(pocket, role)
    session = open_session(pocket, "read")

    me, found = check_identity(session)

    session.close()
    # An end user is refused by the API itself, before the role can be read.
    assert [item.verdict for item in found] == [verdict]
    assert (me is None) is (role == "end-user")


def test_a_wrong_client_secret_fails_with_where_to_look(pocket: SandboxServer) -> None:
    session = open_session(pocket, "read", "wrong")

    me, (found,) = check_identity(session)

    session.close()
    assert me is None
    assert found.verdict == "fail"
    assert "ZENDESK_CLIENT_SECRET" in found.remedy


def test_a_misspelt_scope_fails_as_a_scope(pocket: SandboxServer) -> None:
    session = open_session(pocket, "tickets:red")

    me, (found,) = check_identity(session)

    session.close()
    assert me is None
    assert "scope" in found.remedy


@pytest.mark.parametrize("tickets", [0, 1])
@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        (
            "read write",
            {
                ("ok", "may read tickets"), ("ok", "may read search"), ("ok", "may read audits"),
                ("ok", "may write tickets"), ("ok", "may upload files"),
            },
        ),
        (
            "read tickets:write",
            {
                ("ok", "may read tickets"), ("ok", "may read search"), ("ok", "may read audits"),
                ("ok", "may write tickets"), ("ok", f"may upload files{WIDER}"),
            },
        ),
        (
            "tickets:read users:read",
            {
                ("ok", "may read tickets"), ("warn", "may read search"),
                ("warn", "may read audits"), ("fail", "may write tickets"),
                ("ok", f"may upload files{WIDER}"),
            },
        ),
        ("write users:read", {("fail", "may read tickets")}),
    ],
)  # fmt: skip
def test_each_right_is_tried(
    scope: str, wanted: set[tuple[str, str]], tickets: int, pocket: SandboxServer
) -> None:
    for _ in range(tickets):
        file_ticket(pocket)
    session = open_session(pocket, scope)

    found = list(check_rights(session))

    session.close()
    assert lines(found) == wanted


def test_a_client_that_may_not_upload_at_all_is_told(pocket: SandboxServer) -> None:
    pocket.set_faults({"match": "POST /api/v2/uploads", "what": "403"})
    session = open_session(pocket, "read tickets:write")

    found = [item for item in check_rights(session) if item.what == "may upload"]

    session.close()
    assert [item.verdict for item in found] == ["warn"]
    assert "scope `write`" in found[0].remedy


def test_trying_leaves_no_trace(pocket: SandboxServer) -> None:
    file_ticket(pocket)
    store = pocket.box.store
    before = [store.all(kind) for kind in ("ticket", "comment", "audit", "upload", "attachment")]
    session = open_session(pocket, "read write")

    list(check_rights(session))

    session.close()
    after = [store.all(kind) for kind in ("ticket", "comment", "audit", "upload", "attachment")]
    assert after == before


def test_an_account_at_its_limit_is_no_missing_right(pocket: SandboxServer) -> None:
    file_ticket(pocket)
    pocket.set_faults({"match": "PUT /api/v2/tickets", "what": "500", "when": "before"})
    session = open_session(pocket, "read write")

    found = {item.what: item for item in check_rights(session) if "tickets" in item.says}

    session.close()
    assert found["may write"].verdict == "warn"
    assert "could not be tried" in found["may write"].says


@pytest.mark.parametrize(
    ("minutes", "verdict"), [(0.0, "ok"), (1.0, "warn"), (-10.0, "fail"), (10.0, "fail")]
)
def test_a_wrong_clock_is_noticed(minutes: float, verdict: str, pocket: SandboxServer) -> None:
    session = open_session(pocket, "read")

    (found,) = check_clock(session, lambda: datetime.now(UTC) + timedelta(minutes=minutes))

    session.close()
    assert found.verdict == verdict
