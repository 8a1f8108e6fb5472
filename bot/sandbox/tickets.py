"""Creating and updating tickets: attributes, comment, triggers, one audit, then the webhooks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from bot.sandbox import comments, events, triggers
from bot.sandbox.account import BRAND_ID, FORM_ID, GROUP_ID
from bot.sandbox.auth import Caller
from bot.sandbox.edit import Edit, via
from bot.sandbox.people import requester_of
from bot.sandbox.pocket import Pocket
from bot.sandbox.replies import bad_request, conflict, invalid, not_found
from bot.sandbox.state import Record
from bot.sandbox.webhooks import post

_PLAIN: Final = (
    "subject", "type", "priority", "status", "assignee_id", "group_id", "organization_id",
    "external_id", "due_at", "problem_id", "ticket_form_id", "brand_id", "requester_id",
    "sharing_agreement_ids",
)  # fmt: skip
#: Everything that a ticket in a request may hold; other keys are ignored and reported.
KNOWN_KEYS: Final = frozenset(
    {*_PLAIN, "comment", "tags", "custom_fields", "fields", "metadata", "safe_update"}
    | {"updated_stamp", "requester", "submitter_id", "via_followup_source_id", "macro_id"}
    | {"macro_ids", "collaborators", "collaborator_ids", "email_ccs", "followers", "recipient"}
    | {"raw_subject", "description", "id", "custom_status_id", "created_at", "updated_at"}
)


def create(
    box: Pocket, actor: Caller, wanted: Mapping[str, Any], host: str = ""
) -> tuple[Record, Record]:
    """Make a ticket; return it and its audit."""
    with box.store.transaction():
        edit = Edit(box, actor, _blank(box, actor, wanted), host=host)
        comment = wanted.get("comment") or {"body": wanted.get("description")}
        if not (comment.get("html_body") or comment.get("body")):
            raise invalid("base", "Description: cannot be blank", "BlankValue")
        edit.ticket = {**edit.ticket, "first_public": comment.get("public") is not False}
        _set_attributes(edit, wanted)
        author = edit.ticket["submitter_id"]
        text = comments.write(edit, {"author_id": author, **comment})
        subject = edit.ticket["subject"] or text["plain_body"][:80]
        edit.ticket = {**edit.ticket, "description": text["plain_body"], "subject": subject}
        audit = _commit(edit)
    _tell(edit)
    return edit.ticket, audit


def update(
    box: Pocket, actor: Caller, ticket_id: int, wanted: Mapping[str, Any], host: str = ""
) -> tuple[Record, Record | None]:
    """Change a ticket; return it and its audit, None when nothing changed."""
    with box.store.transaction():
        before = box.store.get("ticket", ticket_id)
        if before is None:
            raise not_found()
        if before["status"] == "closed":
            raise invalid("status", "Status: closed prevents ticket update")
        _check_stamp(before, wanted)
        edit = Edit(box, actor, before, before, host=host)
        _set_attributes(edit, wanted)
        if wanted.get("comment"):
            comments.write(edit, wanted["comment"])
            _reopen(edit)
        if not edit.events:
            return before, None
        audit = _commit(edit)
    _tell(edit)
    return edit.ticket, audit


def _commit(edit: Edit) -> Record:
    """Run the triggers, then store ticket, comment and audit under one time."""
    box, now = edit.box, edit.box.now()
    edit.ticket = {**edit.ticket, "updated_at": now}
    triggers.run(edit)
    audit = {
        "id": box.store.next_id(),
        "ticket_id": edit.ticket["id"],
        "created_at": now,
        "author_id": edit.actor.user_id,
        "metadata": {"system": _system(), "custom": edit.custom_metadata},
        "events": edit.events,
        "via": via(edit.actor.channel),
    }
    if edit.comment is not None:
        box.store.put("comment", {**edit.comment, "audit_id": audit["id"]})
    box.store.put("ticket", edit.ticket)
    return box.store.put("audit", audit)


def _tell(edit: Edit) -> None:
    """Only after the change is stored: an endpoint that reads the ticket must find it."""
    for parcel in edit.parcels:
        post(edit.box, parcel)
    events.publish(edit)


def _set_attributes(edit: Edit, wanted: Mapping[str, Any]) -> None:
    edit.custom_metadata = dict(wanted.get("metadata") or {})
    for name in _PLAIN:
        if name in wanted:
            edit.set(name, wanted[name])
    if "tags" in wanted:
        tags = wanted["tags"] or []
        edit.set_tags(tags.split() if isinstance(tags, str) else tags)
    for item in wanted.get("custom_fields") or wanted.get("fields") or []:
        edit.set_field(item["id"], item.get("value"))


def _blank(box: Pocket, actor: Caller, wanted: Mapping[str, Any]) -> Record:
    now = box.now()
    requester = requester_of(box, actor, wanted)
    return {
        "id": box.store.next_id("ticket"),
        "external_id": None,
        "via": actor.channel,
        "created_at": now,
        "updated_at": now,
        "type": None,
        "subject": None,
        "description": "",
        "priority": None,
        "status": "new",
        "requester_id": requester["id"],
        "submitter_id": wanted.get("submitter_id") or requester["id"],
        "assignee_id": None,
        "organization_id": requester["organization_id"],
        "group_id": GROUP_ID,
        "problem_id": None,
        "is_public": False,
        "due_at": None,
        "tags": [],
        "values": {},
        "sharing_agreement_ids": [],
        "followup_source": wanted.get("via_followup_source_id"),
        "ticket_form_id": FORM_ID,
        "brand_id": BRAND_ID,
    }


def _check_stamp(ticket: Record, wanted: Mapping[str, Any]) -> None:
    """`safe_update: false` acts like true (facts §5.2); only leaving it out forces."""
    if "safe_update" not in wanted:
        return
    if "updated_stamp" not in wanted:
        raise bad_request("safe_update needs an updated_stamp")
    try:
        read = datetime.fromisoformat(str(wanted["updated_stamp"]))
    except ValueError:
        raise bad_request("updated_stamp is not a time") from None
    if read < datetime.fromisoformat(ticket["updated_at"]):
        raise conflict()


def _reopen(edit: Edit) -> None:
    """A customer's reply wakes a ticket that waited for it."""
    if edit.actor.role == "end-user" and edit.ticket["status"] in {"pending", "hold", "solved"}:
        edit.set("status", "open")


def _system() -> Record:
    return {"client": "pocket", "ip_address": "127.0.0.1", "location": "", "latitude": None,
            "longitude": None}  # fmt: skip
