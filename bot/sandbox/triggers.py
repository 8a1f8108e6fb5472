"""Runs the account's triggers over an edit, top to bottom, each at most once."""

from bot.sandbox.actions import act
from bot.sandbox.conditions import hold
from bot.sandbox.edit import Edit
from bot.sandbox.state import Record, Store


def in_order(store: Store) -> list[Record]:
    """All triggers by position; those without one come last, oldest first."""
    return sorted(store.all("trigger"), key=lambda trigger: (trigger["position"], trigger["id"]))


def run(edit: Edit) -> None:
    """Fire what matches; after each one the list is looked through again from the top."""
    waiting = [trigger for trigger in in_order(edit.box.store) if trigger["active"]]
    while waiting:
        moment = edit.moment()
        trigger = next((item for item in waiting if hold(item["conditions"], moment)), None)
        if trigger is None:
            return
        waiting.remove(trigger)
        for action in trigger["actions"]:
            act(edit, action, trigger)
