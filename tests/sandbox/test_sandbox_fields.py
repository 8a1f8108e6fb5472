"""Fields and their options, macros, views, forms: what provisioning touches."""

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import MakeTicket

OPTIONS = [
    {"name": "DNS", "value": "cl_scenario_dns"},
    {"name": "Proxy", "value": "cl_scenario_proxy"},
]


@pytest.fixture
def scenario(agent: httpx.Client) -> dict[str, Any]:
    return make_field(agent, type="tagger", title="Scenario", custom_field_options=OPTIONS)


def make_field(agent: httpx.Client, **given: Any) -> dict[str, Any]:
    reply = agent.post("/api/v2/ticket_fields.json", json={"ticket_field": given})
    assert reply.status_code == 201, reply.text
    return dict(reply.json()["ticket_field"])


def value_of(ticket: dict[str, Any], field: dict[str, Any]) -> Any:
    return next(item["value"] for item in ticket["custom_fields"] if item["id"] == field["id"])


def test_a_fresh_field_has_no_key_and_options_get_ids(scenario: dict[str, Any]) -> None:
    assert scenario["key"] is None
    assert [option["value"] for option in scenario["custom_field_options"]] == [
        "cl_scenario_dns",
        "cl_scenario_proxy",
    ]
    assert all(option["id"] > 2**32 for option in scenario["custom_field_options"])


def test_a_put_that_forgets_an_option_takes_it_from_tickets_and_macros(
    agent: httpx.Client, scenario: dict[str, Any], make_ticket: MakeTicket
) -> None:
    set_to_dns = [{"id": scenario["id"], "value": "cl_scenario_dns"}]
    ticket = make_ticket(custom_fields=set_to_dns, tags=["keep"])
    change = {"ticket_field": {"custom_field_options": OPTIONS[1:]}}
    action = {"field": f"custom_fields_{scenario['id']}", "value": "cl_scenario_dns"}
    other = {"field": "status", "value": "open"}
    macro = {"macro": {"title": "m", "actions": [action, other]}}
    macro_id = agent.post("/api/v2/macros", json=macro).json()["macro"]["id"]

    agent.put(f"/api/v2/ticket_fields/{scenario['id']}", json=change)

    shown = agent.get(f"/api/v2/tickets/{ticket['id']}").json()["ticket"]
    assert value_of(shown, scenario) is None
    assert shown["tags"] == ["keep"]
    assert agent.get(f"/api/v2/macros/{macro_id}").json()["macro"]["actions"] == [other]


def test_options_are_inserted_changed_and_deleted_one_by_one(
    agent: httpx.Client, scenario: dict[str, Any]
) -> None:
    address = f"/api/v2/ticket_fields/{scenario['id']}/options"
    option = {"custom_field_option": {"name": "TLS", "value": "cl_scenario_tls"}}

    made = agent.post(address, json=option)
    key = made.json()["custom_field_option"]["id"]
    renamed = {"custom_field_option": {"id": key, "name": "TLS!", "value": "cl_scenario_tls"}}
    changed = agent.post(address, json=renamed)
    gone = agent.delete(f"{address}/{key}")

    assert (made.status_code, changed.status_code, gone.status_code) == (201, 200, 204)
    assert changed.json()["custom_field_option"]["name"] == "TLS!"
    assert agent.get(address).json()["count"] == 2


def test_the_type_of_a_field_is_fixed(agent: httpx.Client, scenario: dict[str, Any]) -> None:
    change = {"ticket_field": {"type": "text", "title": "New"}}

    reply = agent.put(f"/api/v2/ticket_fields/{scenario['id']}", json=change)

    assert (reply.json()["ticket_field"]["type"], reply.json()["ticket_field"]["title"]) == (
        "tagger",
        "New",
    )


def test_a_tag_serves_one_field_only(agent: httpx.Client, scenario: dict[str, Any]) -> None:
    given = {"type": "tagger", "title": "Other", "custom_field_options": OPTIONS[:1]}

    reply = agent.post("/api/v2/ticket_fields", json={"ticket_field": given})

    assert reply.status_code == 422


def test_a_drop_down_value_is_a_tag(scenario: dict[str, Any], make_ticket: MakeTicket) -> None:
    value = [{"id": scenario["id"], "value": "cl_scenario_proxy"}]

    ticket = make_ticket(custom_fields=value, tags=["a"])

    assert ticket["tags"] == ["a", "cl_scenario_proxy"]
    assert value_of(ticket, scenario) == "cl_scenario_proxy"


def test_another_value_takes_the_old_ones_tag_along(
    agent: httpx.Client, scenario: dict[str, Any], make_ticket: MakeTicket
) -> None:
    value = [{"id": scenario["id"], "value": "cl_scenario_proxy"}]
    address = f"/api/v2/tickets/{make_ticket(custom_fields=value)['id']}"
    other = {"ticket": {"custom_fields": [{"id": scenario["id"], "value": "cl_scenario_dns"}]}}

    assert agent.put(address, json=other).json()["ticket"]["tags"] == ["cl_scenario_dns"]


def test_setting_all_tags_clears_the_drop_down(
    agent: httpx.Client, scenario: dict[str, Any], make_ticket: MakeTicket
) -> None:
    value = [{"id": scenario["id"], "value": "cl_scenario_proxy"}]
    address = f"/api/v2/tickets/{make_ticket(custom_fields=value)['id']}"

    cleared = agent.put(address, json={"ticket": {"tags": ["a"]}}).json()["ticket"]
    by_tag = agent.put(address, json={"ticket": {"tags": ["cl_scenario_dns"]}}).json()["ticket"]

    assert value_of(cleared, scenario) is None
    assert value_of(by_tag, scenario) == "cl_scenario_dns"


