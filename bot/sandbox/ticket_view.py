"""A ticket as the API shows it, and what is loaded beside it."""

from collections.abc import Collection
from typing import Any

from bot.sandbox.edit import via
from bot.sandbox.people import present_user
from bot.sandbox.pocket import Pocket
from bot.sandbox.state import Record, Store
from bot.sandbox.values import custom_fields

_INNER = ("values", "first_public", "followup_source")


def present_ticket(
    store: Store, ticket: Record, host: str, include: Collection[str] = ()
) -> Record:
    """Add what a reader sees and take away what is ours."""
    fields = [{"id": item["id"], "value": _value(item, ticket)} for item in custom_fields(store)]
    shown = {key: value for key, value in ticket.items() if key not in _INNER}
    shown |= {
        "url": f"{host}/api/v2/tickets/{ticket['id']}.json",
        "via": via(ticket["via"]),
        "raw_subject": ticket["subject"],
        "recipient": None,
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "forum_topic_id": None,
        "has_incidents": False,
        "custom_fields": fields,
        "fields": fields,
        "satisfaction_rating": None,
        "custom_status_id": None,
        "followup_ids": [],
        "allow_channelback": False,
        "allow_attachments": True,
        "from_messaging_channel": False,
    }
    if "comment_count" in include:
        shown["comment_count"] = store.count("comment", ticket["id"])
    return shown


def sideload(box: Pocket, tickets: list[Record], host: str, include: Collection[str]) -> Record:
    """`include=users,groups`: the records that the tickets name."""
    loaded: Record = {}
    if "users" in include:
        keys = ("requester_id", "submitter_id", "assignee_id")
        loaded["users"] = users_of(box, [ticket[key] for ticket in tickets for key in keys], host)
    if "groups" in include:
        ids = dict.fromkeys(ticket["group_id"] for ticket in tickets)
        loaded["groups"] = [group for key in ids if (group := box.store.get("group", key))]
    return loaded


def users_of(box: Pocket, ids: list[int | None], host: str) -> list[Record]:
    """These users, each once."""
    users = [box.store.get("user", key) for key in dict.fromkeys(ids) if key]
    return [present_user(user, host) for user in users if user]


def _value(field: Record, ticket: Record) -> Any:
    empty = False if field["type"] == "checkbox" else None
    return ticket["values"].get(str(field["id"]), empty)
