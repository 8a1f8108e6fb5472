"""What a macro would change, as the `ticket` object of an update."""

from typing import Any

from bot.sandbox.actions import tags_after
from bot.sandbox.state import Record

_TAG_ACTIONS = frozenset({"current_tags", "remove_tags", "set_tags"})


def changes_of(macro: Record, ticket: Record | None, user_id: int | None = None) -> Record:
    """The macro's actions on this ticket; without one its tags start empty."""
    changes: Record = {}
    comment: Record = {}
    for action in macro["actions"]:
        name, value = action["field"], action["value"]
        if name in _TAG_ACTIONS:
            start: list[str] = ticket["tags"] if ticket else []
            tags = changes.get("tags", start)
            changes["tags"] = sorted(set(tags_after(name, value, tags)))
        elif name.startswith("custom_fields_"):
            item = {"id": int(name.removeprefix("custom_fields_")), "value": value}
            changes.setdefault("custom_fields", []).append(item)
        elif name.startswith("comment_"):
            comment |= _comment(name, value)
        elif name != "follower":
            changes[name] = user_id if value == "current_user" else value
    if comment:
        changes["comment"] = {"public": True, **comment}
    return changes


def _comment(name: str, value: Any) -> Record:
    text = value[-1] if isinstance(value, list) else value
    if name == "comment_value":
        return {"body": text}
    if name == "comment_value_html":
        return {"html_body": text}
    return {"public": str(text).lower() == "true"}
