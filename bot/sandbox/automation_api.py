"""Automations over HTTP: kept and checked, never run; a lint of foreign rules must find them."""

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, jsonify

from bot.sandbox.actions import TRIGGER_ACTIONS
from bot.sandbox.conditions import OPERATORS
from bot.sandbox.crud import Resource, serve
from bot.sandbox.paging import page_of
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.replies import invalid
from bot.sandbox.requests_in import host
from bot.sandbox.rule_checks import check_actions, check_conditions, read_conditions
from bot.sandbox.state import Record

api = Blueprint("automations", __name__, url_prefix="/api/v2")

_HOURS: Final = ("is", "less_than", "greater_than")
#: Hours since something happened: what an automation has and a trigger has not.
_SINCE: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(
    (
        *("NEW", "OPEN", "PENDING", "SOLVED", "CLOSED", "assigned_at", "updated_at"),
        *("requester_updated_at", "assignee_updated_at", "due_date", "until_due_date"),
    ),
    _HOURS,
)
_OF_AN_UPDATE: Final = frozenset({"update_type", "comment_is_public", "current_via_id", "role"})
_LEGAL: Final = {
    **{name: words for name, words in OPERATORS.items() if name not in _OF_AN_UPDATE},
    **_SINCE,
}


def _fresh(box: Pocket) -> Record:
    return {
        "title": "",
        "active": True,
        "position": len(box.store.all("automation")) + 1,
        "default": False,
        "conditions": {},
        "actions": [],
    }


def _check(box: Pocket, merged: Record) -> Record:
    if not merged["title"]:
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    given: Record = {key: merged.pop(key) for key in ("all", "any") if key in merged}
    conditions = read_conditions(given or merged)
    checked = check_conditions(box.store, conditions, _LEGAL)
    if not any(item["field"] in _SINCE for item in conditions["all"]):
        raise invalid("base", "Automations need a time-based condition in the `all` section")
    actions = check_actions(box.store, merged["actions"], TRIGGER_ACTIONS)
    return {**merged, "raw_title": merged["title"], "conditions": checked, "actions": actions}


AUTOMATIONS: Final = Resource(
    kind="automation",
    plural="automations",
    known=frozenset({"title", "active", "position", "conditions", "all", "any", "actions"}),
    fresh=_fresh,
    check=_check,
)


@api.get("/automations/active")
def active() -> Response:
    """Active automations only."""
    found = [AUTOMATIONS.present(item) for item in pocket().store.all("automation")
             if item["active"]]  # fmt: skip
    return jsonify(page_of(found, "automations", host()))


@api.get("/automations/search")
def search() -> Response:
    """All automations: a filter by title is not what anybody needs here."""
    found = [AUTOMATIONS.present(item) for item in pocket().store.all("automation")]
    return jsonify(page_of(found, "automations", host()))


serve(api, AUTOMATIONS)
