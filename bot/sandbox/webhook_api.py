"""Webhooks over HTTP: made, changed, tested, their secret and their log."""

from typing import Any, Final

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.auth import caller
from bot.sandbox.crud import find
from bot.sandbox.delivery import Attempt, Invocation
from bot.sandbox.paging import page_of
from bot.sandbox.pocket import pocket
from bot.sandbox.replies import ApiError, invalid, not_found
from bot.sandbox.requests_in import body, host
from bot.sandbox.state import Record
from bot.sandbox.webhooks import TRIGGER_CONNECTED, new_secret, parcel_for, signing_secret, ulid

api = Blueprint("webhooks", __name__, url_prefix="/api/v2")

_KNOWN: Final = (
    "name", "description", "status", "subscriptions", "endpoint", "http_method",
    "request_format", "authentication", "custom_headers",
)  # fmt: skip
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_FORMATS: Final = frozenset({"json", "xml", "form_encoded"})
_REFUSED: Final = ("external_source", "signing_secret")


@api.get("/webhooks")
def list_webhooks() -> Response:
    """All webhooks, by cursor, filtered and sorted."""
    part = request.args.get("filter[name_contains]", "").lower()
    status = request.args.get("filter[status]", "")
    found = [
        _present(item)
        for item in pocket().store.all("webhook")
        if part in item["name"].lower() and status in {"", item["status"]}
    ]
    order = request.args.get("sort", "").lstrip("-")
    if order in {"name", "status"}:
        found.sort(key=lambda item: str(item[order]), reverse=request.args["sort"].startswith("-"))
    return jsonify(page_of(found, "webhooks", host(), cursor_only=True))


@api.post("/webhooks")
def create_webhook() -> tuple[Response, int]:
    """A new webhook; the answer does not hold the signing secret."""
    box = pocket()
    cloned = request.args.get("clone_webhook_id")
    given = find("webhook", cloned) if cloned else body("webhook")
    with box.store.transaction():
        record = _checked({"status": "active", "subscriptions": [], **_known(given)})
        now = box.clock()
        fresh = {
            "id": ulid(),
            "created_at": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond:06d}123Z",
            "created_by": str(caller().user_id),
        }
        box.store.put("signing_secret", {"id": fresh["id"], "secret": new_secret()})
        webhook = box.store.put("webhook", {**record, **fresh})
    return jsonify({"webhook": _present(webhook)}), 201


@api.get("/webhooks/<key>")
def show_webhook(key: str) -> Response:
    """One webhook."""
    return jsonify({"webhook": _present(find("webhook", key))})


@api.route("/webhooks/<key>", methods=["PUT", "PATCH"])
def change_webhook(key: str) -> tuple[str, int]:
    """PUT replaces the whole, PATCH a part; kind and subscriptions cannot change."""
    box, given = pocket(), body("webhook")
    old = find("webhook", key)
    wanted: list[str] = given.get("subscriptions") or old["subscriptions"]
    if sorted(wanted) != sorted(old["subscriptions"]):
        raise invalid("subscriptions", "Subscriptions: cannot be changed")
    base = old if request.method == "PATCH" else {
        name: old[name] for name in ("id", "created_at", "created_by", "subscriptions", "status")
    }  # fmt: skip
    who = {"updated_at": box.now(), "updated_by": str(caller().user_id)}
    box.store.put("webhook", {**base, **_checked({**base, **_known(given)}), **who})
    return "", 204


@api.delete("/webhooks/<key>")
def delete_webhook(key: str) -> tuple[str, int]:
    """Delete; a trigger that still calls it is in the way."""
    find("webhook", key)
    box = pocket()
    if any(_calls(trigger, key) for trigger in box.store.all("trigger") if trigger["active"]):
        raise ApiError(409, _errors("WebhookConnected", "The webhook is used by a trigger"))
    with box.store.transaction():
        box.store.delete("webhook", key)
        box.store.delete("signing_secret", key)
    return "", 204


@api.get("/webhooks/<key>/signing_secret")
def show_secret(key: str) -> Response:
    """The secret in force."""
    find("webhook", key)
    return jsonify(_secret(signing_secret(pocket(), key)))


@api.post("/webhooks/<key>/signing_secret")
def rotate_secret(key: str) -> tuple[Response, int]:
    """A new secret; the old one is void at once."""
    find("webhook", key)
    secret = new_secret()
    pocket().store.put("signing_secret", {"id": key, "secret": secret})
    return jsonify(_secret(secret)), 201


