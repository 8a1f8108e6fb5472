"""Macros over HTTP; applying one only previews what it would do."""

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.actions import MACRO_ACTIONS
from bot.sandbox.auth import caller
from bot.sandbox.crud import Resource, find, serve
from bot.sandbox.macros import changes_of
from bot.sandbox.paging import page_of
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.replies import invalid
from bot.sandbox.requests_in import host
from bot.sandbox.rule_checks import check_actions
from bot.sandbox.state import Record
from bot.sandbox.ticket_view import present_ticket

api = Blueprint("macros", __name__, url_prefix="/api/v2")


def _fresh(box: Pocket) -> Record:
    return {
        "title": "",
        "description": None,
        "active": True,
        "position": len(box.store.all("macro")) + 1,
        "default": False,
        "restriction": None,
        "actions": [],
    }


def _check(box: Pocket, merged: Record) -> Record:
    if not merged["title"]:
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    actions = check_actions(box.store, merged["actions"], MACRO_ACTIONS)
    _check_restriction(box, merged.get("restriction"))
    return {**merged, "raw_title": merged["title"], "actions": actions}


def _check_restriction(box: Pocket, given: Record | None) -> None:
    """For whom it is: a group, several, or one user."""
    if not given:
        return
    kinds = {"Group": "group", "User": "user"}
    kind = kinds.get(str(given.get("type")))
    ids = given.get("ids") or [given.get("id")]
    if kind is None or not isinstance(ids, list):
        raise invalid("restriction", "Restriction: type must be Group or User")
    for key in ids:
        if box.store.get(kind, key) is None:
            raise invalid("restriction", f"Restriction: {key} does not exist")


@api.get("/macros/active")
def active() -> Response:
    """Active macros only."""
    found = [MACROS.present(macro) for macro in pocket().store.all("macro") if macro["active"]]
    return jsonify({"macros": found, "count": len(found), "next_page": None,
                    "previous_page": None})  # fmt: skip


@api.get("/macros/actions")
def actions() -> Response:
    """What a macro may do."""
    names = [{"field": name, "title": name, "type": "list"} for name in sorted(MACRO_ACTIONS)]
    return jsonify({"actions": names})


@api.get("/macros/definitions")
def definitions() -> Response:
    """Return what a macro of this account may do."""
    known = [
        {
            "subject": name,
            "title": name,
            "type": "list",
            "group": "ticket",
            "nullable": False,
            "repeatable": False,
        }
        for name in sorted(MACRO_ACTIONS)
    ]
    return jsonify({"definitions": {"actions": known}})


@api.get("/macros/categories")
def categories() -> Response:
    """What stands before `::` in the titles: the folders."""
    titles = [str(macro["title"]) for macro in pocket().store.all("macro") if macro["active"]]
    folders = {title.partition("::")[0] for title in titles if "::" in title}
    return jsonify({"categories": sorted(folders)})


@api.get("/macros/search")
def search() -> Response:
    """Macros whose title holds `query`."""
    wanted = request.args.get("query", "").lower()
    found = [MACROS.present(macro) for macro in pocket().store.all("macro")
             if wanted in str(macro["title"]).lower()]  # fmt: skip
    return jsonify(page_of(found, "macros", host()))


@api.get("/macros/<int:key>/apply")
def apply(key: int) -> Response:
    """The changes alone."""
    return jsonify({"result": {"ticket": changes_of(find("macro", key), None)}})


@api.get("/tickets/<int:ticket_id>/macros/<int:key>/apply")
def apply_to(ticket_id: int, key: int) -> Response:
    """The whole ticket as it would be; nothing is stored."""
    box, ticket = pocket(), find("ticket", ticket_id)
    shown = present_ticket(box.store, ticket, host())
    changes = changes_of(find("macro", key), ticket, caller().user_id)
    return jsonify({"result": {"ticket": {**shown, **changes}}})


MACROS = Resource(
    kind="macro",
    plural="macros",
    known=frozenset({"title", "description", "active", "position", "restriction", "actions"}),
    fresh=_fresh,
    check=_check,
)
serve(api, MACROS)
