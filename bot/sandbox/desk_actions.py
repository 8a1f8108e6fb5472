"""What an agent does at the desk: file, reply, set fields and tags, apply a macro."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from bot.sandbox import desk_view, tickets
from bot.sandbox.account import AGENT_USER_ID
from bot.sandbox.auth import Caller, as_user
from bot.sandbox.crud import find
from bot.sandbox.guard import only_from_here
from bot.sandbox.macros import changes_of
from bot.sandbox.people import requester_of
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.requests_in import host
from bot.sandbox.samples import Sample, sample
from bot.sandbox.state import Record

actions = Blueprint("desk_actions", __name__)
actions.before_request(only_from_here)


@actions.post("/desk/tickets")
def file_ticket() -> Response:
    """A customer's new ticket through the web form."""
    box, form = pocket(), request.form
    chosen = sample(form.get("sample", ""))
    wanted = _from_sample(box, chosen) if chosen else _from_form(form)
    if not str(wanted["comment"]["body"]).strip():
        abort(422, "The ticket needs a description")
    with box.store.transaction():
        agent = as_user(box, AGENT_USER_ID, channel="web")
        requester = requester_of(box, agent, wanted)
        customer = Caller(requester["id"], requester["role"], channel="web")
    ticket, _ = tickets.create(box, customer, wanted, host())
    return redirect(f"/desk/tickets/{ticket['id']}", 303)


@actions.post("/desk/tickets/<int:key>/reply")
def reply(key: int) -> Response:
    """A public reply, an internal note, or the customer's answer."""
    box, form = pocket(), request.form
    ticket = find("ticket", key)
    text, kind = form.get("body", "").strip(), form.get("kind", "public")
    wanted: dict[str, Any] = {}
    if text:
        wanted["comment"] = {"body": text, "public": kind != "internal"}
        if form.get("html") and kind != "customer":
            wanted["comment"] |= {"html_body": form["html"]}
    if kind != "customer" and "tags" in form:  # Submit takes the fields along, too
        wanted |= _field_changes(box, ticket)
    if kind != "customer" and form.get("status"):
        wanted["status"] = form["status"]
    user_id = ticket["requester_id"] if kind == "customer" else AGENT_USER_ID
    return _update(box, as_user(box, user_id, channel="web"), key, wanted)


@actions.post("/desk/tickets/<int:key>/fields")
def set_fields(key: int) -> Response:
    """Tags and custom fields as the agent left them."""
    box = pocket()
    wanted = _field_changes(box, find("ticket", key))
    return _update(box, as_user(box, AGENT_USER_ID, channel="web"), key, wanted)


@actions.post("/desk/tickets/<int:key>/macro")
def apply_macro(key: int) -> Response:
    """Apply a macro and submit what it changes."""
    box = pocket()
    macro = find("macro", request.form.get("macro", ""))
    changes = changes_of(macro, find("ticket", key), AGENT_USER_ID)
    return _update(box, as_user(box, AGENT_USER_ID, channel="web"), key, changes)


def _field_changes(box: Pocket, before: Record) -> dict[str, Any]:
    """What the agent changed; with `tags_before` and `changed`, others' changes since then stay."""
    form, wanted = request.form, dict[str, Any]()
    touched = form.getlist("changed") if "tags_before" in form else None
    shown, tags = form.get("tags_before"), set(form.get("tags", "").split())
    if shown is not None:
        tags = (set(before["tags"]) | tags) - (set(shown.split()) - tags)
    if sorted(tags) != before["tags"]:
        wanted["tags"] = sorted(tags)
    wanted["custom_fields"] = [
        {"id": field.id, "value": value}
        for field in desk_view.fields(box, before)
        if touched is None or f"field_{field.id}" in touched
        if (value := _submitted(field, form)) != _shown(field)
    ]
    return wanted


def _update(box: Pocket, actor: Caller, key: int, wanted: Mapping[str, Any]) -> Response:
    tickets.update(box, actor, key, wanted, host())
    if request.headers.get("X-Requested-With") == "desk":
        return Response(status=204)
    return redirect(f"/desk/tickets/{key}#end", 303)


def _from_form(form: Mapping[str, str]) -> dict[str, Any]:
    fields = desk_view.fields(pocket())
    given = {field.id: _submitted(field, form) for field in fields}
    return {
        "subject": form.get("subject", "").strip() or None,
        "requester": {
            "name": form.get("requester", "").strip() or "Casey Customer",
            "email": form.get("email", "").strip() or "casey@acme.example",
        },
        "comment": {"body": form.get("body", "")},
        "tags": form.get("tags", "").split(),
        "custom_fields": [{"id": key, "value": value} for key, value in given.items() if value],
    }


def _from_sample(box: Pocket, chosen: Sample) -> dict[str, Any]:
    known = [(field, desk_view.sample_value(field, chosen)) for field in desk_view.fields(box)]
    return {
        "subject": chosen.subject,
        "requester": {"name": chosen.requester, "email": chosen.email},
        "comment": {"body": chosen.description},
        "tags": list(chosen.tags),
        "custom_fields": [{"id": field.id, "value": value} for field, value in known if value],
    }


def _submitted(field: desk_view.Field, form: Mapping[str, str]) -> Any:
    raw = form.get(f"field_{field.id}", "").strip()
    if field.type == "checkbox":
        return raw == "on"
    return raw or None


def _shown(field: desk_view.Field) -> Any:
    return bool(field.value) if field.type == "checkbox" else field.value