@api.post("/webhooks/test")
def test_webhook() -> Response:
    """Send one request now and show what came back."""
    box, key = pocket(), request.args.get("webhook_id")
    stored = find("webhook", key) if key else {"id": ulid()}
    given = body("request") if request.data else {}
    webhook = _checked({"name": "test", "subscriptions": [], **stored, **_known(given)})
    parcel = parcel_for(box, {**webhook, "id": stored["id"]}, str(given.get("payload") or ""))
    invocation = box.deliverer.send(parcel)
    box.deliverer.wait_for(invocation)
    last = invocation.attempts[-1] if invocation.attempts else None
    answer = {
        "status_code": last.status_code if last else None,
        "headers": _pairs(last.response_headers if last else ()),
        "payload": last.response if last else "",
    }
    return jsonify({"response": answer})


@api.get("/webhooks/<key>/invocations")
def list_invocations(key: str) -> Response:
    """What was sent, newest first."""
    find("webhook", key)
    items = [_invocation(item) for item in reversed(pocket().deliverer.of_webhook(key))]
    status = request.args.get("filter[status]")
    found = [item for item in items if status in {None, item["status"]}]
    return jsonify(page_of(found, "invocations", host(), cursor_only=True))


@api.get("/webhooks/<key>/invocations/<invocation>/attempts")
def list_attempts(key: str, invocation: str) -> Response:
    """Every try of one invocation, with the full request and answer."""
    for item in pocket().deliverer.of_webhook(key):
        if item.parcel.invocation_id == invocation:
            attempts = [_attempt(item, attempt) for attempt in item.attempts]
            return jsonify({"attempts": attempts})
    raise not_found()


def _known(given: Record) -> Record:
    for name in _REFUSED:
        if name in given:
            raise ApiError(400, _errors("InvalidParameter", f"{name} cannot be set"))
    return {key: given[key] for key in _KNOWN if key in given}


def _checked(record: Record) -> Record:
    problems = {
        "name": not record.get("name"),
        "endpoint": not str(record.get("endpoint", "")).startswith(("http://", "https://")),
        "http_method": record.get("http_method") not in _METHODS,
        "request_format": record.get("request_format") not in _FORMATS,
        "status": record.get("status", "active") not in {"active", "inactive"},
        "subscriptions": _mixed(record.get("subscriptions") or []),
    }
    if _subscribes(record):
        # Events come as POST with JSON and in no other way (facts §2.1).
        problems["http_method"] |= record.get("http_method") != "POST"
        problems["request_format"] |= record.get("request_format") != "json"
    wrong = [name for name, is_wrong in problems.items() if is_wrong]
    if wrong:
        raise ApiError(400, _errors("InvalidParameter", f"{wrong[0]} is not valid", wrong[0]))
    return record


def _mixed(subscriptions: list[str]) -> bool:
    """The two kinds exclude each other (facts §2.1)."""
    return TRIGGER_CONNECTED in subscriptions and len(subscriptions) > 1


def _subscribes(record: Record) -> bool:
    return any(str(name).startswith("zen:") for name in record.get("subscriptions") or [])


def _present(webhook: Record) -> Record:
    shown = dict(webhook)
    auth = shown.get("authentication")
    if auth:
        name = (auth.get("data") or {}).get("username")
        data = {"data": {"username": name}} if name else {}
        shown["authentication"] = {
            "type": auth.get("type"),
            "add_position": auth.get("add_position", "header"),
            **data,
        }
    return shown


def _errors(code: str, title: str, pointer: str = "") -> dict[str, Any]:
    source = {"pointer": f"/webhook/{pointer}"} if pointer else {}
    return {"errors": [{"code": code, "title": title, "detail": title, "source": source}]}


def _calls(trigger: Record, webhook_id: str) -> bool:
    return any(
        action["field"] == "notification_webhook" and action["value"][0] == webhook_id
        for action in trigger["actions"]
    )


def _secret(secret: str) -> Record:
    return {"signing_secret": {"secret": secret, "algorithm": "SHA256"}}


def _pairs(headers: tuple[tuple[str, str], ...]) -> list[Record]:
    return [{"key": key, "value": value} for key, value in headers]


def _invocation(item: Invocation) -> Record:
    last: Attempt | None = item.attempts[-1] if item.attempts else None
    shown: Record = {"id": item.parcel.invocation_id, "status": item.status}
    shown["latest_completed_at"] = last.at if last else None
    if last and last.status_code is not None:
        shown["status_code"] = last.status_code
    return shown


def _attempt(item: Invocation, attempt: Attempt) -> Record:
    request_shown = {
        "endpoint": item.parcel.endpoint,
        "http_method": item.parcel.method,
        "headers": _pairs(attempt.request_headers),
        "payload": item.parcel.body.decode(errors="replace"),
    }
    response = {
        "status_code": attempt.status_code,
        "headers": _pairs(attempt.response_headers),
        "payload": attempt.response,
    }
    return {"status": attempt.status, "completed_at": attempt.at, "request": request_shown,
            "response": response}  # fmt: skip
