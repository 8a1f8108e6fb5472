"""Our triggers run in the order of the files; those of others keep their places."""

from typing import Any

import pytest

from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision import apply, plan
from bot.zendesk.provision.refusals import Refusal
from bot.zendesk.provision.undo import undo
from bot.zendesk.session import ZendeskSession
from bot.zendesk.trigger_order import places_for
from tests.zendesk.keeping import Kept
from tests.zendesk.provisioned import SETTINGS, held, writes
from tests.zendesk.stub_zendesk import Handler, StubZendesk, answers, drops


def in_order(zendesk: StubZendesk) -> list[str]:
    every = sorted(held(zendesk, "triggers"), key=lambda item: item["position"])
    return [item["title"].removeprefix("Cloud licensing bot: ") for item in every]


def drag(zendesk: StubZendesk, title: str, position: float) -> None:
    (one,) = [item for item in held(zendesk, "triggers") if item["title"].endswith(title)]
    one["position"] = position


def add_theirs(zendesk: StubZendesk, position: float) -> None:
    theirs: dict[str, Any] = {
        "id": 7, "title": "Theirs", "active": False, "description": None, "actions": [],
        "category_id": None, "conditions": {"all": [], "any": []}, "position": position,
    }  # fmt: skip
    zendesk.state.collections["triggers"]["7"] = theirs


@pytest.fixture
def stirred(zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects) -> StubZendesk:
    """An account in which somebody dragged a trigger of ours to the end, below one of theirs."""
    apply(account, files, SETTINGS)
    for item in held(zendesk, "triggers"):
        item["position"] += 1
    add_theirs(zendesk, 4)
    for item in held(zendesk, "triggers"):
        item["position"] += item["position"] >= 4 and item["id"] != 7
    drag(zendesk, "new ticket with files", 99)
    zendesk.seen.clear()
    return zendesk


def test_an_order_that_somebody_changed_is_shown_and_put_right_in_one_write(
    stirred: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    planned = plan(account, files, SETTINGS)
    (changed,) = [step for step in planned.steps if step.verb != "keep"]
    applied = apply(account, files, SETTINGS)

    assert changed.kind == "order"
    (change,) = changed.changes
    assert change.old == [*change.new[1:], change.new[0]]  # type: ignore[index]  # a list
    assert applied.writes == 1
    assert writes(stirred) == ["PUT /api/v2/triggers/update_many"]
    ours = [title for title in in_order(stirred) if title != "Theirs"]
    assert ours == [
        "new ticket with files", "new ticket", "agent's command", "customer's reply",
        "field changed", "tagged later",
    ]  # fmt: skip
    assert apply(account, files, SETTINGS).writes == 0


def test_a_trigger_that_is_made_again_goes_back_to_its_place(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    applied = apply(account, files, SETTINGS)
    del zendesk.state.collections["triggers"][applied.ids["trigger"]["new_ticket"]]

    planned = plan(account, files, SETTINGS)
    again = apply(account, files, SETTINGS)

    assert planned.writes == again.writes == 2
    assert in_order(zendesk)[:2] == ["new ticket with files", "new ticket"]
    assert apply(account, files, SETTINGS).writes == 0


def test_a_lost_answer_is_looked_for_and_a_refused_one_says_where_to_do_it_by_hand(
    stirred: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    stirred.fail("PUT", "update_many", answers(404, {"error": "RecordNotFound"}))
    stirred.fail("PUT", "update_many", drops, commit_first=True)

    with pytest.raises(Refusal, match="the order of our triggers could not be set") as refused:
        apply(account, files, SETTINGS)
    applied = apply(account, files, SETTINGS)

    assert "Triggers > Edit order" in str(refused.value)
    assert applied.writes == 1
    assert plan(account, files, SETTINGS).writes == 0


def test_undo_brings_the_former_order_back(
    stirred: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    before, kept = in_order(stirred), Kept()
    apply(account, files, SETTINGS, recorder=kept)

    undone = undo(account, kept.deals)

    assert len(undone.steps) == 1
    ours = [title for title in in_order(stirred) if title != "Theirs"]
    assert ours == [title for title in before if title != "Theirs"]


@pytest.mark.parametrize(
    ("shown", "places"),
    [
        ({"a": 2, "b": 5, "c": 9}, {"a": 2, "b": 5, "c": 9}),
        ({"a": 9, "b": 2, "c": 5}, {"a": 2, "b": 3, "c": 5}),
        ({"a": 7, "b": 8, "c": 0}, {"a": 7, "b": 8, "c": 9}),
        ({"a": 0, "b": 0, "c": 0}, {"a": 0, "b": 1, "c": 2}),
        ({"b": 4}, {"a": 4, "b": 5, "c": 6}),
        ({}, {"a": 0, "b": 1, "c": 2}),
    ],
)
def test_the_most_stay_where_they_are_and_the_places_rise(
    shown: dict[str, int], places: dict[str, int]
) -> None:
    assert places_for(["a", "b", "c"], shown) == places


def test_every_move_names_a_trigger_and_a_place_and_nothing_else(
    stirred: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    seen: list[Any] = []

    def keep(handler: Handler) -> None:
        seen.append(handler.seen.body)
        handler.reply(200, {"triggers": []})

    stirred.fail("PUT", "update_many", keep)
    apply(account, files, SETTINGS)

    ((key, moves),) = seen[0].items()
    assert key == "triggers"
    assert [sorted(move) for move in moves] == [["id", "position"]] * len(files.triggers)
