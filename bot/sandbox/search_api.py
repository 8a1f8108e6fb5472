"""Search and incremental export, as far as a reconciliation needs them."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.conditions import STATUS_ORDER
from bot.sandbox.paging import number, page_of
from bot.sandbox.pocket import pocket
from bot.sandbox.rates import count_listing
from bot.sandbox.replies import ApiError, bad_request
from bot.sandbox.requests_in import host, include
from bot.sandbox.state import Record
from bot.sandbox.ticket_view import present_ticket, sideload

api = Blueprint("search", __name__, url_prefix="/api/v2")

_MAX_RESULTS: Final = 1000
_TERM = re.compile(r'(-?)(\w+)(:|>=|<=|>|<)("[^"]*"|\S+)|"[^"]*"|\S+')
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    ":": lambda left, right: bool(left == right),
    ">": lambda left, right: bool(left > right),
    "<": lambda left, right: bool(left < right),
    ">=": lambda left, right: bool(left >= right),
    "<=": lambda left, right: bool(left <= right),
}
_TIMES: Final = {"updated": "updated_at", "created": "created_at"}


@api.get("/search")
def search() -> Response:
    """Tickets that match, newest update first unless `sort_by` says otherwise; at most 1,000."""
    found = _found(request.args.get("query", ""))
    shown = [{**_shown(ticket), "result_type": "ticket"} for ticket in found]
    page = page_of(shown, "results", host())
    place, size = number("page", 1), number("per_page", 100)
    if place * size > _MAX_RESULTS and len(found) > _MAX_RESULTS:
        text = "Requested response size was greater than Search Response Limits"
        raise ApiError(422, {"error": "invalid", "description": text})
    return jsonify({**page, "facets": None})


@api.get("/search/export")
def export() -> Response:
    """The same by cursor, without the ceiling."""
    count_listing("search-export")
    if request.args.get("filter[type]") not in {None, "ticket"}:
        raise bad_request("only filter[type]=ticket is here")
    found = _found(request.args.get("query", ""))
    shown = [{**_shown(ticket), "result_type": "ticket"} for ticket in found]
    return jsonify({**page_of(shown, "results", host(), cursor_only=True), "facets": None})


@api.get("/search/count")
def count() -> Response:
    """How many match."""
    return jsonify({"count": len(_found(request.args.get("query", "")))})


@api.get("/incremental/tickets/cursor")
def incremental() -> Response:
    """Tickets changed since `start_time`, oldest change first, by cursor."""
    count_listing("incremental-tickets")
    box = pocket()
    since, seen = _position()
    size = min(number("per_page", 1000), 1000)
    changed = [
        (_read(ticket["updated_at"]).timestamp(), ticket["id"], ticket)
        for ticket in box.store.all("ticket")
    ]
    waiting = sorted((item for item in changed if (item[0], item[1]) > (since, seen)),
                     key=lambda item: item[:2])  # fmt: skip
    page = waiting[:size]
    end = page[-1][:2] if page else (since, seen)
    cursor = base64.urlsafe_b64encode(f"{end[0]}|{end[1]}".encode()).decode()
    tickets = [item[2] for item in page]
    address = f"{host()}/api/v2/incremental/tickets/cursor.json"
    return jsonify(
        {
            "tickets": [_shown(ticket) for ticket in tickets],
            "after_cursor": cursor,
            "after_url": f"{address}?per_page={size}&cursor={cursor}",
            "before_cursor": None,
            "before_url": None,
            "end_of_stream": len(waiting) <= size,
            **sideload(box, tickets, host(), include()),
        }
    )


def _shown(ticket: Record) -> Record:
    shown = present_ticket(pocket().store, ticket, host(), include())
    return {**shown, "generated_timestamp": int(_read(ticket["updated_at"]).timestamp())}


def _position() -> tuple[float, int]:
    cursor, start = request.args.get("cursor"), request.args.get("start_time")
    try:
        if cursor:
            since, _, seen = base64.urlsafe_b64decode(cursor).decode().partition("|")
            return float(since), int(seen)
        return float(start or ""), -1
    except ValueError:
        raise bad_request("start_time or cursor is required") from None


def _found(query: str) -> list[Record]:
    terms = [found for found in _TERM.finditer(query) if found[0] != "type:ticket"]
    tickets = [t for t in pocket().store.all("ticket") if all(_fits(t, term) for term in terms)]
    name = request.args.get("sort_by", "updated_at")
    key = name if name in {"updated_at", "created_at", "status", "priority"} else "updated_at"
    ascending = request.args.get("sort_order") == "asc"
    return sorted(tickets, key=lambda ticket: str(ticket[key]), reverse=not ascending)


def _fits(ticket: Record, term: "re.Match[str]") -> bool:
    negated, name, operator, raw = term[1], term[2], term[3], term[4]
    if name is None:
        text = f"{ticket['subject']} {ticket['description']}".lower()
        return term[0].strip('"').lower() in text
    value = raw.strip('"')
    if name == "tags":
        result = bool(set(value.replace(",", " ").split()) & set(ticket["tags"]))
    elif name in _TIMES:
        result = _COMPARE[operator](_read(ticket[_TIMES[name]]), _read(value))
    elif name == "status":
        order = STATUS_ORDER.index
        result = value in STATUS_ORDER and _COMPARE[operator](order(ticket["status"]), order(value))
    else:
        key = {"requester": "requester_id", "group": "group_id"}.get(name, name)
        result = str(ticket.get(key)) == value
    return result != bool(negated)


def _read(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(422, {"error": "invalid", "description": f"Invalid date: {text}"}) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
