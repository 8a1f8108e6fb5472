"""Rules of others that would fire on the bot's own note are found, and no others."""

from typing import Any

import pytest

from bot.zendesk.foreign import OurUpdate, foreign_rules, may_hold
from bot.zendesk.session import ZendeskSession
from tests.zendesk.provisioned import writes
from tests.zendesk.stub_zendesk import StubZendesk, answers

CHANGE = {"field": "update_type", "operator": "is", "value": "Change"}


def stand(
    zendesk: StubZendesk, plural: str, *every: dict[str, Any], some: Any = (), **more: Any
) -> None:
    items = zendesk.state.collections.setdefault(plural, {})
    number = len(items) + 50
    conditions = {"all": list(every), "any": list(some)}
    items[str(number)] = {
        "id": number, "title": "Theirs", "active": True, "description": None, "actions": [],
        "conditions": conditions,
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("field", "operator", "value", "holds"),
    [
        ("update_type", "is", "Change", True),
        ("update_type", "is", "Create", False),
        ("role", "is_not", "99", False),
        ("role", "is_not", "98", True),
        ("role", "is", "agent", True),
        ("role", "is", "end_user", False),
        ("role", "is_not", "agent", False),
        ("comment_is_public", "is", "true", False),
        ("comment_is_public", "is", "not_relevant", True),
        ("comment_is_public", "is_not", "true", True),
        ("comment_is_public", "is", "requester_can_see_comment", False),
        ("current_via_id", "is_not", "5", False),
        ("current_via_id", "is", "4", False),
        ("current_tags", "not_includes", "vip cl_bot_seen", False),
        ("current_tags", "not_includes", "vip", True),
        ("current_tags", "includes", "vip", True),
        ("status", "changed", "", False),
        ("status", "value", "solved", False),
        ("status", "not_value", "solved", True),
        ("custom_fields_21", "changed", "", True),
        ("custom_fields_22", "changed", "", False),
        ("priority", "is", "high", True),
    ],
)
def test_a_condition_may_hold_after_our_note(
    field: str, operator: str, value: str, *, holds: bool
) -> None:
    condition = {"field": field, "operator": operator, "value": value}

    assert may_hold(condition, OurUpdate(99, frozenset({"21"}))) is holds


def test_a_trigger_on_any_change_is_named_with_the_condition_to_add(
    zendesk: StubZendesk, session: ZendeskSession
) -> None:
    stand(zendesk, "triggers", CHANGE)

    (rule,) = foreign_rules(session, 99, "Licensing bot").rules

    assert (rule.kind, rule.object_id, rule.title) == ("trigger", "50", "Theirs")
    assert rule.add == {"field": "role", "operator": "is_not", "value": "99"}
    assert "Current user - Is not - Licensing bot (id 99)" in rule.where
    assert writes(zendesk) == []


def test_what_spares_us_is_not_named(zendesk: StubZendesk, session: ZendeskSession) -> None:
    spared = {"field": "role", "operator": "is_not", "value": "99"}
    public = {"field": "comment_is_public", "operator": "is", "value": "true"}
    solved = {"field": "status", "operator": "value", "value": "solved"}
    stand(zendesk, "triggers", CHANGE, spared)
    stand(zendesk, "triggers", CHANGE, some=[public, solved])
    stand(zendesk, "triggers", CHANGE, active=False)
    stand(zendesk, "triggers", CHANGE, description="Ours [licensing-bot:new_ticket]")
    stand(zendesk, "automations", {"field": "SOLVED", "operator": "is", "value": "96"})

    assert foreign_rules(session, 99).rules == ()


def test_an_automation_that_counts_from_the_last_update_is_named(
    zendesk: StubZendesk, session: ZendeskSession
) -> None:
    hours = {"field": "updated_at", "operator": "greater_than", "value": "48"}
    stand(zendesk, "automations", hours)
    spared = {"field": "current_tags", "operator": "not_includes", "value": "cl_bot_seen"}
    stand(zendesk, "automations", hours, spared)

    (rule,) = foreign_rules(session, 99).rules

    assert (rule.kind, rule.object_id) == ("automation", "50")
    assert rule.add == spared


@pytest.mark.parametrize("status", [403, 404])
def test_a_list_that_we_may_not_see_is_said_with_the_remedy_and_costs_no_other(
    zendesk: StubZendesk, session: ZendeskSession, status: int
) -> None:
    stand(zendesk, "triggers", CHANGE)
    zendesk.fail("GET", "automations", answers(status, {"error": "Forbidden"}), times=9)

    found = foreign_rules(session, 99)

    assert [rule.title for rule in found.rules] == ["Theirs"]
    (hidden,) = found.unseen
    assert hidden.says.startswith(f"automations of others are not shown to us ({status})")
    assert hidden.remedy.endswith("Admin Center > Objects and rules > Business rules > Automations")
