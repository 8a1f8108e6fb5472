"""Triggers and their categories over HTTP."""

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.actions import TRIGGER_ACTIONS
from bot.sandbox.conditions import CUSTOM_OPERATORS, OPERATORS
from bot.sandbox.crud import Resource, serve
from bot.sandbox.paging import page_of
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.replies import ApiError, invalid
from bot.sandbox.requests_in import host, whole_body
from bot.sandbox.rule_checks import check_actions, check_conditions, read_conditions
from bot.sandbox.state import Record
from bot.sandbox.triggers import in_order
from bot.sandbox.values import custom_fields

api = Blueprint("triggers", __name__, url_prefix="/api/v2")


def _fresh(box: Pocket) -> Record:
    last = max((trigger["position"] for trigger in box.store.all("trigger")), default=0)
    return {
        "title": "",
        "description": None,
        "active": True,
        "category_id": None,
        "position": last + 1,
        "default": False,
        "conditions": {},
        "actions": [],
    }


def _check(box: Pocket, merged: Record) -> Record:
    if not merged["title"]:
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    given: Record = {key: merged.pop(key) for key in ("all", "any") if key in merged}
    conditions = read_conditions(given or merged)
    if not isinstance(merged["position"], int):
        merged["position"] = _fresh(box)["position"]
    return {
        **merged,
        "raw_title": merged["title"],
        "category_id": str(merged["category_id"]) if merged["category_id"] else None,
        "conditions": check_conditions(box.store, conditions),
        "actions": check_actions(box.store, merged["actions"], TRIGGER_ACTIONS),
    }


TRIGGERS = Resource(
    kind="trigger",
    plural="triggers",
    known=frozenset(
        {"title", "description", "active", "category_id", "position", "conditions"}
        | {"all", "any", "actions"}
    ),
    fresh=_fresh,
    check=_check,
    listing=lambda box: in_order(box.store),
)


def _present(trigger: Record) -> Record:
    return TRIGGERS.present(trigger)


@api.get("/triggers/search")
def search() -> Response:
    """Triggers whose title holds the words of `query`."""
    words = request.args.get("query", "").lower().split()
    found = [
        _present(trigger)
        for trigger in in_order(pocket().store)
        if all(word in trigger["title"].lower() for word in words)
    ]
    return jsonify(page_of(found, "triggers", host()))


@api.get("/triggers/active")
def active() -> Response:
    """Active triggers only."""
    found = [_present(trigger) for trigger in in_order(pocket().store) if trigger["active"]]
    return jsonify(page_of(found, "triggers", host()))


@api.get("/triggers/definitions")
def definitions() -> Response:
    """Return this account's legal fields, operators and actions."""
    box = pocket()
    customs = {f"custom_fields_{item['id']}": item["title"] for item in custom_fields(box.store)}
    conditions = [_condition(name, name, operators) for name, operators in OPERATORS.items()]
    conditions += [_condition(key, title, CUSTOM_OPERATORS) for key, title in customs.items()]
    actions = [_action(name, name) for name in sorted(TRIGGER_ACTIONS)]
    actions += [_action(key, title) for key, title in customs.items()]
    lists = {"conditions_all": conditions, "conditions_any": conditions, "actions": actions}
    return jsonify({"definitions": lists})


@api.put("/triggers/reorder")
def reorder() -> Response:
    """New order; needs every id and a single category."""
    box, ids = pocket(), [str(key) for key in whole_body().get("trigger_ids", [])]
    known = in_order(box.store)
    if len({trigger["category_id"] for trigger in known}) > 1:
        text = "Triggers of several categories cannot be reordered at once"
        raise ApiError(400, {"error": "LimitOneCategory", "description": text})
    if sorted(ids) != sorted(str(trigger["id"]) for trigger in known):
        raise ApiError(400, {"error": "BadRequest", "description": "every trigger id is needed"})
    with box.store.transaction():
        for position, key in enumerate(ids, start=1):
            trigger = box.store.get("trigger", key) or {}
            box.store.put("trigger", {**trigger, "position": position})
    return jsonify(page_of([_present(item) for item in in_order(box.store)], "triggers", host()))


@api.put("/triggers/update_many")
def update_many() -> Response:
    """Change position, active or category of many; other keys are ignored."""
    box = pocket()
    with box.store.transaction():
        changed = [
            box.store.put("trigger", {**trigger, **_small(item)})
            for item in whole_body().get("triggers", [])
            if (trigger := box.store.get("trigger", item.get("id")))
        ]
    return jsonify(page_of([_present(item) for item in changed], "triggers", host()))


def _small(item: Record) -> Record:
    return {key: item[key] for key in ("position", "active", "category_id") if key in item}


def _condition(subject: str, title: str, operators: tuple[str, ...]) -> Record:
    words = [{"value": word, "title": word.replace("_", " "), "terminal": word in {"changed", ""}}
             for word in operators]  # fmt: skip
    return {"title": title, "subject": subject, "type": "list", "group": "ticket",
            "nullable": False, "repeatable": True, "operators": words}  # fmt: skip


def _action(subject: str, title: str) -> Record:
    return {"title": title, "subject": subject, "type": "list", "group": "ticket",
            "nullable": False, "repeatable": False}  # fmt: skip


serve(api, TRIGGERS)
serve(
    api,
    Resource(
        kind="trigger_category",
        plural="trigger_categories",
        known=frozenset({"name", "position"}),
        fresh=lambda box: {"position": len(box.store.all("trigger_category"))},
        textual_id=True,
    ),
)
