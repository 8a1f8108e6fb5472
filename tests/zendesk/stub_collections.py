"""The stub's provisioned kinds: strict CRUD, after Zendesk's published API description.

Lists come by cursor with `links.next` always set; ids of webhooks and categories are strings;
changes of webhooks answer 204; no answer ever holds a signing secret; keys that are not known are
dropped and named in `x-zendesk-api-warn`.
"""

from typing import Any

from tests.zendesk.stub_rules import (
    ACTIONS,
    MACRO_ACTIONS,
    check_record,
    definitions,
    refuse_removal,
)
from tests.zendesk.stub_shapes import FRESH, KNOWN, SINGULAR, TEXTUAL, shown, stored
from tests.zendesk.stub_state import NOT_FOUND, Answer, Body, Refused, Seen, State

__all__ = ["collection", "definitions"]


def collection(state: State, seen: Seen, parts: list[str]) -> Answer:
    """Answer a call to one of the collections."""
    name = parts[0]
    if name not in SINGULAR or name in state.lacking:
        return NOT_FOUND
    if parts[1:2] == ["definitions"]:
        return 200, definitions(state), {}
    if parts == ["triggers", "update_many"]:
        return placed(state, seen)
    if parts == ["macros", "actions"]:
        return 200, {"actions": [{"field": f, "title": f} for f in MACRO_ACTIONS]}, {}
    try:
        return _answer(state, seen, name, parts[1:])
    except Refused as refused:
        return refused.answer


def _answer(state: State, seen: Seen, name: str, parts: list[str]) -> Answer:
    items = state.collections.setdefault(name, {})
    if not parts:
        return (
            create(state, name, seen)
            if seen.method == "POST"
            else listing(state, name, seen, items)
        )
    item = items.get(parts[0])
    if item is None:
        return NOT_FOUND
    if parts[1:] == ["signing_secret"]:
        secret = {"secret": f"secret-of-{item['id']}=", "algorithm": "SHA256"}
        return (200 if seen.method == "GET" else 201), {"signing_secret": secret}, {}
    return one(state, name, seen, item)


def one(state: State, name: str, seen: Seen, item: Body) -> Answer:
    if seen.method == "DELETE":
        refuse_removal(state, name, item)
        del state.collections[name][str(item["id"])]
        return 204, None, {}
    if seen.method in ("PUT", "PATCH"):
        change, warning = taken(name, seen)
        if name == "triggers" and ("conditions" in change) != ("actions" in change):
            # "Include all your conditions and actions when updating any condition or action."
            change |= {key: [] for key in ("conditions", "actions") if key not in change}
        item.update(check_record(state, name, stored(name, {**item, **change}, change)))
        item["updated_at"] = state.stamp()
        if name == "webhooks":
            return 204, None, warning
        return 200, {SINGULAR[name]: shown(name, item)}, warning
    return 200, {SINGULAR[name]: shown(name, item)}, {}


def placed(state: State, seen: Seen) -> Answer:
    """New places: one after the other, and what is pushed away moves down by one."""
    every = state.collections["triggers"]
    for item in seen.body["triggers"]:
        one = every[str(item["id"])]
        rest = sorted((o for o in every.values() if o is not one), key=lambda o: o["position"])
        rest.insert(max(item["position"] - 1, 0), one)
        for number, other in enumerate(rest, 1):
            other["position"] = number
    found = [shown("triggers", every[str(item["id"])]) for item in seen.body["triggers"]]
    return 200, {"triggers": found, "count": len(found)}, {}


def create(state: State, name: str, seen: Seen) -> Answer:
    given, warning = taken(name, seen)
    number: int | str = state.number()
    if name in TEXTUAL:
        number = f"01H{number}" if name == "webhooks" else str(number)
    fresh = {**FRESH[name], "position": len(state.collections[name]) + 1}
    times = {"created_at": state.stamp(), "updated_at": state.stamp()}
    body = check_record(state, name, stored(name, {**fresh, **given, **times}, given))
    body["id"] = number
    state.collections[name][str(number)] = body
    return 201, {SINGULAR[name]: shown(name, body)}, warning


def taken(name: str, seen: Seen) -> tuple[Body, dict[str, str]]:
    """The keys that Zendesk takes, and the warning about the others."""
    given = seen.body.get(SINGULAR[name]) if isinstance(seen.body, dict) else None
    if not isinstance(given, dict):
        raise Refused(400, {"error": "BadRequest", "description": f"{SINGULAR[name]} is missing"})
    unknown = sorted(set(given) - KNOWN[name])
    kept = {key: value for key, value in given.items() if key not in unknown}
    words = f"Removed restricted keys {unknown} from parameters"
    return kept, {"x-zendesk-api-warn": words} if unknown else {}


def listing(state: State, name: str, seen: Seen, items: dict[Any, Body]) -> Answer:
    found = [shown(name, item) for item in items.values()]
    start = int(seen.query.get("page[after]") or 0)
    end = start + min(int(seen.query.get("page[size]", "100")), state.page_size)
    meta = {"has_more": end < len(found), "after_cursor": str(end), "before_cursor": None}
    own = f"http://{seen.headers['host']}"
    links = {"next": f"{own}{seen.path}.json?page%5Bafter%5D={end}", "prev": None}
    return 200, {name: found[start:end], "meta": meta, "links": links}, {}


#: For tests that offer less.
ALL_ACTIONS = ACTIONS
