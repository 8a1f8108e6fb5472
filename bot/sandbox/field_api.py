"""Ticket fields and their options over HTTP."""

from typing import Any

from flask import Blueprint, Response, jsonify

from bot.sandbox.crud import Resource, find, serve
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.replies import invalid, not_found
from bot.sandbox.requests_in import body, host
from bot.sandbox.state import Record, Store
from bot.sandbox.values import CUSTOM_TYPES, custom_fields, option_tags

api = Blueprint("fields", __name__, url_prefix="/api/v2")
_MAX_OPTIONS = 2000


def _fresh(box: Pocket) -> Record:
    return {
        "type": None,
        "title": None,
        "description": "",
        "position": len(box.store.all("ticket_field")),
        "active": True,
        "required": False,
        "collapsed_for_agents": False,
        "regexp_for_validation": None,
        "title_in_portal": None,
        "visible_in_portal": False,
        "editable_in_portal": False,
        "required_in_portal": False,
        "agent_description": None,
        "tag": None,
        "key": None,
        "custom_field_options": None,
        "sub_type_id": None,
    }


def _check(box: Pocket, merged: Record) -> Record:
    old = box.store.get("ticket_field", merged["id"])
    if old is None and merged["type"] not in CUSTOM_TYPES:
        raise invalid("type", f"Type: {merged['type']} is not allowed")
    if not merged["title"]:
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    kept = {"type": old["type"]} if old else {}
    fixed = {**merged, **kept, "removable": merged["type"] in CUSTOM_TYPES}
    fixed |= {"raw_title": fixed["title"], "raw_description": fixed.get("description", "")}
    fixed["title_in_portal"] = fixed.get("title_in_portal") or fixed["title"]
    if fixed["type"] in {"tagger", "multiselect"}:
        given = fixed["custom_field_options"] or []
        fixed["custom_field_options"] = _options(box, given, old)
    else:
        fixed.pop("custom_field_options", None)
    _refuse_shared_tags(box.store, fixed)
    if old is not None:
        _forget_lost_options(box, old, fixed)
    return fixed


def _options(box: Pocket, given: list[Record], old: Record | None) -> list[Record]:
    """PUT lists them all: what is missing is gone (facts §5.6)."""
    if len(given) > _MAX_OPTIONS:
        raise invalid("custom_field_options", f"Options: at most {_MAX_OPTIONS}")
    before = (old or {}).get("custom_field_options") or []
    known = {option["value"]: option["id"] for option in before}
    ids = {option["id"] for option in before}
    for option in given:
        if not option.get("name") or not option.get("value"):
            raise invalid("custom_field_options", "Options: name and value are needed")
    return [
        {
            "id": _option_id(option, known, ids) or box.store.next_id(),
            "name": option["name"],
            "raw_name": option["name"],
            "value": option["value"],
            "default": bool(option.get("default")),
        }
        for option in given
    ]


def _option_id(option: Record, known: dict[str, int], ids: set[int]) -> int | None:
    """An option stays the same one by its id, else by its value."""
    return option["id"] if option.get("id") in ids else known.get(option["value"])


def _refuse_shared_tags(store: Store, field: Record) -> None:
    """A tag may serve one field only."""
    ours = option_tags(field)
    for other in custom_fields(store):
        if other["id"] != field["id"] and (shared := ours & option_tags(other)):
            text = f"Options: tag {min(shared)} is already used by {other['title']}"
            raise invalid("custom_field_options", text)


def _forget_lost_options(box: Pocket, old: Record, new: Record) -> None:
    """A missing option vanishes from tickets and macros."""
    lost = option_tags(old) - option_tags(new)
    if not lost:
        return
    key = str(old["id"])
    for ticket in box.store.all("ticket"):
        if lost & set(ticket["tags"]):
            tags = [tag for tag in ticket["tags"] if tag not in lost]
            values = {**ticket["values"], key: None}
            box.store.put("ticket", {**ticket, "tags": tags, "values": values})
    for macro in box.store.all("macro"):
        kept = [item for item in macro["actions"] if not _sets(item, key, lost)]
        if kept != macro["actions"]:
            box.store.put("macro", {**macro, "actions": kept})


def _sets(action: Record, key: str, tags: set[str]) -> bool:
    return action["field"] == f"custom_fields_{key}" and action["value"] in tags


_FIELDS = Resource(
    kind="ticket_field",
    plural="ticket_fields",
    known=frozenset(
        {"type", "title", "raw_title", "description", "position", "active", "required", "tag"}
        | {"collapsed_for_agents", "regexp_for_validation", "title_in_portal", "key", "id"}
        | {"visible_in_portal", "editable_in_portal", "required_in_portal", "agent_description"}
        | {"custom_field_options", "sub_type_id", "raw_description", "relationship_target_type"}
    ),
    fresh=_fresh,
    check=_check,
)
serve(api, _FIELDS)


@api.get("/ticket_fields/<int:key>/options")
def list_options(key: int) -> Response:
    """The options of a drop-down."""
    options = find("ticket_field", key).get("custom_field_options") or []
    return jsonify({"custom_field_options": options, "count": len(options), "next_page": None,
                    "previous_page": None})  # fmt: skip


@api.post("/ticket_fields/<int:key>/options")
def put_option(key: int) -> tuple[Response, int]:
    """Insert one option, or change the one with this id."""
    box, given = pocket(), body("custom_field_option")
    with box.store.transaction():
        field = find("ticket_field", key)
        options: list[Record] = list(field.get("custom_field_options") or [])
        old = next((item for item in options if item["id"] == given.get("id")), None)
        merged: dict[str, Any] = {"default": False, **(old or {"id": box.store.next_id()}), **given}
        merged["raw_name"] = merged.get("name")
        others = [merged if item is old else item for item in options]
        listed = others if old else [*options, merged]
        box.store.put("ticket_field", _check(box, {**field, "custom_field_options": listed}))
    shown = next(o for o in find("ticket_field", key)["custom_field_options"]
                 if o["value"] == merged["value"])  # fmt: skip
    url = f"{host()}/api/v2/ticket_fields/{key}/options/{shown['id']}.json"
    return jsonify({"custom_field_option": {**shown, "url": url}}), 200 if old else 201


@api.delete("/ticket_fields/<int:key>/options/<int:option_id>")
def delete_option(key: int, option_id: int) -> tuple[str, int]:
    """Remove one option; tickets lose it."""
    box = pocket()
    with box.store.transaction():
        field = find("ticket_field", key)
        options = field.get("custom_field_options") or []
        kept = [item for item in options if item["id"] != option_id]
        if len(kept) == len(options):
            raise not_found()
        box.store.put("ticket_field", _check(box, {**field, "custom_field_options": kept}))
    return "", 204
