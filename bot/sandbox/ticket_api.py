"""Tickets over HTTP."""

import hashlib
from contextlib import nullcontext
from typing import Final

from flask import Blueprint, Response, jsonify, request

from bot.sandbox import tickets
from bot.sandbox.auth import caller
from bot.sandbox.comments import present_event
from bot.sandbox.crud import find
from bot.sandbox.deleted_api import remember_deleted
from bot.sandbox.events import announce
from bot.sandbox.paging import page_of
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.rates import count_listing, count_update
from bot.sandbox.replies import ApiError, bad_request
from bot.sandbox.requests_in import body, host, include, warn_of_unknown, whole_body
from bot.sandbox.state import Record
from bot.sandbox.ticket_view import present_ticket, sideload

Answer = tuple[Response, int, dict[str, str]]

api = Blueprint("tickets", __name__, url_prefix="/api/v2")
_IDEMPOTENT_SECONDS: Final = 2 * 3600


@api.get("/tickets")
def list_tickets() -> Response:
    """All tickets, oldest first."""
    count_listing("tickets-index")
    box = pocket()
    page = page_of(box.store.all("ticket"), "tickets", host())
    return jsonify(_presented(box, page, "tickets"))


@api.get("/tickets/show_many")
def show_many() -> Response:
    """Tickets by id."""
    box = pocket()
    wanted = request.args.get("ids", "").split(",")
    if len(wanted) > 100:  # noqa: PLR2004  Zendesk's own limit
        text = "The maximum number of ids is 100"
        raise ApiError(400, {"error": "TooManyValues", "description": text, "max_count": 100})
    found = [ticket for key in wanted if (ticket := box.store.get("ticket", key))]
    return jsonify(_presented(box, page_of(found, "tickets", host()), "tickets"))


@api.post("/tickets")
def create_ticket() -> Answer:
    """Create; an Idempotency-Key makes a repeated create answer with the first ticket."""
    box, given = pocket(), body("ticket")
    key, digest = _idempotency()
    with box.store.transaction() if key else nullcontext():  # two at once make one ticket
        known = box.store.get("idempotency", key) if key else None
        if known and known["until"] > box.clock().timestamp():
            return _again(box, known, digest)
        ticket, audit = tickets.create(box, caller(), given, host())
        if key:
            until = box.clock().timestamp() + _IDEMPOTENT_SECONDS
            kept = {"id": key, "digest": digest, "ticket": ticket["id"], "until": until}
            box.store.put("idempotency", kept)
    answer = _with_audit(box, ticket, audit)
    answer.headers["Location"] = f"{host()}/api/v2/tickets/{ticket['id']}.json"
    headers = warn_of_unknown(given, tickets.KNOWN_KEYS)
    return answer, 201, headers | ({"x-idempotency-lookup": "miss"} if key else {})


@api.get("/tickets/<int:key>")
def show_ticket(key: int) -> Response:
    """One ticket, without its comments."""
    box, ticket = pocket(), find("ticket", key)
    wanted = include()
    shown = {"ticket": present_ticket(box.store, ticket, host(), wanted)}
    return jsonify({**shown, **sideload(box, [ticket], host(), wanted)})


@api.put("/tickets/<int:key>")
def update_ticket(key: int) -> Answer:
    """Change a ticket; the only way to add a comment."""
    box, given = pocket(), body("ticket")
    find("ticket", key)
    count_update(key)
    ticket, audit = tickets.update(box, caller(), key, given, host())
    return _with_audit(box, ticket, audit), 200, warn_of_unknown(given, tickets.KNOWN_KEYS)


@api.delete("/tickets/<int:key>")
def delete_ticket(key: int) -> tuple[str, int]:
    """Delete a ticket and what belongs to it."""
    box = pocket()
    ticket = find("ticket", key)
    with box.store.transaction():
        for kind in ("comment", "audit"):
            for record in box.store.of_ticket(kind, key):
                box.store.delete(kind, record["id"])
        box.store.delete("ticket", key)
        remember_deleted(box, ticket)
    announce(box, ticket, caller().user_id, [("soft_deleted", {})])
    return "", 204


@api.get("/tickets/<int:key>/tags")
def show_tags(key: int) -> Response:
    """The ticket's tags."""
    return jsonify({"tags": find("ticket", key)["tags"]})


@api.route("/tickets/<int:key>/tags", methods=["PUT", "POST", "DELETE"])
def change_tags(key: int) -> tuple[Response, int]:
    """PUT adds, POST sets, DELETE removes; all three count as an update of the ticket."""
    box, given = pocket(), whole_body()
    tags = given.get("tags")
    if not isinstance(tags, list):
        raise bad_request("tags must be an array")
    count_update(key)
    with box.store.transaction():
        old = find("ticket", key)["tags"]
        after = {"PUT": [*old, *tags], "POST": tags}.get(
            request.method, [tag for tag in old if tag not in tags]
        )
        stamps: Record = {
            name: given[name] for name in ("safe_update", "updated_stamp") if name in given
        }
        ticket, _ = tickets.update(box, caller(), key, {"tags": after, **stamps}, host())
    return jsonify({"tags": ticket["tags"]}), 201 if request.method == "POST" else 200


def _idempotency() -> tuple[str, str]:
    return request.headers.get("Idempotency-Key", ""), hashlib.sha256(request.data).hexdigest()


def _again(box: Pocket, known: Record, digest: str) -> Answer:
    if known["digest"] != digest:
        text = "Request parameters don't match the given idempotency key"
        raise ApiError(400, {"error": "IdempotentRequestError", "description": text})
    ticket = find("ticket", known["ticket"])
    audit = box.store.of_ticket("audit", ticket["id"])[0]
    return _with_audit(box, ticket, audit), 201, {"x-idempotency-lookup": "hit"}


def _with_audit(box: Pocket, ticket: Record, audit: Record | None) -> Response:
    answer: Record = {"ticket": present_ticket(box.store, ticket, host(), include())}
    if audit is not None:
        answer["audit"] = present_audit(audit)
    return jsonify(answer)


def _presented(box: Pocket, page: Record, key: str) -> Record:
    wanted = include()
    shown = [present_ticket(box.store, ticket, host(), wanted) for ticket in page[key]]
    return {**page, key: shown, **sideload(box, page[key], host(), wanted)}


def present_audit(audit: Record) -> Record:
    """An audit as the API shows one."""
    return {**audit, "events": [present_event(event, host()) for event in audit["events"]]}
