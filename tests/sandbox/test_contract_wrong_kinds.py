"""Values of a wrong kind are answered with 400 or 422 and change nothing; never with a 500."""

from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from bot.sandbox.actions import TRIGGER_ACTIONS
from bot.sandbox.conditions import OPERATORS
from bot.sandbox.limits import Limits
from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import FAST, NO_TLS, MakeTicket

WRONG: Final[tuple[Any, ...]] = (
    *(7, -1, 2.5, True, "", "x", "{{ticket.id}}", [], [1], ["x"], [None], [[]], [{}]),
    *({}, {"id": 1}, {"all": 5}, {"x": {"y": [1]}}, [{"id": []}], [{"field": []}], "9" * 40),
)
TICKET: Final = (
    *("subject", "type", "priority", "status", "assignee_id", "group_id", "organization_id"),
    *("external_id", "ticket_form_id", "brand_id", "requester_id", "tags", "custom_fields"),
    *("fields", "comment", "metadata", "safe_update", "updated_stamp", "requester", "due_at"),
    *("submitter_id", "via_followup_source_id", "description"),
)
COMMENT: Final = ("body", "html_body", "public", "author_id", "uploads")
RULE: Final = ("title", "description", "active", "category_id", "position", "conditions", "all",
               "any", "actions", "restriction", "output")  # fmt: skip
FIELD: Final = ("type", "title", "description", "position", "active", "tag", "custom_field_options")
WEBHOOK: Final = ("name", "description", "status", "endpoint", "http_method", "request_format",
                  "subscriptions", "authentication", "custom_headers")  # fmt: skip


@pytest.fixture
def unmetered(loopback: None) -> Iterator[httpx.Client]:
    """An agent whose ticket may be updated as often as it takes."""
    headers = {"Authorization": "Bearer demo"}
    with (
        SandboxServer(limits=Limits(per_ticket_updates=100_000), delivery=FAST) as server,
        httpx.Client(base_url=server.url, headers=headers, timeout=30, verify=NO_TLS) as client,
    ):
        yield client


@pytest.fixture
def agent(unmetered: httpx.Client) -> httpx.Client:
    return unmetered


def answers_of(agent: httpx.Client, method: str, path: str, name: str, keys: Any) -> list[str]:
    """Every answer that is a server error, with what caused it."""
    found = []
    for key in keys:
        for value in WRONG:
            reply = agent.request(method, path, json={name: {key: value}})
            if reply.status_code >= 500:
                found.append(f"{method} {path} {key}={value!r}: {reply.status_code}")
    return found


def test_no_value_of_a_ticket_is_a_server_error(
    agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    path = f"/api/v2/tickets/{make_ticket()['id']}"

    assert answers_of(agent, "PUT", path, "ticket", TICKET) == []
    assert answers_of(agent, "POST", "/api/v2/tickets", "ticket", TICKET) == []


def test_no_value_of_a_comment_is_a_server_error(
    agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    path = f"/api/v2/tickets/{make_ticket()['id']}"
    found = []
    for key in COMMENT:
        for value in WRONG:
            given = {"ticket": {"comment": {"body": "x", key: value}}}
            reply = agent.put(path, json=given)
            if reply.status_code >= 500:
                found.append(f"{key}={value!r}")

    assert found == []


@pytest.mark.parametrize(
    ("kind", "keys", "whole"),
    [
        ("trigger", RULE, {"title": "t", "all": [], "actions": []}),
        ("automation", RULE, {"title": "t"}),
        ("macro", RULE, {"title": "t"}),
        ("view", RULE, {"title": "t"}),
        ("trigger_category", ("name", "position"), {}),
        ("ticket_field", FIELD, {"type": "tagger", "title": "t"}),
        ("ticket_form", ("name", "ticket_field_ids", "active", "agent_conditions"), {}),
        ("webhook", WEBHOOK, {"name": "w"}),
        ("group", ("name", "description"), {}),
        ("group_membership", ("user_id", "group_id", "default"), {}),
    ],
)
def test_no_value_of_a_made_object_is_a_server_error(
    kind: str, keys: tuple[str, ...], whole: dict[str, Any], agent: httpx.Client
) -> None:
    plural = {"trigger_category": "trigger_categories"}.get(kind, f"{kind}s")
    found = []
    for key in keys:
        for value in WRONG:
            reply = agent.post(f"/api/v2/{plural}", json={kind: {**whole, key: value}})
            if reply.status_code >= 500:
                found.append(f"{key}={value!r}")

    assert found == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"7", b"null", b'"x"', b"{", b"\xff", b'{"ticket":5}']
)
@pytest.mark.parametrize(
    "path",
    [
        *(
            "/api/v2/tickets",
            "/api/v2/triggers",
            "/api/v2/webhooks",
            "/api/v2/apps",
            "/oauth/tokens",
        ),
        *("/api/v2/apps/installations", "/api/v2/apps/uploads", "/api/v2/webhooks/test"),
    ],
)
def test_a_body_that_is_no_object_is_a_client_error(
    path: str, body: bytes, agent: httpx.Client
) -> None:
    reply = agent.post(path, content=body, headers={"Content-Type": "application/json"})

    assert 400 <= reply.status_code < 500


