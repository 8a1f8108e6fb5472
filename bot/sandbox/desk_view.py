"""What the desk page shows, as plain values: rows, comments, fields."""

import zlib
from dataclasses import dataclass
from typing import Any

from bot.sandbox.account import BOT_USER_ID
from bot.sandbox.field_keys import keys_by_title
from bot.sandbox.pocket import Pocket
from bot.sandbox.samples import Sample
from bot.sandbox.state import Record
from bot.sandbox.values import custom_fields

SCENARIO_PREFIX = "cl_scenario_"
_PREVIEW = 140
_ROWS = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket in the list."""

    id: int
    subject: str
    preview: str
    status: str
    requester: str
    tags: tuple[str, ...]
    updated_at: str
    notes: int
    replies: int


@dataclass(frozen=True, slots=True)
class Message:
    """One comment in the conversation."""

    id: int
    author: str
    initials: str
    side: str
    """`customer`, `agent` or `bot`."""
    internal: bool
    html: str
    created_at: str
    files: tuple[Record, ...]
    revision: int
    """Changes when anything above does: the browser swaps such a message."""


@dataclass(frozen=True, slots=True)
class Field:
    """One custom field as a form control."""

    id: int
    title: str
    type: str
    value: Any
    options: tuple[tuple[str, str], ...]
    """Value and name."""


def rows(box: Pocket) -> list[Row]:
    """The newest tickets, newest change first."""
    tickets = sorted(box.store.all("ticket"), key=lambda t: (t["updated_at"], t["id"]))
    return [_row(box, ticket) for ticket in tickets[: -_ROWS - 1 : -1]]


def messages(box: Pocket, ticket_id: int) -> list[Message]:
    """The conversation, oldest first."""
    return [_message(box, comment) for comment in box.store.of_ticket("comment", ticket_id)]


def fields(box: Pocket, ticket: Record | None = None) -> list[Field]:
    """The custom fields, the scenario first."""
    values = ticket["values"] if ticket else {}
    shown = [
        Field(
            id=item["id"],
            title=item["title"],
            type=item["type"],
            value=values.get(str(item["id"])),
            options=_options(item),
        )
        for item in custom_fields(box.store)
    ]
    return sorted(shown, key=lambda field: not is_scenario(field))


def is_scenario(field: Field) -> bool:
    """Is this the drop-down in which agents name the scenario?"""
    return any(value.startswith(SCENARIO_PREFIX) for value, _ in field.options)


def macros(box: Pocket) -> list[Record]:
    """The active macros by title; `A::B` is folder and name."""
    active = [macro for macro in box.store.all("macro") if macro["active"]]
    return sorted(active, key=lambda macro: str(macro["title"]))


def sample_value(field: Field, chosen: Sample) -> str | None:
    """The sample's value for this field; a drop-down takes the option that ends with it."""
    value = chosen.fields.get(keys_by_title().get(field.title, ""))
    if value is None or not field.options:
        return value
    return next((tag for tag, _ in field.options if tag.endswith(f"_{value}")), None)


def _row(box: Pocket, ticket: Record) -> Row:
    comments = box.store.of_ticket("comment", ticket["id"])
    notes = sum(1 for comment in comments if not comment["public"])
    requester = box.store.get("user", ticket["requester_id"]) or {}
    return Row(
        id=ticket["id"],
        subject=ticket["subject"] or "(no subject)",
        preview=" ".join(ticket["description"].split())[:_PREVIEW],
        status=ticket["status"],
        requester=requester.get("name", "?"),
        tags=tuple(ticket["tags"]),
        updated_at=ticket["updated_at"],
        notes=notes,
        replies=len(comments) - notes - 1,
    )


def _message(box: Pocket, comment: Record) -> Message:
    author = box.store.get("user", comment["author_id"]) or {}
    name = str(author.get("name") or "?")
    files = comment["attachments"]
    side = "bot" if comment["author_id"] == BOT_USER_ID else "agent"
    return Message(
        id=comment["id"],
        author=name,
        initials="".join(part[0] for part in name.split()[:2]).upper(),
        side="customer" if author.get("role") == "end-user" else side,
        internal=not comment["public"],
        html=comment["html_body"],
        created_at=comment["created_at"],
        files=tuple(comment["attachments"]),
        revision=zlib.crc32(repr((comment["html_body"], comment["public"], files)).encode()),
    )


def _options(item: Record) -> tuple[tuple[str, str], ...]:
    options = item.get("custom_field_options") or []
    return tuple((option["value"], option["name"]) for option in options)
