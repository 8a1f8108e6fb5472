"""The stub's webhooks, triggers, categories, fields and macros: enough CRUD for provisioning."""

from typing import Any

from tests.zendesk.stub_state import NOT_FOUND, Answer, Body, Seen, State

SINGULAR = {
    "triggers": "trigger", "ticket_fields": "ticket_field", "macros": "macro",
    "webhooks": "webhook", "trigger_categories": "trigger_category",
}  # fmt: skip
LEGAL_KEYS = {
    "triggers": {"title", "description", "active", "category_id", "conditions", "actions"},
    "ticket_fields": {
        "title", "description", "agent_description", "type", "active", "custom_field_options",
        "regexp_for_validation", "tag", "required", "visible_in_portal", "editable_in_portal",
    },
    "macros": {"title", "description", "active", "actions", "restriction"},
    "webhooks": {
        "name", "description", "status", "subscriptions", "endpoint", "http_method",
        "request_format", "authentication", "custom_headers",
    },
    "trigger_categories": {"name", "position"},
}  # fmt: skip


def collection(state: State, seen: Seen, parts: list[str]) -> Answer:
    """Answer a call to one of the collections."""
    name = parts[0]
    if name not in SINGULAR:
        return NOT_FOUND
    items = state.collections.setdefault(name, {})
    if parts[1:2] == ["definitions"]:
        return 200, definitions(state, "is", "is_not", "present", "not_present", "changed"), {}
    if len(parts) == 1:
        return create(state, name, seen) if seen.method == "POST" else listing(name, seen, items)
    item = items.get(parts[1])
    if item is None:
        return NOT_FOUND
    if parts[2:] == ["signing_secret"]:
        secret = {"secret": f"secret-of-{item['id']}=", "algorithm": "SHA256"}
        return (200 if seen.method == "GET" else 201), {"signing_secret": secret}, {}
    return one(name, seen, items, item)


def definitions(state: State, *operators: str) -> Body:
    """This account's conditions; custom fields have the operators that are given."""
    names = ["current_tags", "role", "update_type", "attachment", "comment_is_public"]
    listed: list[Body] = [{"subject": name, "operators": []} for name in names]
    words = [{"value": word, "title": word, "terminal": False} for word in operators]
    listed += [
        {"subject": f"custom_fields_{number}", "operators": words}
        for number in state.collections.get("ticket_fields", {})
    ]
    return {"definitions": {"conditions_all": listed, "conditions_any": listed, "actions": []}}


def one(name: str, seen: Seen, items: dict[Any, Body], item: Body) -> Answer:
    if seen.method == "DELETE":
        del items[str(item["id"])]
        return 204, None, {}
    if seen.method in ("PUT", "PATCH"):
        change = seen.body[SINGULAR[name]]
        refused = check(name, change)
        if refused:
            return refused
        item.update(change)
        if name == "webhooks":
            return 204, None, {}
    return 200, {SINGULAR[name]: item}, {}


def listing(name: str, seen: Seen, items: dict[Any, Body]) -> Answer:
    found = list(items.values())
    start = int(seen.query.get("page[after]") or 0)
    end = start + min(int(seen.query.get("page[size]", "100")), 100)
    meta = {"has_more": end < len(found), "after_cursor": str(end), "before_cursor": None}
    own = f"http://{seen.headers['host']}"
    links = {"next": f"{own}{seen.path}.json?page%5Bafter%5D={end}", "prev": None}
    return 200, {name: found[start:end], "meta": meta, "links": links}, {}


def check(name: str, change: Body) -> Answer | None:
    unknown = set(change) - LEGAL_KEYS[name]
    if not unknown:
        return None
    details = {
        key: [{"description": f"{key}: is not known", "error": "Unknown"}] for key in unknown
    }
    error = {"error": "RecordInvalid", "description": "Record validation errors"}
    return 422, error | {"details": details}, {}


def create(state: State, name: str, seen: Seen) -> Answer:
    body = dict(seen.body[SINGULAR[name]])
    refused = check(name, body)
    if refused:
        return refused
    number: int | str = state.number()
    if name in ("webhooks", "trigger_categories"):
        number = f"01H{number}" if name == "webhooks" else str(number)
    body |= {"id": number, "created_at": state.stamp(), "updated_at": state.stamp()}
    body.setdefault("active", True)
    state.collections[name][str(number)] = body
    return 201, {SINGULAR[name]: body}, {}
