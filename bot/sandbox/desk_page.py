"""The desk: the list of tickets, one conversation, and what is new without reloading."""

from pathlib import Path

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from bot.sandbox import desk_view
from bot.sandbox.account import AGENT_USER_ID
from bot.sandbox.guard import only_from_here
from bot.sandbox.host_page import LOCALES, assets_origin, tray, tray_data
from bot.sandbox.host_state import ticket_state
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.samples import sample, samples
from bot.sandbox.state import Record

desk = Blueprint("desk", __name__, template_folder="templates")
desk.before_request(only_from_here)
desk.register_blueprint(tray)

_LONGEST_WAIT = 20.0
_STATIC = Path(__file__).parent / "static"
#: What desk.js imports, all the way down: without this list a browser finds them one by one.
_MODULES = (
    *("scheme.js", "submit.js", "splitter.js", "editor.js"),
    *sorted(f"host/{path.name}" for path in (_STATIC / "host").glob("*.js")),
)
_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'; frame-src {apps}"
)


@desk.after_request
def protect(response: Response) -> Response:
    """Nothing that a customer sent may load, run or be framed by strangers."""
    policy = _POLICY.format(apps=assets_origin() or "'none'")
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


@desk.context_processor
def bar() -> Record:
    """What every page shows: who is signed in, the languages, and the scripts to fetch at once."""
    agent = pocket().store.get("user", AGENT_USER_ID) or {}
    return {"agent": agent, "locales": LOCALES, "modules": _MODULES}


@desk.get("/")
def tickets() -> str:
    """The list of tickets."""
    box = pocket()
    version = box.store.version()
    return render_template("desk/tickets.html", rows=desk_view.rows(box), version=version)


@desk.get("/desk/new")
def new() -> str:
    """File a ticket: from a sample, or free text."""
    chosen = sample(request.args.get("sample", ""))
    return render_template(
        "desk/new.html",
        samples=samples(),
        chosen=chosen,
        fields=[
            (field, desk_view.sample_value(field, chosen) if chosen else None)
            for field in desk_view.fields(pocket())
        ],
    )


@desk.get("/desk/tickets/<int:key>")
def conversation(key: int) -> str:
    """One ticket."""
    box, ticket = pocket(), _ticket(key)
    return render_template(
        "desk/ticket.html",
        version=box.store.version(key),
        messages=desk_view.messages(box, key),
        macros=desk_view.macros(box),
        tray=tray_data(box, ticket),
        **_about(box, ticket),
    )


@desk.get("/agent/tickets/<int:key>")
def agent_link(key: int) -> BaseResponse:
    """The address that `{{ticket.link}}` gives."""
    return redirect(f"/desk/tickets/{key}")


@desk.get("/desk/changes")
def list_changes() -> Response:
    """The list again, as soon as any ticket changed."""
    box = pocket()
    version = _wait_for_change(box, 0)
    html = render_template("desk/_rows.html", rows=desk_view.rows(box))
    return jsonify({"version": version, "rows": html})


@desk.get("/desk/tickets/<int:key>/changes")
def ticket_changes(key: int) -> Response:
    """The conversation again, as soon as this ticket changed."""
    box = pocket()
    _ticket(key)
    version = _wait_for_change(box, key)
    ticket = _ticket(key)
    about = _about(box, ticket)
    shown = [
        {
            "id": item.id,
            "revision": item.revision,
            "html": render_template("desk/_message.html", message=item),
        }
        for item in desk_view.messages(box, key)
    ]
    return jsonify(
        {
            "version": version,
            "messages": shown,
            "head": render_template("desk/_head.html", **about),
            "fields": render_template("desk/_fields.html", **about),
            "ticket": ticket_state(box, ticket),
        }
    )


def _about(box: Pocket, ticket: Record) -> Record:
    return {
        "ticket": ticket,
        "requester": box.store.get("user", ticket["requester_id"]) or {},
        "fields": desk_view.fields(box, ticket),
    }


def _ticket(key: int) -> Record:
    found = pocket().store.get("ticket", key)
    if found is None:
        abort(404)
    return found


def _wait_for_change(box: Pocket, key: int) -> int:
    """Hold the answer until the version differs from the one the browser has."""
    since = request.args.get("since", type=int)
    wait = min(request.args.get("wait", 0.0, type=float), _LONGEST_WAIT)
    return box.store.wait_for_change(since, wait, key)
