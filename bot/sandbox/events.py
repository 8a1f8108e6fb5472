"""Event-subscribed webhooks: what each audit says as `zen:event-type:ticket.*` payloads."""

import json
import uuid
from collections.abc import Iterator
from typing import Any, Final

from bot.sandbox.edit import Edit
from bot.sandbox.pocket import Pocket
from bot.sandbox.state import Record
from bot.sandbox.webhooks import parcel_for, post

_PREFIX: Final = "zen:event-type:ticket."
_CHANGES: Final = {
    "status": "status_changed",
    "priority": "priority_changed",
    "type": "type_changed",
    "subject": "subject_changed",
    "group_id": "group_assignment_changed",
    "assignee_id": "agent_assignment_changed",
    "requester_id": "requester_changed",
    "ticket_form_id": "form_changed",
    "brand_id": "brand_changed",
}
_ENUMS: Final = frozenset({"status", "priority", "type"})


def publish(edit: Edit) -> None:
    """Send what one edit means to every webhook that subscribed to it."""
    happened = list(_happened(edit))
    announce(edit.box, edit.ticket, edit.actor.user_id, happened)


def announce(box: Pocket, ticket: Record, user_id: int, happened: list[tuple[str, Record]]) -> None:
    """Send the events to every active webhook that subscribed to their types."""
    for webhook in box.store.all("webhook"):
        if webhook["status"] != "active":
            continue
        sequence = uuid.uuid4().hex
        for position, (name, event) in enumerate(happened, start=1):
            if _PREFIX + name in webhook["subscriptions"]:
                meta = {"meta": {"sequence": {"id": sequence, "position": position}}}
                body = _payload(box, ticket, user_id, name, event | meta)
                post(box, parcel_for(box, webhook, json.dumps(body)))


def comment_event(box: Pocket, comment: Record) -> Record:
    """The `event` of comment types."""
    author = box.store.get("user", comment["author_id"]) or {}
    return {
        "comment": {
            "id": str(comment["id"]),
            "body": comment["plain_body"],
            "is_public": comment["public"],
            "author": {
                "id": str(comment["author_id"]),
                "is_staff": author.get("role") != "end-user",
                "name": author.get("name"),
            },
        }
    }


def _happened(edit: Edit) -> Iterator[tuple[str, Record]]:
    if edit.before is None:
        yield "created", {}
    if edit.comment is not None:
        yield "comment_added", comment_event(edit.box, edit.comment)
        for file in edit.comment["attachments"]:
            yield "attachment_linked_to_comment", _attachment_event(edit.comment, file)
    if edit.before is None:
        return
    for event in edit.events:
        if event["type"] == "Change":
            yield from _change(edit, event)


def _change(edit: Edit, event: Record) -> Iterator[tuple[str, Record]]:
    name, old, new = event["field_name"], event["previous_value"], event["value"]
    if name == "tags":
        added, removed = sorted(set(new) - set(old)), sorted(set(old) - set(new))
        yield "tags_changed", {"tags_added": added, "tags_removed": removed}
    elif name in _CHANGES:
        shout = _upper if name in _ENUMS else _text
        yield _CHANGES[name], {"current": shout(new), "previous": shout(old)}
    elif (field := edit.box.store.get("ticket_field", name)) is not None:
        shown = {"id": str(field["id"]), "title": field["title"], "type": field["type"]}
        yield (
            "custom_field_changed",
            {"custom_field": shown, "current": {"value": new}, "previous": {"value": old}},
        )


def _attachment_event(comment: Record, file: Record) -> Record:
    linked = {
        "id": str(file["id"]),
        "content_type": file["content_type"],
        "content_url": file["content_url"],
        "filename": file["file_name"],
        "is_public": comment["public"],
    }
    return {"comment": {"id": str(comment["id"]), "attachment": linked}}


def _payload(box: Pocket, ticket: Record, user_id: int, name: str, event: Record) -> Record:
    now = box.clock()
    return {
        "account_id": box.account_id,
        "detail": _detail(ticket, user_id),
        "event": event,
        "id": str(uuid.uuid4()),
        "subject": f"zen:ticket:{ticket['id']}",
        "time": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond:06d}030Z",
        "type": _PREFIX + name,
        "zendesk_event_version": "2022-11-06",
    }


def _detail(ticket: Record, user_id: int) -> Record:
    ids = {
        f"{key}": None if ticket[key] is None else str(ticket[key])
        for key in ("id", "assignee_id", "brand_id", "group_id", "organization_id")
    }
    return {
        **ids,
        "actor_id": str(user_id),
        "created_at": ticket["created_at"],
        "custom_status": None,
        "description": ticket["description"],
        "external_id": ticket["external_id"],
        "form_id": str(ticket["ticket_form_id"]),
        "is_public": ticket["is_public"],
        "priority": _upper(ticket["priority"]),
        "requester_id": str(ticket["requester_id"]),
        "status": _upper(ticket["status"]),
        "subject": ticket["subject"],
        "submitter_id": str(ticket["submitter_id"]),
        "tags": ticket["tags"],
        "type": _upper(ticket["type"]),
        "updated_at": ticket["updated_at"],
        "via": {"channel": "web_service" if ticket["via"] == "api" else ticket["via"]},
    }


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
