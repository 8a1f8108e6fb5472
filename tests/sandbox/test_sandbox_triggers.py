"""Triggers: which conditions hold, what the actions do, and what the API refuses."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from bot.sandbox.conditions import Moment, hold
from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import MakeTicket

Make = Callable[..., dict[str, Any]]
TAGGED = {"field": "current_tags", "operator": "includes", "value": "cloud-licensing"}


def ticket(**changes: Any) -> dict[str, Any]:
    given = {
        "subject": "License question",
        "status": "open",
        "priority": None,
        "tags": ["cloud-licensing", "vip"],
        "values": {"7": "cl_scenario_proxy", "8": None},
        "via": "web",
        "requester_id": 11,
    }
    return {**given, **changes}


COMMENT = {"public": True, "plain_body": "the proxy says 407", "attachments": []}


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("current_tags", "includes", "other vip", True),
        ("current_tags", "includes", "other", False),
        ("current_tags", "not_includes", "other", True),
        ("current_tags", "not_includes", "other vip", False),
        ("update_type", "is", "Change", True),
        ("update_type", "is", "Create", False),
        ("comment_is_public", "is", "true", True),
        ("comment_is_public", "is", "false", False),
        ("comment_is_public", "is", "not_relevant", True),
        ("comment_is_public", "is", "requester_can_see_comment", True),
        ("comment_is_public", "is_not", "true", False),
        ("comment_includes_word", "includes", "407 408", True),
        ("comment_includes_word", "not_includes", "407", False),
        ("subject_includes_word", "is", "license question", True),
        ("current_via_id", "is", "5", True),
        ("current_via_id", "is_not", 5, False),
        ("via_id", "is", "0", True),
        ("role", "is", "agent", True),
        ("role", "is_not", "42", False),
        ("role", "is", "end_user", False),
        ("requester_role", "is", "end_user", True),
        ("status", "is", "open", True),
        ("status", "less_than", "solved", True),
        ("status", "greater_than", "open", False),
        ("status", "changed", "", True),
        ("status", "value", "open", True),
        ("status", "value_previous", "new", True),
        ("status", "not_value_previous", "new", False),
        ("priority", "not_changed", "", True),
        ("custom_fields_7", "is", "cl_scenario_proxy", True),
        ("custom_fields_7", "is", "7001", True),
        ("custom_fields_7", "is_not", "cl_scenario_dns", True),
        ("custom_fields_7", "present", "", True),
        ("custom_fields_7", "changed", "", True),
        ("custom_fields_8", "not_present", "", True),
        ("attachment", "", "", False),
    ],
)
def test_a_condition_holds_or_not(field: str, operator: str, value: Any, *, expected: bool) -> None:
    before = ticket(status="new", values={})
    moment = Moment(
        ticket(), before, COMMENT, 42, "admin", "end-user", "api", {"7001": "cl_scenario_proxy"}
    )
    condition = {"field": field, "operator": operator, "value": value}

    assert hold({"all": [condition], "any": []}, moment) is expected


def test_one_of_any_is_enough_but_all_must_hold() -> None:
    yes = {"field": "update_type", "operator": "is", "value": "Create"}
    no = {"field": "update_type", "operator": "is", "value": "Change"}
    created = Moment(ticket())

    assert hold({"all": [yes], "any": [no, yes]}, created)
    assert not hold({"all": [yes], "any": [no]}, created)
    assert not hold({"all": [yes, no], "any": [yes]}, created)


def test_an_attachment_is_seen_in_this_update_only() -> None:
    condition = {"all": [{"field": "attachment", "operator": "", "value": ""}], "any": []}
    comment = {**COMMENT, "attachments": [{"id": 1}]}

    assert hold(condition, Moment(ticket(), ticket(), comment))
    assert not hold(condition, Moment(ticket(), ticket(), None))


def test_a_trigger_fires_on_create_and_its_change_is_in_the_same_audit(
    agent: httpx.Client, make_trigger: Make, make_ticket: MakeTicket
) -> None:
    trigger = make_trigger()

    made = make_ticket(tags=["cloud-licensing"])

    audits = agent.get(f"/api/v2/tickets/{made['id']}/audits").json()["audits"]
    by_rule = [e for e in audits[0]["events"] if (e.get("via") or {}).get("channel") == "rule"]
    assert made["tags"] == ["cloud-licensing", "fired"]
    assert len(audits) == 1
    assert by_rule[0]["via"]["source"]["from"]["id"] == trigger["id"]


def test_a_later_trigger_sees_what_an_earlier_one_did(
    make_trigger: Make, make_ticket: MakeTicket
) -> None:
    fired = {"field": "current_tags", "operator": "includes", "value": "fired"}
    make_trigger(title="first")
    make_trigger(title="second", all=[fired], actions=[{"field": "priority", "value": "high"}])

    assert make_ticket(tags=["cloud-licensing"])["priority"] == "high"


def test_each_trigger_fires_at_most_once_per_update(
    make_trigger: Make, make_ticket: MakeTicket
) -> None:
    low = {"field": "priority", "operator": "is_not", "value": "low"}
    high = {"field": "priority", "operator": "is_not", "value": "high"}
    make_trigger(title="a", all=[low], actions=[{"field": "priority", "value": "low"}])
    make_trigger(title="b", all=[high], actions=[{"field": "priority", "value": "high"}])

    assert make_ticket()["priority"] == "high"


def test_an_inactive_trigger_rests(make_trigger: Make, make_ticket: MakeTicket) -> None:
    make_trigger(active=False)

    assert make_ticket(tags=["cloud-licensing"])["tags"] == ["cloud-licensing"]


def test_the_bots_own_update_is_told_apart_by_its_user_id(
    bot: httpx.Client, sandbox: SandboxServer, make_trigger: Make, make_ticket: MakeTicket
) -> None:
    not_bot = {"field": "role", "operator": "is_not", "value": str(sandbox.bot_user_id)}
    change = {"field": "update_type", "operator": "is", "value": "Change"}
    make_trigger(all=[TAGGED, not_bot, change])
    address = f"/api/v2/tickets/{make_ticket(tags=['cloud-licensing'])['id']}"
    as_agent = {"comment": {"body": "x", "author_id": sandbox.agent_user_id}}

    # The updater is the authenticated user, whatever author the comment names.
    shown = bot.put(address, json={"ticket": as_agent}).json()["ticket"]

    assert "fired" not in shown["tags"]


def test_set_tags_replaces_and_remove_tags_takes_away(
    make_trigger: Make, make_ticket: MakeTicket
) -> None:
    make_trigger(actions=[{"field": "set_tags", "value": "only these"},
                          {"field": "remove_tags", "value": "these"}])  # fmt: skip

    assert make_ticket(tags=["cloud-licensing"])["tags"] == ["only"]


def test_top_level_conditions_come_back_under_conditions(make_trigger: Make) -> None:
    trigger = make_trigger()

    assert trigger["conditions"] == {"all": [TAGGED], "any": []}
    assert "all" not in trigger


def test_put_replaces_both_arrays(agent: httpx.Client, make_trigger: Make) -> None:
    any_of = [{"field": "status", "operator": "is", "value": "open"}]
    trigger = make_trigger(any=any_of)
    change = {"trigger": {"conditions": {"all": [TAGGED]}}}

    reply = agent.put(f"/api/v2/triggers/{trigger['id']}", json=change)

    assert reply.json()["trigger"]["conditions"] == {"all": [TAGGED], "any": []}


@pytest.mark.parametrize(
    "broken",
    [
        {"all": [], "any": []},
        {"all": [{"field": "moon_phase", "operator": "is", "value": "full"}]},
        {"all": [{"field": "current_tags", "operator": "is", "value": "x"}]},
        {"all": [{"field": "custom_fields_123", "operator": "present", "value": ""}]},
        {"actions": [{"field": "send_pigeon", "value": "x"}]},
        {"actions": [{"field": "notification_webhook", "value": ["nope", "{}"]}]},
        {"actions": []},
        {"title": ""},
    ],
)
def test_an_illegal_trigger_is_refused(broken: dict[str, Any], agent: httpx.Client) -> None:
    given = {"title": "t", "all": [TAGGED], "actions": [{"field": "current_tags", "value": "x"}]}

    reply = agent.post("/api/v2/triggers", json={"trigger": {**given, **broken}})

    assert reply.status_code == 422
    assert reply.json()["error"] == "RecordInvalid"


def test_definitions_name_this_accounts_fields_and_operators(agent: httpx.Client) -> None:
    field = {"ticket_field": {"type": "text", "title": "Version"}}
    key = agent.post("/api/v2/ticket_fields", json=field).json()["ticket_field"]["id"]

    definitions = agent.get("/api/v2/triggers/definitions.json").json()["definitions"]

    subjects = {item["subject"]: item for item in definitions["conditions_all"]}
    assert subjects[f"custom_fields_{key}"]["title"] == "Version"
    assert {word["value"] for word in subjects["role"]["operators"]} == {"is", "is_not"}
    assert "notification_webhook" in {item["subject"] for item in definitions["actions"]}


def test_search_finds_triggers_by_title(agent: httpx.Client, make_trigger: Make) -> None:
    make_trigger(title="Cloud licensing: created")
    make_trigger(title="Something else")

    found = agent.get("/api/v2/triggers/search.json?query=cloud created").json()["triggers"]

    assert [trigger["title"] for trigger in found] == ["Cloud licensing: created"]


def test_reorder_needs_every_id_and_one_category(agent: httpx.Client, make_trigger: Make) -> None:
    first, second = make_trigger(title="1")["id"], make_trigger(title="2")["id"]
    address = "/api/v2/triggers/reorder"

    partial = agent.put(address, json={"trigger_ids": [second]})
    whole = agent.put(address, json={"trigger_ids": [second, first]})

    category = {"trigger_category": {"name": "bot"}}
    made = agent.post("/api/v2/trigger_categories", json=category).json()["trigger_category"]
    agent.put(f"/api/v2/triggers/{first}", json={"trigger": {"category_id": made["id"]}})
    mixed = agent.put(address, json={"trigger_ids": [first, second]})

    assert partial.status_code == 400
    assert [trigger["id"] for trigger in whole.json()["triggers"]] == [second, first]
    assert mixed.json()["error"] == "LimitOneCategory"


def test_update_many_changes_position_and_active_only(
    agent: httpx.Client, make_trigger: Make
) -> None:
    trigger = make_trigger(title="stays")
    change = {"id": trigger["id"], "active": False, "position": 9, "title": "new"}

    agent.put("/api/v2/triggers/update_many.json", json={"triggers": [change]})

    shown = agent.get(f"/api/v2/triggers/{trigger['id']}").json()["trigger"]
    assert (shown["active"], shown["position"], shown["title"]) == (False, 9, "stays")


def test_an_option_may_be_named_by_its_id_in_a_condition(
    agent: httpx.Client, make_trigger: Make, make_ticket: MakeTicket
) -> None:
    options = [{"name": "Proxy", "value": "cl_scenario_proxy"}]
    given = {"type": "tagger", "title": "Scenario", "custom_field_options": options}
    field = agent.post("/api/v2/ticket_fields", json={"ticket_field": given}).json()["ticket_field"]
    option_id = field["custom_field_options"][0]["id"]
    name = f"custom_fields_{field['id']}"
    make_trigger(all=[{"field": name, "operator": "is", "value": str(option_id)}])

    made = make_ticket(custom_fields=[{"id": field["id"], "value": "cl_scenario_proxy"}])

    assert "fired" in made["tags"]
