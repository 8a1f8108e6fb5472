"""Reads a ticket from JSON: the portable shape of DESIGN 4.9, or Zendesk's own."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import msgspec

from bot.runbook.ticket import FIELD_KEYS, Attachment, Author, Comment, Ticket, storable

#: Zendesk cuts a comment at 64 kB; this is a long conversation.
LIMIT: Final = 4_000_000
Text = str | int | float | bool | None
#: What a custom field's value tells about its meaning, when only Zendesk's ids are known.
_BY_VALUE: Final = (
    ("scenario", re.compile(r"cl_scenario_\w+")),
    ("customersdot_url", re.compile(r"https://customers\.\S+")),
    ("subscription_name", re.compile(r"A-S\d{6,10}", re.IGNORECASE)),
    ("version", re.compile(r"\d{1,2}\.\d{1,2}(?:\.\d{1,2})?(?:-[ce]e)?")),
    ("instance_url", re.compile(r"https?://\S+")),
    ("plan", re.compile(r"premium|ultimate|starter", re.IGNORECASE)),
)


class TicketFileError(Exception):
    """Not a ticket; the message says what is wrong, without echoing the content."""


class _Comment(msgspec.Struct):
    author: Literal["agent", "customer", "bot"] = "customer"
    body: str = ""
    public: bool = True
    created_at: datetime | None = None


class _Portable(msgspec.Struct):
    """Whatever else the JSON holds is ignored: it was received, not written by us."""

    id: str | int | None = None
    subject: str | None = ""
    description: str | None = ""
    tags: tuple[str, ...] | None = ()
    fields: Mapping[str, Text] | None = None
    comments: tuple[_Comment, ...] | None = ()
    status: str | None = "new"
    created_at: datetime | None = None


def read_json(text: str | bytes) -> object:
    """Parse one JSON value of a size that a ticket can have."""
    if len(text) > LIMIT:
        raise TicketFileError(f"longer than {LIMIT} bytes")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise TicketFileError(f"not JSON{where}") from None


def ticket_of(data: object) -> Ticket:
    """Return the ticket; raises TicketFileError with what is wrong."""
    if not isinstance(data, dict):
        raise TicketFileError("a ticket is a JSON object")
    clean: dict[str, Any] = _storable(data)
    if isinstance(clean.get("ticket"), dict):
        return _zendesk(clean["ticket"], clean.get("comments") or clean["ticket"].get("comments"))
    if not clean.keys() & {"subject", "description", "comments", "fields"}:
        raise TicketFileError("neither subject nor description nor comments: not a ticket")
    try:
        found = msgspec.convert(clean, _Portable, strict=False)
    except msgspec.ValidationError as error:
        raise TicketFileError(str(error)) from None
    return Ticket(
        id=str(found.id if found.id is not None else ""),
        subject=found.subject or "",
        description=found.description or "",
        tags=found.tags or (),
        fields=_fields((found.fields or {}).items()),
        comments=tuple(
            Comment(c.author, c.body, public=c.public, created_at=c.created_at)
            for c in found.comments or ()
        ),
        status=(found.status or "new").lower(),
        created_at=found.created_at,
    )


def _storable(value: Any) -> Any:
    """Return the JSON without letters that no note could hold."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    return value


def _fields(pairs: Iterable[tuple[str, Text]]) -> dict[str, str]:
    found = {}
    for key, value in pairs:
        if key in FIELD_KEYS and value not in (None, ""):
            found[key] = (
                {True: "yes", False: "no"}.get(value, str(value))
                if isinstance(value, bool)
                else str(value)
            )
    return found


def _zendesk(ticket: dict[str, Any], comments: object) -> Ticket:
    requester = ticket.get("requester_id")
    listed = [c for c in comments if isinstance(c, dict)] if isinstance(comments, list) else []
    bodies = [_zendesk_comment(c, requester) for c in listed]
    description = str(ticket.get("description") or "")
    first = bodies[0] if bodies else None
    if first is not None and (not description or first.body.strip() == description.strip()):
        description, bodies = first.body, bodies[1:]
    return Ticket(
        id=str(ticket.get("id") or ""),
        subject=str(ticket.get("subject") or ticket.get("raw_subject") or ""),
        description=description,
        tags=tuple(str(tag) for tag in ticket.get("tags") or ()),
        fields=_custom_fields(ticket),
        comments=tuple(bodies),
        status=str(ticket.get("status") or "new").lower(),
        created_at=_moment(ticket.get("created_at")),
        requester_id=requester if isinstance(requester, int) else None,
    )


def _zendesk_comment(comment: dict[str, Any], requester: object) -> Comment:
    author: Author = "customer" if comment.get("author_id") in (requester, None) else "agent"
    files = comment.get("attachments")
    return Comment(
        author=author,
        body=str(comment.get("plain_body") or comment.get("body") or ""),
        id=comment.get("id") if isinstance(comment.get("id"), int) else None,
        public=comment.get("public") is not False,
        created_at=_moment(comment.get("created_at")),
        attachments=tuple(
            Attachment(int(f.get("id") or 0), str(f.get("file_name") or ""), "")
            for f in (files if isinstance(files, list) else ())
            if isinstance(f, dict)
        ),
    )


def _custom_fields(ticket: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    entries = ticket.get("custom_fields") or ticket.get("fields") or ()
    if isinstance(entries, dict):
        return _fields(entries.items())
    for entry in entries:
        value = entry.get("value") if isinstance(entry, dict) else None
        if not isinstance(value, str):
            continue
        for key, shape in _BY_VALUE:
            if key not in found and shape.fullmatch(value):
                found[key] = value
                break
    return found


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
