"""What a trigger or a macro does to a ticket, action by action."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.sandbox.edit import Edit
from bot.sandbox.placeholders import filler
from bot.sandbox.state import Record
from bot.sandbox.webhooks import parcel_for

_PLAIN: Final = ("status", "priority", "type", "subject")
_IDS: Final = ("group_id", "assignee_id", "ticket_form_id", "brand_id")
_TAGS: Final = ("current_tags", "remove_tags", "set_tags")
_COMMENTS: Final = ("comment_value", "comment_value_html", "comment_mode_is_public")
_SILENT: Final = ("follower", "notification_user", "notification_group", "cc")
TRIGGER_ACTIONS: Final = frozenset({*_PLAIN, *_IDS, *_TAGS, *_SILENT, "notification_webhook"})
MACRO_ACTIONS: Final = frozenset({*_PLAIN, *_IDS, *_TAGS, *_COMMENTS, "follower"})


def act(edit: Edit, action: Mapping[str, Any], rule: Record) -> None:
    """Carry out one action; comments are the macro's own business."""
    name, value = action["field"], action["value"]
    if name.startswith("custom_fields_"):
        edit.set_field(name.removeprefix("custom_fields_"), value, rule)
    elif name in _PLAIN:
        edit.set(name, value or None, rule)
    elif name in _IDS:
        edit.set(name, _id(edit, value), rule)
    elif handler := _HANDLERS.get(name):
        handler(edit, value, rule)


def tags_after(name: str, value: Any, tags: list[str]) -> list[str]:
    """The tags after a tag action."""
    given = value if isinstance(value, list) else str(value or "").split()
    if name == "set_tags":
        return list(given)
    if name == "remove_tags":
        return [tag for tag in tags if tag not in given]
    return [*tags, *given]


def _tag_action(name: str) -> Callable[[Edit, Any, Record], None]:
    def change(edit: Edit, value: Any, rule: Record) -> None:
        edit.set_tags(tags_after(name, value, edit.ticket["tags"]), rule)

    return change


def _call_webhook(edit: Edit, value: Any, rule: Record) -> None:
    """Render the body now: what later triggers change is missing in it (facts §3)."""
    webhook = edit.box.store.get("webhook", value[0])
    if webhook is None or webhook["status"] != "active":
        return
    fill = filler(edit.box.store, edit.ticket, edit.actor.user_id, edit.host)
    body = _render(value[1], fill) if isinstance(value[1], str) else str(value[1])
    edit.parcels.append(parcel_for(edit.box, webhook, body))
    via = {"channel": "rule", "source": {"from": {"id": rule["id"], "title": rule["title"]}}}
    edit.note_event({"type": "External", "resource": webhook["id"], "via": via})


def _render(text: str, fill: Callable[[str], str]) -> str:
    out, rest = [], text
    while True:
        before, opened, after = rest.partition("{{")
        name, closed, tail = after.partition("}}")
        out.append(before)
        if not opened or not closed:
            return "".join([*out, opened, after])
        out.append(fill(name.split("|")[0].strip()))
        rest = tail


def _id(edit: Edit, value: Any) -> int | None:
    if value == "current_user":
        return edit.actor.user_id
    return int(value) if str(value or "").isdigit() else None


_HANDLERS: Final[Mapping[str, Callable[[Edit, Any, Record], None]]] = {
    "notification_webhook": _call_webhook,
    **{name: _tag_action(name) for name in _TAGS},
}
