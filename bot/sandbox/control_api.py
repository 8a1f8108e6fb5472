"""The tester's hand on the pocket Zendesk: faults, the call log, counts, reset."""

from collections import Counter

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.account import BOT_USER_ID, move_in
from bot.sandbox.faults import Rule
from bot.sandbox.guard import only_from_here
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.replies import bad_request
from bot.sandbox.requests_in import whole_body

api = Blueprint("control", __name__, url_prefix="/sandbox")
api.before_request(only_from_here)


@api.post("/faults")
def set_faults() -> Response:
    """Replace the schedule: `{"rules": [{"match", "what", …}], "seed": 1}`."""
    given = whole_body()
    try:
        rules = [Rule.read(item) for item in given.get("rules", [])]
    except (TypeError, ValueError) as problem:
        raise bad_request(str(problem)) from problem
    box = pocket()
    box.faults.set(rules, int(given.get("seed", 1)))
    return jsonify({"rules": box.faults.report()})


@api.get("/faults")
def show_faults() -> Response:
    """How often each rule matched and struck."""
    return jsonify({"rules": pocket().faults.report()})


@api.get("/log")
def show_log() -> Response:
    r"""The API calls so far; `?method=PUT&path=/tickets/\\d+$&ticket=35` narrows them down."""
    ticket = request.args.get("ticket", type=int)
    calls = pocket().calls.as_json(
        request.args.get("method", ""), request.args.get("path", ""), ticket
    )
    return jsonify({"calls": calls, "count": len(calls)})


@api.delete("/log")
def clear_log() -> tuple[str, int]:
    """Start counting anew."""
    pocket().calls.clear()
    return "", 204


@api.get("/notes")
def show_notes() -> Response:
    """How many internal notes the bot wrote, by ticket."""
    return jsonify({"notes": {str(key): value for key, value in notes_of(pocket()).items()}})


@api.get("/deliveries")
def show_deliveries() -> Response:
    """What became of the webhooks, counted by status."""
    box = pocket()
    statuses = Counter(item.status for item in list(box.deliverer.invocations))
    return jsonify({"statuses": statuses})


@api.post("/expire-tokens")
def expire_tokens() -> tuple[str, int]:
    """Every OAuth token stops working now."""
    expire(pocket())
    return "", 204


@api.post("/reset")
def reset() -> tuple[str, int]:
    """Back to the empty account: no tickets, no triggers, no faults, no log."""
    empty(pocket())
    return "", 204


def notes_of(box: Pocket) -> Counter[int]:
    """Internal notes of the bot's user, by ticket."""
    return Counter(
        comment["ticket_id"]
        for comment in box.store.all("comment")
        if comment["author_id"] == BOT_USER_ID and not comment["public"]
    )


def expire(box: Pocket) -> None:
    """Void every OAuth token."""
    with box.store.transaction():
        for token in box.store.all("token"):
            box.store.delete("token", token["id"])


def empty(box: Pocket) -> None:
    """Forget everything but the people who live here from the start."""
    box.faults.set([])
    box.deliverer.forget()
    box.store.clear()
    box.calls.clear()
    box.meter.clear()
    move_in(box.store, box.now())