def test_tags_and_field_in_one_put_go_together(
    agent: httpx.Client, scenario: dict[str, Any], make_ticket: MakeTicket
) -> None:
    ticket = make_ticket(tags=["cloud-licensing"])
    change = {
        "tags": ["cloud-licensing", "cl_scenario_dns"],
        "custom_fields": [{"id": scenario["id"], "value": "cl_scenario_dns"}],
    }

    shown = agent.put(f"/api/v2/tickets/{ticket['id']}", json={"ticket": change}).json()["ticket"]

    assert shown["tags"] == ["cl_scenario_dns", "cloud-licensing"]
    assert value_of(shown, scenario) == "cl_scenario_dns"


def test_an_unknown_option_is_refused_and_an_unknown_field_ignored(
    agent: httpx.Client, scenario: dict[str, Any], make_ticket: MakeTicket
) -> None:
    address = f"/api/v2/tickets/{make_ticket()['id']}"
    wrong = {"ticket": {"custom_fields": [{"id": scenario["id"], "value": "nonsense"}]}}
    unknown = {"ticket": {"custom_fields": [{"id": 1, "value": "x"}]}}

    assert agent.put(address, json=wrong).status_code == 422
    assert agent.put(address, json=unknown).status_code == 200


def test_a_checkbox_is_its_tag(agent: httpx.Client, make_ticket: MakeTicket) -> None:
    field = make_field(agent, type="checkbox", title="Urgent?", tag="is_urgent")
    address = f"/api/v2/tickets/{make_ticket()['id']}"

    ticked = {"ticket": {"custom_fields": [{"id": field["id"], "value": True}]}}
    shown = agent.put(address, json=ticked).json()["ticket"]
    cleared = agent.put(address, json={"ticket": {"tags": []}}).json()["ticket"]

    assert (shown["tags"], value_of(shown, field)) == (["is_urgent"], True)
    assert value_of(cleared, field) is False


def test_numbers_are_checked(agent: httpx.Client, make_ticket: MakeTicket) -> None:
    field = make_field(agent, type="integer", title="Seats")
    address = f"/api/v2/tickets/{make_ticket()['id']}"

    wrong = {"ticket": {"custom_fields": [{"id": field["id"], "value": "many"}]}}

    assert agent.put(address, json=wrong).status_code == 422


def test_applying_a_macro_only_previews(agent: httpx.Client, make_ticket: MakeTicket) -> None:
    macro = {
        "title": "Cloud licensing::Run the probes",
        "actions": [
            {"field": "current_tags", "value": "cl_run_probes"},
            {"field": "comment_value", "value": ["channel:all", "Looking into it."]},
            {"field": "comment_mode_is_public", "value": "false"},
            {"field": "status", "value": "open"},
        ],
    }
    made = agent.post("/api/v2/macros.json", json={"macro": macro})
    key, ticket = made.json()["macro"]["id"], make_ticket(tags=["a"])

    alone = agent.get(f"/api/v2/macros/{key}/apply").json()["result"]["ticket"]
    applied = agent.get(f"/api/v2/tickets/{ticket['id']}/macros/{key}/apply.json").json()

    assert made.status_code == 201
    assert alone["tags"] == ["cl_run_probes"]
    assert applied["result"]["ticket"]["tags"] == ["a", "cl_run_probes"]
    assert applied["result"]["ticket"]["comment"] == {"body": "Looking into it.", "public": False}
    assert agent.get(f"/api/v2/tickets/{ticket['id']}").json()["ticket"]["tags"] == ["a"]


def test_a_macro_put_replaces_all_actions(agent: httpx.Client) -> None:
    actions = [{"field": "current_tags", "value": "a"}, {"field": "status", "value": "open"}]
    made = agent.post("/api/v2/macros", json={"macro": {"title": "m", "actions": actions}})
    address = f"/api/v2/macros/{made.json()['macro']['id']}"

    shown = agent.put(address, json={"macro": {"actions": actions[:1]}}).json()["macro"]

    assert shown["actions"] == actions[:1]


def test_a_view_holds_the_tickets_that_match(agent: httpx.Client, make_ticket: MakeTicket) -> None:
    tagged = {"field": "current_tags", "operator": "includes", "value": "cloud-licensing"}
    unsolved = {"field": "status", "operator": "less_than", "value": "solved"}
    view = {"title": "Cloud licensing", "all": [tagged, unsolved],
            "output": {"columns": ["status", "requester"]}}  # fmt: skip
    made = agent.post("/api/v2/views", json={"view": view}).json()["view"]
    mine = make_ticket(tags=["cloud-licensing"])
    make_ticket(tags=["cloud-licensing"], status="solved")

    held = agent.get(f"/api/v2/views/{made['id']}/tickets").json()["tickets"]
    count = agent.get(f"/api/v2/views/{made['id']}/count").json()["view_count"]

    assert [ticket["id"] for ticket in held] == [mine["id"]]
    assert count["value"] == 1
    assert made["conditions"]["all"] == [tagged, unsolved]
    assert [column["id"] for column in made["execution"]["columns"]] == ["status", "requester"]


def test_groups_users_and_forms_are_there_to_look_up(agent: httpx.Client) -> None:
    groups = agent.get("/api/v2/groups.json").json()["groups"]
    forms = agent.get("/api/v2/ticket_forms.json").json()["ticket_forms"]
    users = agent.get("/api/v2/users/search.json?query=email:bot@desk.example").json()["users"]

    assert groups[0]["name"] == "Support"
    assert forms[0]["default"] is True
    assert users[0]["name"] == "Cloud Licensing Bot"
