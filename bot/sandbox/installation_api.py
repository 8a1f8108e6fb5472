"""Installations of apps over HTTP; what is secure goes in and never comes out again."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify

from bot.sandbox.crud import find
from bot.sandbox.pocket import pocket
from bot.sandbox.replies import bad_request, invalid
from bot.sandbox.requests_in import whole_body
from bot.sandbox.state import Record

api = Blueprint("installations", __name__, url_prefix="/api/v2/apps")

_PLAIN = ("enabled", "role_restrictions", "group_restrictions")


@api.get("/installations")
def list_installations() -> Response:
    """What is installed."""
    found = [_present(item) for item in pocket().store.all("installation")]
    return jsonify({"installations": found, "count": len(found), "next_page": None,
                    "previous_page": None})  # fmt: skip


@api.post("/installations")
def install() -> tuple[Response, int]:
    """Install an app."""
    given, box = whole_body(), pocket()
    app = box.store.get("app", given.get("app_id"))
    if app is None:
        raise invalid("app_id", "App: is invalid")
    if app["single_install"] and any(
        item["app_id"] == app["id"] for item in box.store.all("installation")
    ):
        raise invalid("base", "App: can only be installed once")
    settings = _settings(app, given.get("settings"), {})
    record = {
        "id": box.store.next_id(),
        "app_id": app["id"],
        "product": "support",
        "enabled": True,
        "role_restrictions": None,
        "group_restrictions": None,
        "settings": settings,
        "created_at": box.now(),
        **_plain(given),
        "updated_at": box.now(),
    }
    return jsonify(_present(box.store.put("installation", record))), 201


@api.get("/installations/<int:key>")
def show_installation(key: int) -> Response:
    """One installation, at the top of the answer."""
    return jsonify(_present(find("installation", key)))


@api.put("/installations/<int:key>")
def change_installation(key: int) -> Response:
    """Change what is named; other settings, the secure ones too, stay (facts §5)."""
    given, box = whole_body(), pocket()
    old = find("installation", key)
    app = find("app", old["app_id"])
    changed = {**old, **_plain(given), "updated_at": box.now()}
    if "settings" in given:
        changed["settings"] = _settings(app, given["settings"], old["settings"])
    return jsonify(_present(box.store.put("installation", changed)))


@api.delete("/installations/<int:key>")
def uninstall(key: int) -> tuple[str, int]:
    """Remove one installation; the app stays."""
    find("installation", key)
    pocket().store.delete("installation", key)
    return "", 204


@api.get("/installations/<int:key>/requirements")
def requirements(key: int) -> Response:
    """An app without requirements.json has none."""
    find("installation", key)
    return jsonify({"requirements": [], "count": 0, "next_page": None, "previous_page": None})


@api.get("/location_installations")
def location_installations() -> Response:
    """Which installations stand where; the ticket sidebar is all that there is."""
    ids = [item["id"] for item in pocket().store.all("installation") if item["enabled"]]
    found = [{"location_id": 1, "location_name": "ticket_sidebar", "installations": ids}]
    return jsonify({"location_installations": found})


def _settings(app: Record, given: Any, old: Record) -> Record:
    if not isinstance(given, Mapping):
        raise bad_request("settings must be an object")
    merged = {**old, **given}
    if not merged.get("name"):
        raise invalid("settings", "Name: cannot be blank", "BlankValue")
    known = {item["name"] for item in app["parameters"]} | {"name", "title"}
    for item in app["parameters"]:
        if item["default_value"] is not None:
            merged.setdefault(item["name"], item["default_value"])
        if item["required"] and merged.get(item["name"]) in {None, ""}:
            raise invalid("settings", f"{item['name']}: can't be blank", "BlankValue")
    merged.setdefault("title", merged["name"])
    return {name: value for name, value in merged.items() if name in known}


def _plain(given: Record) -> Record:
    for name in ("role_restrictions", "group_restrictions"):
        value = given.get(name)
        if value is not None and not isinstance(value, list):
            raise bad_request(f"{name} must be an array")
    for key in given.get("group_restrictions") or []:
        if pocket().store.get("group", key) is None:
            raise invalid("group_restrictions", f"Group {key}: is invalid")
    return {name: given[name] for name in _PLAIN if name in given}


def _present(installation: Record) -> Record:
    app = find("app", installation["app_id"])
    secure = {item["name"] for item in app["parameters"] if item["secure"]}
    open_ones = {name: value for name, value in installation["settings"].items()
                 if name not in secure}  # fmt: skip
    pairs = [{"name": name, "value": value} for name, value in open_ones.items()]
    return {**installation, "settings": open_ones, "settings_objects": pairs}
