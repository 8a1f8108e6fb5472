"""`provision` against a real server: plan, apply, nothing on the second run, nothing doubled."""

import json
import re
from dataclasses import replace

import pytest

from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision import (
    Step,
    apply,
    plan,
)
from bot.zendesk.session import ZendeskSession
from tests.zendesk.provisioned import SETTINGS, count, held, titles, writes
from tests.zendesk.stub_rules import definitions
from tests.zendesk.stub_zendesk import Handler, StubZendesk, answers


def test_an_empty_account_gets_everything_and_the_secret_comes_back(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    heard: list[Step] = []

    applied = apply(account, files, SETTINGS, heard.append)

    assert applied.writes == count(files)
    assert [step.kind for step in heard[:3]] == ["category", "webhook", "field"]
    webhook = held(zendesk, "webhooks")[0]
    assert applied.secrets == (f"secret-of-{webhook['id']}=",)
    assert "secret-of" not in repr(applied)
    assert webhook["endpoint"] == "https://bot.example.com/zendesk/events"
    assert webhook["subscriptions"] == ["conditional_ticket_events"]
    assert set(applied.ids["field"]) == set(files.fields)
    assert set(titles(zendesk).values()) == {1}


def test_a_second_run_writes_nothing(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    first = apply(account, files, SETTINGS)
    before = writes(zendesk)

    second = apply(account, files, SETTINGS)

    assert writes(zendesk) == before
    assert second.writes == 0
    assert second.ids == first.ids
    assert plan(account, files, SETTINGS).writes == 0


def test_a_plan_writes_nothing_and_names_what_it_would_do(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    planned = plan(account, files, SETTINGS)

    assert writes(zendesk) == []
    assert {step.verb for step in planned.steps if step.kind not in ("form", "order")} == {"create"}
    assert planned.problems == ()
    assert planned.host == "127.0.0.1"


def test_the_drop_down_holds_the_scenarios_as_tags(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)

    fields = {field["title"]: field for field in held(zendesk, "ticket_fields")}
    options = fields["Cloud licensing: scenario"]["custom_field_options"]
    assert [(option["name"], option["value"]) for option in options] == [
        ("Needs more information", "cl_scenario_needs_info"),
        ("A proxy", "cl_scenario_proxy"),
    ]
    assert fields["Cloud licensing: version"]["type"] == "text"


def test_every_trigger_spares_our_own_updates_and_sends_ids_only(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)

    webhook = held(zendesk, "webhooks")[0]["id"]
    for trigger in held(zendesk, "triggers"):
        conditions = trigger["conditions"]["all"]
        assert {"field": "role", "operator": "is_not", "value": "99"} in conditions
        assert any(
            item["field"] == "current_tags" and item["value"] == "cloud-licensing"
            for item in conditions
        )
        (action,) = [a for a in trigger["actions"] if a["field"] == "notification_webhook"]
        assert action["value"][0] == webhook
        body = json.loads(re.sub(r"\{\{.*?\}\}", "1", action["value"][1]))
        assert list(body) == [
            "ticket_id", "event", "attachments", "updated_at", "actor_id", "ticket_url",
        ]  # fmt: skip
        assert trigger["category_id"] == held(zendesk, "trigger_categories")[0]["id"]


def test_somebody_changed_a_trigger_by_hand_and_only_that_is_put_right(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    trigger = held(zendesk, "triggers")[1]
    wanted = trigger["conditions"]
    trigger["conditions"] = {"all": wanted["all"][:2], "any": []}
    for one in held(zendesk, "triggers"):
        one["position"] += 77

    planned = plan(account, files, SETTINGS)
    apply(account, files, SETTINGS)

    (step,) = [step for step in planned.steps if step.verb != "keep"]
    assert (step.verb, step.kind, step.key) == ("change", "trigger", "new_ticket")
    assert [change.key for change in step.changes] == ["conditions"]
    assert trigger["conditions"] == wanted
    assert writes(zendesk)[-1] == f"PUT /api/v2/triggers/{trigger['id']}"


def test_what_an_admin_switched_off_stays_off(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    held(zendesk, "triggers")[0]["active"] = False
    held(zendesk, "webhooks")[0]["status"] = "inactive"

    assert apply(account, files, SETTINGS).writes == 0
    assert held(zendesk, "triggers")[0]["active"] is False


def test_a_crash_after_every_single_write_ends_in_the_same_state_without_doubles(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    class Crash(BaseException):
        pass

    def crash_after_a_write(step: Step) -> None:
        if step.verb != "keep":
            raise Crash

    for _ in range(count(files)):
        with pytest.raises(Crash):
            apply(account, files, SETTINGS, crash_after_a_write)
    applied = apply(account, files, SETTINGS, crash_after_a_write)

    assert applied.writes == 0
    assert set(titles(zendesk).values()) == {1}


def test_conditions_that_this_account_does_not_offer_are_left_out(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    def offer_less(handler: Handler) -> None:
        state = handler.zendesk.state
        handler.reply(200, definitions(state, "is", "is_not", "present", "not_present"))

    zendesk.fail("GET", "definitions", offer_less, times=99)

    apply(account, files, SETTINGS)
    planned = plan(account, files, SETTINGS)

    assert "triggers: Cloud licensing bot: field changed" not in titles(zendesk)
    assert len(planned.left_out) == 1
    assert planned.writes == 0


@pytest.mark.parametrize("status", [403, 404])
def test_without_definitions_only_what_every_account_offers_is_used(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects, status: int
) -> None:
    zendesk.fail("GET", "definitions", answers(status, {"error": "RecordNotFound"}), times=99)

    planned = plan(account, files, SETTINGS)
    applied = apply(account, files, SETTINGS)

    (line,) = planned.left_out
    assert "trigger definitions cannot be read (triggers.definitions: not " in line
    assert "an admin as its user, then run `provision apply` again" in line
    assert planned.writes == applied.writes
    assert "field_change" not in applied.ids["trigger"]
    assert len(applied.ids["trigger"]) == len(files.triggers) - 1


def test_the_field_trigger_stands_where_changed_is_offered(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    applied = apply(account, files, SETTINGS)

    trigger = zendesk.state.collections["triggers"][applied.ids["trigger"]["field_change"]]
    assert trigger["conditions"]["any"][0] == {
        "field": f"custom_fields_{applied.ids['field']['scenario']}",
        "operator": "changed",
        "value": "",
    }


def test_options_that_others_added_are_never_lost(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    options = held(zendesk, "ticket_fields")[0]["custom_field_options"]
    options.append({"id": 5, "name": "Theirs", "value": "theirs"})
    more = replace(SETTINGS, scenarios={**SETTINGS.scenarios, "new": "New"})

    apply(account, files, more)
    second = apply(account, files, more)

    values = [o["value"] for o in held(zendesk, "ticket_fields")[0]["custom_field_options"]]
    assert values == ["cl_scenario_needs_info", "cl_scenario_proxy", "cl_scenario_new", "theirs"]
    assert second.writes == 0
