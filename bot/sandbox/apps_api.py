"""Apps over HTTP: packages are checked, uploaded and built by a job; admins only."""

import base64
from typing import Final

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.app_zip import PackageError, read_package
from bot.sandbox.auth import caller
from bot.sandbox.crud import find
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.replies import ApiError, bad_request
from bot.sandbox.requests_in import whole_body
from bot.sandbox.state import Record

api = Blueprint("apps", __name__, url_prefix="/api/v2/apps")

_FIRST_APP: Final = 1_000_001


@api.post("/validate")
def validate() -> tuple[Response, int]:
    """Check a package without keeping it."""
    try:
        read_package(_file("file"))
    except PackageError as problem:
        return jsonify({"error": "AppInvalid", "description": str(problem)}), 400
    return jsonify({}), 200


@api.post("/uploads")
def upload() -> tuple[Response, int]:
    """Keep a package; whether it is any good is found out by the job."""
    data = base64.b64encode(_file("uploaded_data")).decode()
    kept = pocket().store.put("app_upload", {"id": pocket().store.next_id(), "data": data})
    return jsonify({"id": kept["id"]}), 201


@api.post("")
def create() -> tuple[Response, int]:
    """Build a new app from an upload."""
    given = whole_body()
    if not given.get("name"):
        raise bad_request("Parameter name is required")
    return _job(given, None)


@api.put("/<int:key>")
def change(key: int) -> tuple[Response, int]:
    """Build the app anew from another upload; it keeps its id and its installations."""
    find("app", key)
    return _job(whole_body(), key)


@api.get("/job_statuses/<key>")
def job_status(key: str) -> Response:
    """How far a build is."""
    find("app_job", key)
    _go_on(pocket())
    job = find("app_job", key)
    shown = {name: job[name] for name in ("id", "status", "message", "app_id")}
    return jsonify({**shown, "retry_in": None if job["status"] != "working" else 1})


@api.get("/owned")
def owned() -> Response:
    """The apps that this account made."""
    _go_on(pocket())
    apps = pocket().store.all("app")
    return jsonify({"apps": apps, "count": len(apps), "next_page": None, "previous_page": None})


@api.get("/<int:key>")
def show(key: int) -> Response:
    """One app, at the top of the answer."""
    return jsonify(find("app", key))


@api.delete("/<int:key>")
def delete(key: int) -> tuple[str, int]:
    """Remove an app with its installations."""
    find("app", key)
    box = pocket()
    with box.store.transaction():
        for item in box.store.all("installation"):
            if item["app_id"] == key:
                box.store.delete("installation", item["id"])
        box.store.delete("app", key)
        box.store.delete("app_package", key)
    return "", 204


def _file(name: str) -> bytes:
    found = request.files.get(name)
    if found is None:
        raise bad_request(f"Parameter {name} is required: a file in multipart/form-data")
    return bytes(found.read())


def _job(given: Record, app_id: int | None) -> tuple[Response, int]:
    box = pocket()
    upload_id = given.get("upload_id")
    if isinstance(upload_id, bool) or not str(upload_id or "").isdigit():
        raise bad_request("upload_id must be an integer")
    if box.store.get("app_upload", upload_id) is None:
        raise ApiError(422, {"error": "RecordInvalid", "description": "Upload is unknown"})
    job = {
        "id": f"{box.store.next_id():x}",
        "status": "working",
        "message": None,
        "app_id": app_id,
        "looks": 0,
        "upload": upload_id,
        "name": given.get("name"),
        "owner": caller().user_id,
    }
    box.store.put("app_job", job)
    return jsonify({"job_id": job["id"]}), 202


def _go_on(box: Pocket) -> None:
    """A build takes until somebody has looked twice, whether at its job or at the apps."""
    with box.store.transaction():
        for job in box.store.all("app_job"):
            if job["status"] != "working":
                continue
            if job["looks"]:
                box.store.put("app_job", {**job, **_built(box, job)})
            else:
                box.store.put("app_job", {**job, "looks": 1})


def _built(box: Pocket, job: Record) -> Record:
    data = str(find("app_upload", job["upload"])["data"])
    try:
        manifest, _ = read_package(base64.b64decode(data))
    except PackageError as problem:
        return {"status": "failed", "message": f"App create failed: {problem}", "app_id": None}
    old = box.store.get("app", job["app_id"]) or {
        "id": _FIRST_APP + box.store.next_id("app"),
        "owner_id": job["owner"],
        "created_at": box.now(),
    }
    old = {**old, "name": job["name"] or old.get("name")}
    app = box.store.put("app", {**old, **_shown(manifest), "updated_at": box.now()})
    # The assets stay at hand for whoever hosts the app.
    box.store.put("app_package", {"id": app["id"], "data": data})
    return {"status": "completed", "message": "App created", "app_id": app["id"]}


def _shown(manifest: Record) -> Record:
    author = manifest.get("author") or {}
    return {
        "version": manifest.get("version"),
        "framework_version": manifest["frameworkVersion"],
        "default_locale": manifest["defaultLocale"],
        "author_name": author.get("name"),
        "author_email": author.get("email"),
        "author_url": author.get("url"),
        "visibility": "private" if manifest.get("private", True) else "public",
        "single_install": bool(manifest.get("singleInstall")),
        "state": "active",
        "installable": True,
        "parameters": [
            {"name": item["name"], "kind": item.get("type", "text"),
             "required": bool(item.get("required")), "secure": bool(item.get("secure")),
             "default_value": item.get("default"), "position": place}
            for place, item in enumerate(manifest.get("parameters", []))
        ],
    }  # fmt: skip
