"""What the stub refuses, as Zendesk does, with errors in Zendesk's shape."""

from typing import Any

from tests.zendesk.stub_state import Body, Refused, State

OPERATORS: dict[str, tuple[str, ...]] = {
    "current_tags": ("includes", "not_includes"),
    "role": ("is", "is_not"),
    "update_type": ("is",),
    "attachment": (),
    "comment_is_public": ("is", "is_not"),
    "status": ("is", "is_not", "less_than", "greater_than", "changed", "value"),
}
CUSTOM = ("is", "is_not", "present", "not_present", "changed")
ACTIONS = ("current_tags", "remove_tags", "set_tags", "status", "notification_webhook")
MACRO_ACTIONS = (
    "current_tags", "remove_tags", "status", "subject", "comment_value", "comment_value_html",
    "comment_mode_is_public",
)  # fmt: skip
REQUIRED = {
    "triggers": ("title", "conditions", "actions"),
    "ticket_fields": ("title", "type"),
    "macros": ("title", "actions"),
    "webhooks": ("name", "endpoint", "http_method", "request_format", "status"),
    "trigger_categories": ("name",),
    "views": ("title", "all"),
    "ticket_forms": ("name",),
}
_VIEW_NEEDS = {"status", "type", "group_id", "assignee_id", "requester_id"}


def invalid(key: str, words: str) -> Refused:
    details = {key: [{"description": words, "error": "InvalidValue"}]}
    body = {"error": "RecordInvalid", "description": "Record validation errors"}
    return Refused(422, body | {"details": details})


def definitions(state: State, *operators: str) -> Body:
    """This account's conditions; custom fields have the operators that are given."""
    listed: list[Body] = [_subject(name, words) for name, words in OPERATORS.items()]
    listed += [
        _subject(f"custom_fields_{number}", operators or CUSTOM)
        for number in state.collections.get("ticket_fields", {})
    ]
    actions = [{"subject": name, "title": name, "type": "list"} for name in ACTIONS]
    return {"definitions": {"conditions_all": listed, "conditions_any": listed, "actions": actions}}


def _subject(name: str, operators: tuple[str, ...]) -> Body:
    words = [{"value": word, "title": word, "terminal": False} for word in operators]
    return {"subject": name, "title": name, "operators": words, "type": "list", "group": "ticket"}


def check_record(state: State, name: str, record: Body) -> Body:
    """Return the record, or raise what Zendesk would answer."""
    for key in REQUIRED.get(name, ()):
        if not record.get(key):
            raise invalid(key, f"{key.capitalize()}: cannot be blank")
    check = _CHECKS.get(name)
    if check:
        check(state, record)
    return record


def refuse_removal(state: State, name: str, item: Body) -> None:
    """What is still in use cannot be deleted."""
    triggers = state.collections.get("triggers", {}).values()
    if name == "webhooks" and any(item["id"] in str(one["actions"]) for one in triggers):
        raise Refused(409, {"errors": [{"code": "WebhookConnected", "title": "In use",
                                        "detail": "It is connected to a trigger"}]})  # fmt: skip
    if name == "trigger_categories" and any(one["category_id"] == item["id"] for one in triggers):
        raise Refused(422, {"errors": [{"code": "CategoryNotEmpty", "title": "In use",
                                        "detail": "It holds triggers"}]})  # fmt: skip
    if name == "ticket_fields":
        for form in state.collections.get("ticket_forms", {}).values():
            form["ticket_field_ids"] = [f for f in form["ticket_field_ids"] if f != item["id"]]


def _check_trigger(state: State, record: Body) -> None:
    conditions = record["conditions"]
    every = [*conditions.get("all", []), *conditions.get("any", [])]
    if not every:
        raise invalid("base", "You must select at least one condition")
    for one in every:
        known = OPERATORS.get(one["field"]) or _custom(state, one["field"])
        if known is None and one["field"] not in OPERATORS:
            raise invalid("base", f"Invalid condition: {one['field']} is not a field")
        if known and one["operator"] not in known:
            raise invalid("base", f"Invalid condition: no operator {one['operator']}")
    category = record["category_id"]
    if category is not None and str(category) not in state.collections["trigger_categories"]:
        raise invalid("category_id", "Category: does not exist")
    for action in record["actions"]:
        _check_action(state, action, ACTIONS)


def _check_action(state: State, action: Body, allowed: tuple[str, ...]) -> None:
    if action["field"] not in allowed:
        raise invalid("base", f"Invalid action: {action['field']} is not valid")
    if action["field"] == "notification_webhook" and (
        action["value"][0] not in state.collections.get("webhooks", {})
    ):
        raise invalid("base", "Notify webhook: the webhook does not exist")


def _custom(state: State, field: str) -> tuple[str, ...] | None:
    number = field.removeprefix("custom_fields_")
    return CUSTOM if number in state.collections.get("ticket_fields", {}) else None


def _check_field(state: State, record: Body) -> None:
    own = {option["value"] for option in record.get("custom_field_options") or []}
    for other in state.collections.get("ticket_fields", {}).values():
        if other.get("id") != record.get("id"):
            taken = own & {option["value"] for option in other.get("custom_field_options") or []}
            if taken:
                raise invalid("custom_field_options", f"{min(taken)}: is used by another field")


def _check_macro(state: State, record: Body) -> None:
    for action in record["actions"]:
        _check_action(state, action, MACRO_ACTIONS)


def _check_view(state: State, record: Body) -> None:
    if not _VIEW_NEEDS & {one["field"] for one in record["all"]}:
        raise invalid("base", "A view needs a condition on status, type, group, or people")


def _check_webhook(state: State, record: Body) -> None:
    standing = state.collections["webhooks"].get(str(record.get("id", "")))
    if standing is None and len(state.collections["webhooks"]) >= state.most_webhooks:
        raise Refused(422, {"errors": [{"code": "WebhookLimitExceeded", "title": "Limit",
                                        "detail": "10 webhooks are the limit"}]})  # fmt: skip


def _check_form(state: State, record: Body) -> None:
    fields = {*state.collections.get("ticket_fields", {}), *map(str, state.system_fields)}
    strange = [
        one for one in record["ticket_field_ids"]
        if not isinstance(one, int) or str(one) not in fields
    ]  # fmt: skip
    if strange:
        raise invalid("ticket_field_ids", f"{strange[0]}: is not a ticket field")


_CHECKS: dict[str, Any] = {
    "triggers": _check_trigger, "ticket_fields": _check_field, "macros": _check_macro,
    "views": _check_view, "webhooks": _check_webhook, "ticket_forms": _check_form,
}  # fmt: skip
