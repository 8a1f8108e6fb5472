"""Files: uploaded under a token, used by a comment, fetched through a temporary address."""

import base64
import secrets
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from bot.sandbox.pocket import Pocket
from bot.sandbox.replies import invalid, not_found
from bot.sandbox.state import Record, stamp

UPLOAD_SECONDS: Final = 3600
MAX_BYTES: Final = 50 * 1024 * 1024


def keep_file(box: Pocket, name: str, content_type: str, data: bytes) -> Record:
    """Store one file and return its attachment record; addresses are without the host."""
    token = secrets.token_urlsafe(18)
    path = f"/attachments/token/{token}/?name={quote(name)}"
    attachment = {
        "id": box.store.next_id(),
        "file_name": name,
        "content_url": path,
        "mapped_content_url": path,
        "content_type": content_type or "application/octet-stream",
        "size": len(data),
        "width": None,
        "height": None,
        "inline": False,
        "deleted": False,
        "malware_access_override": False,
        "malware_scan_result": "malware_not_found",
        "thumbnails": [],
    }
    box.store.put("file", {"id": token, "data": base64.b64encode(data).decode(),
                           "attachment": attachment})  # fmt: skip
    return box.store.put("attachment", attachment)


def keep_upload(box: Pocket, token: str | None, attachment: Record) -> Record:
    """Put a file under a new or a known upload token."""
    known = box.store.get("upload", token) if token else None
    if token and known is None:
        raise not_found()
    expires = box.clock().timestamp() + UPLOAD_SECONDS
    fresh: Record = {"id": secrets.token_urlsafe(18), "attachments": [], "expires": expires}
    upload = known or fresh
    return box.store.put("upload", {**upload, "attachments": [*upload["attachments"], attachment]})


def present_upload(box: Pocket, upload: Record, host: str) -> Record:
    """An upload as the API shows one."""
    files = [present_attachment(file, host) for file in upload["attachments"]]
    now = box.clock()
    left = upload["expires"] - now.timestamp()
    moment = stamp(now.fromtimestamp(now.timestamp() + left, now.tzinfo))
    return {
        "token": upload["id"],
        "expires_at": moment,
        "attachment": files[-1],
        "attachments": files,
    }


def use_uploads(box: Pocket, tokens: Iterable[str]) -> list[Record]:
    """The files behind these tokens; a token is good once and for an hour."""
    files: list[Record] = []
    for token in tokens:
        upload = box.store.get("upload", token)
        if upload is None or upload["expires"] < box.clock().timestamp():
            raise invalid("uploads", f"Uploads: {token} is not a valid token")
        files.extend(upload["attachments"])
        box.store.delete("upload", token)
    return files


def present_attachment(attachment: Record, host: str) -> Record:
    """An attachment with its host."""
    return {
        "url": f"{host}/api/v2/attachments/{attachment['id']}.json",
        **attachment,
        "content_url": host + attachment["content_url"],
        "mapped_content_url": host + attachment["mapped_content_url"],
    }
