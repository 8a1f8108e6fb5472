"""Uploads and downloads."""

import base64

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.sandbox.attachments import (
    MAX_BYTES,
    keep_file,
    keep_upload,
    present_attachment,
    present_upload,
)
from bot.sandbox.auth import admit
from bot.sandbox.crud import find
from bot.sandbox.pocket import pocket
from bot.sandbox.replies import ApiError, bad_request
from bot.sandbox.requests_in import host

api = Blueprint("attachments", __name__)


@api.post("/api/v2/uploads")
def upload() -> tuple[Response, int]:
    """Keep the raw body under a token for an hour."""
    name = request.args.get("filename")
    if not name:
        raise bad_request("filename is required")
    data = request.get_data()
    if len(data) > MAX_BYTES:
        raise ApiError(413, {"error": "AttachmentTooLarge", "description": "Over 50 MB"})
    box = pocket()
    with box.store.transaction():
        attachment = keep_file(box, name, request.content_type or "", data)
        kept = keep_upload(box, request.args.get("token"), attachment)
    return jsonify({"upload": present_upload(box, kept, host())}), 201


@api.delete("/api/v2/uploads/<token>")
def delete_upload(token: str) -> tuple[str, int]:
    """Forget an upload that no comment used."""
    find("upload", token)
    pocket().store.delete("upload", token)
    return "", 204


@api.get("/api/v2/attachments/<int:key>")
def show_attachment(key: int) -> Response:
    """What Zendesk says about a file."""
    return jsonify({"attachment": present_attachment(find("attachment", key), host())})


@api.get("/attachments/token/<token>/")
def download(token: str) -> BaseResponse:
    """Private files need credentials and answer with a temporary address elsewhere."""
    if not _from_the_desk():
        admit()
    find("file", token)
    return redirect(f"{host()}/temporary/{token}", 302)


@api.get("/temporary/<token>")
def temporary(token: str) -> Response:
    """The file itself. Like the real store it refuses credentials that are not its own."""
    if "Authorization" in request.headers:
        raise ApiError(400, {"error": "InvalidArgument", "description": "Only one auth mechanism"})
    stored = find("file", token)
    data = base64.b64decode(stored["data"])
    response = Response(data, content_type=stored["attachment"]["content_type"])
    # Nothing that a customer sent may run as a page of this host.
    response.headers["Content-Disposition"] = "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _from_the_desk() -> bool:
    """The desk's page is the agent's signed-in browser."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin"
