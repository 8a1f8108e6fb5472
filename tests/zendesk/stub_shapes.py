"""How each provisioned kind looks when it is written, kept and shown."""

from zlib import crc32

from tests.zendesk.stub_state import Body

SINGULAR = {
    "triggers": "trigger", "ticket_fields": "ticket_field", "macros": "macro",
    "webhooks": "webhook", "trigger_categories": "trigger_category", "views": "view",
    "ticket_forms": "ticket_form", "automations": "automation",
}  # fmt: skip
TEXTUAL = {"webhooks", "trigger_categories"}
KNOWN = {
    "triggers": {
        "title", "description", "active", "category_id", "position", "conditions", "all", "any",
        "actions",
    },
    "ticket_fields": {
        "title", "description", "agent_description", "type", "active", "custom_field_options",
        "regexp_for_validation", "tag", "required", "visible_in_portal", "editable_in_portal",
        "position",
    },
    "macros": {"title", "description", "active", "actions", "restriction"},
    "webhooks": {
        "name", "description", "status", "subscriptions", "endpoint", "http_method",
        "request_format", "authentication", "custom_headers",
    },
    "trigger_categories": {"name", "position"},
    "views": {"title", "description", "active", "all", "any", "output", "restriction", "position"},
    "ticket_forms": {"name", "ticket_field_ids", "active", "default", "position"},
    "automations": {"title", "active", "conditions", "actions"},
}  # fmt: skip
FRESH: dict[str, Body] = {
    "triggers": {"description": None, "active": True, "category_id": None, "default": False},
    "ticket_fields": {
        "description": "", "agent_description": None, "active": True, "required": False,
        "key": None, "removable": True, "visible_in_portal": False,
    },
    "macros": {"description": None, "active": True, "restriction": None, "default": False},
    "webhooks": {"description": "", "created_by": "99"},
    "trigger_categories": {},
    "views": {"description": None, "active": True, "restriction": None},
    "ticket_forms": {"active": True, "default": False},
    "automations": {"active": True},
}  # fmt: skip


def stored(name: str, merged: Body, given: Body) -> Body:
    """The record as it is kept: options with ids, drafts in Zendesk's own HTML."""
    if name == "webhooks":
        merged.pop("position", None)
    if name == "triggers" and ("all" in given or "any" in given):
        merged["conditions"] = {key: merged.pop(key, []) for key in ("all", "any")}
    if name == "ticket_fields" and merged.get("custom_field_options"):
        merged["custom_field_options"] = [
            {"id": crc32(option["value"].encode()), "raw_name": option["name"],
             "default": False, **option}
            for option in merged["custom_field_options"]
        ]  # fmt: skip
    if name == "macros":
        merged["actions"] = [_respelt(action) for action in merged.get("actions", [])]
    return merged


def _respelt(action: Body) -> Body:
    match action["field"]:
        case "comment_value_html":
            return {**action, "value": action["value"].replace("<p>", '<p dir="auto">')}
        case "comment_value" if isinstance(action["value"], str):
            return {**action, "value": ["channel:all", action["value"]]}
    return dict(action)


def shown(name: str, item: Body) -> Body:
    """The record as an answer shows it."""
    body = {"url": f"https://acme.zendesk.com/api/v2/{name}/{item['id']}.json", **item}
    if name == "views":
        output = body.pop("output", {})
        body["conditions"] = {key: body.pop(key, []) for key in ("all", "any")}
        body["execution"] = {
            "columns": [{"id": one, "title": str(one)} for one in output.get("columns", [])],
            "group_by": output.get("group_by"), "sort_by": output.get("sort_by"),
            "group_order": output.get("group_order", "asc"), "fields": [], "custom_fields": [],
            "sort_order": output.get("sort_order"),
        }  # fmt: skip
    if "title" in body:
        body["raw_title"] = body["title"]
    return body