@pytest.mark.parametrize(
    "path",
    [
        "/api/v2/search?query=x&page=a",
        "/api/v2/search?query=updated>nonsense",
        "/api/v2/search?query=status:&per_page=0",
        "/api/v2/incremental/tickets/cursor?start_time=x",
        "/api/v2/incremental/tickets/cursor?start_time=1&per_page=x",
        "/api/v2/incremental/tickets/cursor?cursor=%ff",
        "/api/v2/tickets?page[size]=x",
        "/api/v2/tickets?page[after]=x",
        "/api/v2/tickets/show_many?ids=a,b",
        "/api/v2/triggers?page=0",
        "/api/v2/apps/job_statuses/x",
        "/api/v2/triggers/999999999999999999999999",
    ],
)
def test_a_query_that_makes_no_sense_is_a_client_error(path: str, agent: httpx.Client) -> None:
    assert agent.get(path).status_code < 500


def test_the_answer_names_the_attribute(agent: httpx.Client, make_ticket: MakeTicket) -> None:
    reply = agent.put(f"/api/v2/tickets/{make_ticket()['id']}", json={"ticket": {"tags": {"a": 1}}})

    assert reply.status_code == 400
    assert reply.json()["error"]["title"] == "Invalid attribute"
    assert "tags" in reply.json()["error"]["message"]


def test_no_accepted_condition_breaks_a_later_update(
    agent: httpx.Client,
) -> None:
    broken = []
    for name, operators in OPERATORS.items():
        for operator in operators:
            for value in (None, "", "x", 7, ["a"], {"a": 1}, True):
                item = {"field": name, "operator": operator, "value": value}
                given = {"title": "t", "all": [item],
                         "actions": [{"field": "current_tags", "value": "fired"}]}  # fmt: skip
                made = agent.post("/api/v2/triggers", json={"trigger": given})
                reply = agent.post("/api/v2/tickets", json={"ticket": {"comment": {"body": "x"}}})
                if made.status_code >= 500 or reply.status_code >= 500:
                    broken.append((name, operator, value))
                if made.status_code == 201:
                    agent.delete(f"/api/v2/triggers/{made.json()['trigger']['id']}")

    assert broken == []


def test_no_accepted_action_breaks_a_later_update(
    agent: httpx.Client,
) -> None:
    broken = []
    for name in sorted(TRIGGER_ACTIONS):
        for value in (None, "", "x", 7, ["a"], ["a", "b"], {"a": 1}, True, [["a"], {}]):
            always = [{"field": "update_type", "operator": "is", "value": "Create"}]
            actions = [{"field": name, "value": value}]
            given = {"title": "t", "all": always, "actions": actions}
            made = agent.post("/api/v2/triggers", json={"trigger": given})
            reply = agent.post("/api/v2/tickets", json={"ticket": {"comment": {"body": "x"}}})
            if made.status_code >= 500 or reply.status_code >= 500:
                broken.append((name, value))
            if made.status_code == 201:
                agent.delete(f"/api/v2/triggers/{made.json()['trigger']['id']}")

    assert broken == []
