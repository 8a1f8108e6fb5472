"""The rest of the account over HTTP: users, groups, forms, views, brands, addresses."""

from typing import Final

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.auth import caller
from bot.sandbox.conditions import Moment, hold
from bot.sandbox.crud import Resource, find, serve
from bot.sandbox.paging import page_of
from bot.sandbox.people import present_user
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.rates import count_listing
from bot.sandbox.replies import invalid
from bot.sandbox.requests_in import host
from bot.sandbox.rule_checks import check_conditions, read_conditions
from bot.sandbox.state import Record
from bot.sandbox.ticket_view import present_ticket

api = Blueprint("account", __name__, url_prefix="/api/v2")
addresses = Blueprint("addresses", __name__)
_LOOPBACK: Final = ["127.0.0.1/32", "::1/128"]


@api.get("/users/me")
def show_me() -> Response:
    """The authenticated user."""
    return jsonify({"user": present_user(find("user", caller().user_id), host())})


@api.get("/users")
def list_users() -> Response:
    """All users."""
    users = [present_user(user, host()) for user in pocket().store.all("user")]
    return jsonify(page_of(users, "users", host()))


@api.get("/users/search")
def search_users() -> Response:
    """Users whose mail or name is asked for."""
    query = request.args.get("query", "").removeprefix("email:").lower()
    users = pocket().store.all("user")
    found = [present_user(u, host()) for u in users if query in f"{u['email']} {u['name']}".lower()]
    return jsonify(page_of(found, "users", host()))


@api.get("/users/<int:key>")
def show_user(key: int) -> Response:
    """One user."""
    return jsonify({"user": present_user(find("user", key), host())})


@api.get("/account/settings")
def settings() -> Response:
    """As much of the settings as a doctor asks for."""
    shown = {"active_features": {"agent_workspace": True}, "api": {"token_access": True},
             "tickets": {"agent_ticket_deletion": True}}  # fmt: skip
    return jsonify({"settings": shown})


@api.get("/views/active")
def active_views() -> Response:
    """Active views only."""
    found = [VIEWS.present(view) for view in pocket().store.all("view") if view["active"]]
    return jsonify(page_of(found, "views", host()))


@api.get("/views/<int:key>/tickets")
def view_tickets(key: int) -> Response:
    """The tickets that a view holds."""
    count_listing("view-execute", key, caller().user_id)
    box, view = pocket(), find("view", key)
    found = [
        present_ticket(box.store, ticket, host())
        for ticket in box.store.all("ticket")
        if hold(view["conditions"], Moment(ticket, ticket))
    ]
    return jsonify(page_of(found, "tickets", host()))


@api.get("/views/<int:key>/count")
def view_count(key: int) -> Response:
    """How many tickets a view holds."""
    view = find("view", key)
    tickets = pocket().store.all("ticket")
    value = sum(hold(view["conditions"], Moment(ticket, ticket)) for ticket in tickets)
    count = {"view_id": key, "value": value, "pretty": str(value), "fresh": True}
    return jsonify({"view_count": count})


@addresses.get("/ips")
def ips() -> Response:
    """Where calls come from and go to; needs no credentials."""
    lists = {"all": _LOOPBACK, "specific": _LOOPBACK}
    return jsonify({"ips": {"egress": lists, "ingress": lists}})


def _check_view(box: Pocket, merged: Record) -> Record:
    if not merged["title"]:
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    given: Record = {key: merged.pop(key) for key in ("all", "any") if key in merged}
    conditions = check_conditions(box.store, read_conditions(given or merged))
    output = merged.pop("output", None) or {}
    columns = [{"id": name, "title": str(name).capitalize()} for name in output.get("columns", [])]
    execution = merged.get("execution") or {"columns": [], "fields": []}
    if output:
        execution = {**output, "columns": columns, "fields": columns}
    return {**merged, "raw_title": merged["title"], "conditions": conditions,
            "execution": execution}  # fmt: skip


def _plain(kind: str, plural: str, known: set[str]) -> Resource:
    defaults = {"active": True} if kind == "ticket_form" else {}
    return Resource(kind, plural, frozenset(known), lambda _box: dict(defaults))


_VIEW_KEYS = frozenset(
    {"title", "description", "active", "position", "restriction", "conditions"}
    | {"all", "any", "output"}
)
_FORM_KEYS = {
    "name", "display_name", "raw_name", "end_user_visible", "position", "active", "default",
    "in_all_brands", "restricted_brand_ids", "ticket_field_ids", "agent_conditions",
    "end_user_conditions",
}  # fmt: skip
VIEWS = Resource(
    "view",
    "views",
    _VIEW_KEYS,
    lambda box: {
        "title": "",
        "description": None,
        "active": True,
        "position": len(box.store.all("view")) + 1,
        "default": False,
        "restriction": None,
    },
    _check_view,
)
serve(api, VIEWS)
serve(api, _plain("group", "groups", {"name", "description", "default", "is_public"}))
serve(api, _plain("brand", "brands", {"name", "subdomain", "active", "default"}))
serve(api, _plain("organization", "organizations", {"name", "domain_names", "tags"}))
serve(api, _plain("ticket_form", "ticket_forms", _FORM_KEYS))
