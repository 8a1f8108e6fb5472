"""What the desk tells an app about ticket, agent and account, in the app framework's words."""

from typing import Any, Final

from bot.sandbox.account import AGENT_USER_ID
from bot.sandbox.pocket import Pocket
from bot.sandbox.state import Record
from bot.sandbox.values import custom_fields

_NAMES: Final = {"id": "id", "name": "name", "email": "email", "role": "role", "locale": "locale"}


def ticket_state(box: Pocket, ticket: Record) -> Record:
    """The ticket with its comments; dictionaries, for they go to the browser as they are."""
    comments = box.store.of_ticket("comment", ticket["id"])
    audits = box.store.of_ticket("audit", ticket["id"])
    form = box.store.get("ticket_form", ticket["ticket_form_id"]) or {}
    return {
        "id": ticket["id"],
        "isNew": False,
        "subject": ticket["subject"] or "",
        "description": ticket["description"],
        "status": ticket["status"],
        "priority": ticket["priority"] or "-",
        "type": ticket["type"] or "ticket",
        "tags": ticket["tags"],
        "externalId": ticket["external_id"],
        "createdAt": ticket["created_at"],
        "updatedAt": ticket["updated_at"],
        "requester": person(box, ticket["requester_id"]),
        "assignee": {"user": person(box, ticket["assignee_id"]), "group": _group(box, ticket)},
        "organization": _organization(box, ticket),
        "brand": _named(box.store.get("brand", ticket["brand_id"])),
        "form": {"id": form.get("id"), "name": form.get("name")},
        "customFields": {
            f"custom_field_{item['id']}": ticket["values"].get(str(item["id"]))
            for item in custom_fields(box.store)
        },
        # Newest first; apps that need one comment must look for it by its id.
        "comments": [_comment(box, comment) for comment in reversed(comments)],
        "conversation": [_message(box, comment) for comment in comments],
        "changedBy": audits[-1]["author_id"] if audits else None,
    }


def agent_state(box: Pocket) -> Record:
    """Who is signed in at this desk."""
    return person(box, AGENT_USER_ID)


def account_state() -> Record:
    """The pocket account."""
    return {"subdomain": "pocket", "planName": "Suite Enterprise", "timeZone": {"ianaName": "UTC"}}


def field_states(box: Pocket) -> list[Record]:
    """The custom fields of the form, for `ticketFields`."""
    return [
        {
            "name": f"custom_field_{item['id']}",
            "label": item["title"],
            "type": item["type"],
            "isVisible": True,
            "isEnabled": True,
            "optionValues": [
                {"value": option["value"], "label": option["name"]}
                for option in item.get("custom_field_options") or []
            ],
        }
        for item in custom_fields(box.store)
    ]


def person(box: Pocket, user_id: int | None) -> Record:
    """A user in the framework's words; empty when there is none."""
    user = box.store.get("user", user_id) if user_id else None
    if user is None:
        return {}
    shown: dict[str, Any] = {ours: user.get(theirs) for ours, theirs in _NAMES.items()}
    return shown | {
        "externalId": None,
        "avatarUrl": "",
        "timeZone": {"name": "UTC", "offset": 0},
        "groups": [] if user["role"] == "end-user" else [_named(g) for g in box.store.all("group")],
        "tags": user.get("tags", []),
    }


def _comment(box: Pocket, comment: Record) -> Record:
    files = [
        {"filename": file["file_name"], "contentUrl": file["content_url"],
         "contentType": file["content_type"]}
        for file in comment["attachments"]
    ]  # fmt: skip
    return {
        "id": comment["id"],
        "author": person(box, comment["author_id"]),
        "value": comment["html_body"],
        "imageAttachments": [f for f in files if f["contentType"].startswith("image/")],
        "nonImageAttachments": [f for f in files if not f["contentType"].startswith("image/")],
        "via": {"channel": comment["via"]["channel"]},
    }


def _message(box: Pocket, comment: Record) -> Record:
    author = person(box, comment["author_id"])
    return {
        "author": {key: author.get(key) for key in ("id", "name", "role")} | {"avatar": ""},
        "channel": {"name": "email" if comment["public"] else "internal"},
        "message": {"content": comment["html_body"], "contentType": "text/html"},
        "timestamp": comment["created_at"],
        "attachments": [{"name": file["file_name"]} for file in comment["attachments"]],
    }


def _group(box: Pocket, ticket: Record) -> Record:
    return _named(box.store.get("group", ticket["group_id"])) if ticket["group_id"] else {}


def _organization(box: Pocket, ticket: Record) -> Record | None:
    key = ticket["organization_id"]
    return _named(box.store.get("organization", key)) if key else None


def _named(record: Record | None) -> Record:
    return {"id": record["id"], "name": record["name"]} if record else {}
