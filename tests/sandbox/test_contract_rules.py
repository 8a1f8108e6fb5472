"""Webhooks, triggers, macros, views, groups against facts/zendesk.md §2, §3, §6 and §7."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from bot.sandbox.account import BOT_USER_ID, GROUP_ID
from bot.sandbox.limits import Limits
from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import FAST, NO_TLS, MakeTicket

Make = Callable[..., dict[str, Any]]
HOURS = {"field": "updated_at", "operator": "greater_than", "value": "24"}
TAG = [{"field": "current_tags", "value": "x"}]


def test_a_webhook_shows_what_was_recorded_and_no_secret(make_webhook: Make) -> None:
    made = make_webhook(authentication={
        "type": "basic_auth", "add_position": "header",
        "data": {"username": "u", "password": "hidden"},
    })  # fmt: skip

    assert {"id", "name", "status", "subscriptions", "created_at", "created_by", "endpoint",
            "http_method", "request_format", "authentication"} <= set(made)  # fmt: skip
    assert "signing_secret" not in made
    assert len(made["id"]) == 26
    assert isinstance(made["created_by"], str)
    assert len(made["created_at"].partition(".")[2]) == len("123456789Z")
    assert made["authentication"]["data"] == {"username": "u"}


@pytest.mark.parametrize("change", [{"http_method": "GET"}, {"request_format": "xml"}])
def test_event_subscriptions_are_post_and_json(change: dict[str, str], agent: httpx.Client) -> None:
    given = {
        "name": "e",
        "endpoint": "https://b.example.com/x",
        "http_method": "POST",
        "request_format": "json",
        "subscriptions": ["zen:event-type:ticket.created"],
    }

    good = agent.post("/api/v2/webhooks", json={"webhook": given})
    bad = agent.post("/api/v2/webhooks", json={"webhook": {**given, **change}})

    assert (good.status_code, bad.status_code) == (201, 400)
    assert set(bad.json()["errors"][0]) == {"code", "title", "detail", "source"}


@pytest.mark.parametrize("name", ["external_source", "signing_secret"])
def test_what_admins_cannot_set_of_a_webhook_is_refused(
    name: str, agent: httpx.Client, make_webhook: Make
) -> None:
    key = make_webhook()["id"]

    assert agent.patch(f"/api/v2/webhooks/{key}", json={"webhook": {name: {}}}).status_code == 400


def test_webhooks_of_one_name_are_possible_and_listed_by_cursor(
    agent: httpx.Client, make_webhook: Make
) -> None:
    made = {make_webhook(name="twin")["id"], make_webhook(name="twin")["id"]}

    page = agent.get("/api/v2/webhooks?filter[name_contains]=twi&filter[status]=active").json()

    assert {item["id"] for item in page["webhooks"]} == made
    assert page["meta"]["has_more"] is False
    assert page["links"]["next"]


def test_invocations_have_the_recorded_shape(
    agent: httpx.Client, make_webhook: Make, sandbox: SandboxServer
) -> None:
    key = make_webhook()["id"]
    agent.post(f"/api/v2/webhooks/test?webhook_id={key}", json={"request": {"payload": "{}"}})
    assert sandbox.box.deliverer.wait_until_idle()

    page = agent.get(f"/api/v2/webhooks/{key}/invocations").json()

    assert set(page) == {"invocations", "meta", "links"}
    assert set(page["invocations"][0]) == {"id", "status", "status_code", "latest_completed_at"}


def test_webhooks_and_apps_are_for_admins(
    bot: httpx.Client, sandbox: SandboxServer, make_webhook: Make
) -> None:
    key = make_webhook()["id"]
    user = sandbox.box.store.get("user", BOT_USER_ID) or {}
    sandbox.box.store.put("user", {**user, "role": "agent"})

    assert bot.get(f"/api/v2/webhooks/{key}").status_code == 403
    assert bot.get("/api/v2/apps/owned").status_code == 403
    assert bot.get("/api/v2/triggers").status_code == 200


def test_a_new_trigger_runs_last(make_trigger: Make) -> None:
    first, second = make_trigger(title="a"), make_trigger(title="b")

    assert first["position"] < second["position"]


def test_a_trigger_without_conditions_or_with_an_unknown_webhook_is_invalid(
    agent: httpx.Client,
) -> None:
    call = [{"field": "notification_webhook", "value": ["01NOBODY", "{}"]}]
    always = [{"field": "update_type", "operator": "is", "value": "Create"}]

    bare = agent.post("/api/v2/triggers", json={"trigger": {"title": "t", "actions": TAG}})
    lost = agent.post(
        "/api/v2/triggers", json={"trigger": {"title": "t", "all": always, "actions": call}}
    )

    assert (bare.status_code, lost.status_code) == (422, 422)
    assert bare.json()["details"]["base"][0]["description"]


def test_definitions_give_subject_operators_and_whether_a_value_follows(
    agent: httpx.Client,
) -> None:
    found = agent.get("/api/v2/triggers/definitions").json()["definitions"]

    tags = next(item for item in found["conditions_all"] if item["subject"] == "current_tags")
    assert set(found) == {"conditions_all", "conditions_any", "actions"}
    assert {word["value"] for word in tags["operators"]} == {"includes", "not_includes"}
    assert all("terminal" in word for word in tags["operators"])
    assert "notification_webhook" in {item["subject"] for item in found["actions"]}


def test_automations_are_listed_made_and_need_a_time(agent: httpx.Client) -> None:
    timeless = {"title": "a", "all": [{"field": "status", "operator": "is", "value": "open"}],
                "actions": TAG}  # fmt: skip
    timed = {**timeless, "all": [HOURS, *timeless["all"]]}

    refused = agent.post("/api/v2/automations", json={"automation": timeless})
    made = agent.post("/api/v2/automations", json={"automation": timed})
    listed = agent.get("/api/v2/automations").json()["automations"]

    assert (refused.status_code, made.status_code) == (422, 201)
    assert [item["title"] for item in listed] == ["a"]
    assert listed[0]["conditions"]["all"][0] == HOURS


def test_what_only_an_update_has_is_no_condition_of_an_automation(agent: httpx.Client) -> None:
    item = {"field": "update_type", "operator": "is", "value": "Change"}
    given = {"title": "a", "all": [HOURS, item], "actions": TAG}

    assert agent.post("/api/v2/automations", json={"automation": given}).status_code == 422


def test_macros_name_their_actions_folders_and_whom_they_are_for(agent: httpx.Client) -> None:
    given = {"title": "Cloud licensing::Run probes", "actions": TAG,
             "restriction": {"type": "Group", "ids": [GROUP_ID]}}  # fmt: skip

    made = agent.post("/api/v2/macros", json={"macro": given})
    wrong = agent.post(
        "/api/v2/macros", json={"macro": {**given, "restriction": {"type": "Group", "id": 1}}}
    )

    assert (made.status_code, wrong.status_code) == (201, 422)
    assert agent.get("/api/v2/macros/categories").json() == {"categories": ["Cloud licensing"]}
    assert {"current_tags", "comment_value_html", "comment_mode_is_public"} <= {
        item["field"] for item in agent.get("/api/v2/macros/actions").json()["actions"]
    }
    assert len(agent.get("/api/v2/macros/search?query=probes").json()["macros"]) == 1


def test_a_view_is_made_listed_changed_and_deleted(agent: httpx.Client) -> None:
    given = {"title": "Open", "all": [{"field": "status", "operator": "is", "value": "open"}],
             "output": {"columns": ["subject", "status"]}}  # fmt: skip

    made = agent.post("/api/v2/views", json={"view": given})
    key = made.json()["view"]["id"]
    changed = agent.put(f"/api/v2/views/{key}", json={"view": {"title": "Open ones"}})
    blank = agent.post("/api/v2/views", json={"view": {**given, "title": ""}})

    assert made.status_code == 201
    assert [item["id"] for item in made.json()["view"]["execution"]["columns"]] == [
        "subject", "status"
    ]  # fmt: skip
    assert changed.json()["view"]["title"] == "Open ones"
    assert changed.json()["view"]["conditions"] == made.json()["view"]["conditions"]
    assert blank.status_code == 422
    assert [item["id"] for item in agent.get("/api/v2/views/active").json()["views"]] == [key]
    assert agent.delete(f"/api/v2/views/{key}").status_code == 204


def test_a_forms_conditions_are_deleted_by_an_empty_list(agent: httpx.Client) -> None:
    (form,) = agent.get("/api/v2/ticket_forms").json()["ticket_forms"]
    path = f"/api/v2/ticket_forms/{form['id']}"
    rule = {"parent_field_id": 1, "value": "x", "child_fields": []}

    agent.put(path, json={"ticket_form": {"agent_conditions": [rule]}})
    kept = agent.put(path, json={"ticket_form": {"name": "F"}}).json()["ticket_form"]
    gone = agent.put(path, json={"ticket_form": {"agent_conditions": []}}).json()["ticket_form"]

    assert kept["agent_conditions"] == [rule]
    assert gone["agent_conditions"] == []


def test_groups_are_known_by_membership(agent: httpx.Client) -> None:
    group = agent.post("/api/v2/groups", json={"group": {"name": "Licensing"}}).json()["group"]
    pair = {"user_id": BOT_USER_ID, "group_id": group["id"]}

    made = agent.post("/api/v2/group_memberships", json={"group_membership": pair})
    again = agent.post("/api/v2/group_memberships", json={"group_membership": pair})
    mine = agent.get(f"/api/v2/users/{BOT_USER_ID}/group_memberships?include=groups").json()
    names = [
        item["name"] for item in agent.get(f"/api/v2/users/{BOT_USER_ID}/groups").json()["groups"]
    ]

    assert (made.status_code, again.status_code) == (201, 422)
    assert {item["group_id"] for item in mine["group_memberships"]} == {GROUP_ID, group["id"]}
    assert {item["name"] for item in mine["groups"]} == {"Support", "Licensing"}
    assert names == ["Support", "Licensing"]


@pytest.fixture
def enterprise(loopback: None) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer demo"}
    with (
        SandboxServer(limits=Limits.as_enterprise(), delivery=FAST) as server,
        httpx.Client(base_url=server.url, headers=headers, timeout=30, verify=NO_TLS) as client,
    ):
        yield client


def test_some_lists_have_a_limit_of_their_own(enterprise: httpx.Client) -> None:
    path = "/api/v2/incremental/tickets/cursor?start_time=0"

    replies = [enterprise.get(path) for _ in range(11)]

    assert [reply.status_code for reply in replies] == [200] * 10 + [429]
    assert int(replies[-1].headers["Retry-After"]) > 0
    assert replies[0].headers["zendesk-rate-limit-incremental-tickets"].startswith("total=10;")
    assert replies[0].headers["x-rate-limit"] == "700"
    assert (
        enterprise.get("/api/v2/tickets")
        .headers["zendesk-rate-limit-tickets-index"]
        .startswith("total=100;")
    )


def test_every_answer_of_a_list_without_the_key_in_the_query_is_by_page(
    agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    make_ticket()

    by_page = agent.get("/api/v2/tickets?per_page=1").json()
    by_cursor = agent.get("/api/v2/tickets?page[size]=1").json()

    assert {"count", "next_page", "previous_page"} <= set(by_page)
    assert {"meta", "links"} <= set(by_cursor)
