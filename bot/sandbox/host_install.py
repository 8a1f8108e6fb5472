"""Installs an app from its folder through the pocket Zendesk's own apps API, as an admin would."""

import io
import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

_TRIES: Final = 100


def packed(folder: Path, changes: Mapping[str, Any] | None = None) -> bytes:
    """Return the folder as a package; `changes` replace keys of its manifest."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if name == "manifest.json":
                manifest = json.loads(path.read_text("utf-8")) | dict(changes or {})
                package.writestr(name, json.dumps(manifest))
            elif path.is_file():
                package.write(path, name)
    return out.getvalue()


def install(url: str, token: str, package: bytes, settings: Mapping[str, Any]) -> int:
    """Upload, create or update the app of that name, install it; return the installation's id."""
    name = str(settings["name"])
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(
        base_url=f"{url}/api/v2", headers=headers, timeout=30, verify=url.startswith("https")
    ) as client:
        upload = _answer(client.post("/apps/uploads", files={"uploaded_data": package}))
        owned = _answer(client.get("/apps/owned"))["apps"]
        known = next((app["id"] for app in owned if app["name"] == name), None)
        given = {"upload_id": upload["id"], "name": name}
        method, path = ("PUT", f"/apps/{known}") if known else ("POST", "/apps")
        job = _answer(client.request(method, path, json=given))
        app_id = _finished(client, job["job_id"])
        return _installed(client, app_id, settings)


def _finished(client: httpx.Client, job: str) -> int:
    for _ in range(_TRIES):
        found = _answer(client.get(f"/apps/job_statuses/{job}"))
        if found["status"] == "completed":
            return int(found["app_id"])
        if found["status"] == "failed":
            raise RuntimeError(f"the pocket Zendesk refused the app: {found['message']}")
        time.sleep(0.05)
    raise RuntimeError("the pocket Zendesk did not finish the app")


def _installed(client: httpx.Client, app_id: int, settings: Mapping[str, Any]) -> int:
    listed = _answer(client.get("/apps/installations"))["installations"]
    key = next((item["id"] for item in listed if item["app_id"] == app_id), None)
    if key:
        return int(
            _answer(client.put(f"/apps/installations/{key}", json={"settings": settings}))["id"]
        )
    given = {"app_id": app_id, "settings": settings}
    return int(_answer(client.post("/apps/installations", json=given))["id"])


def _answer(response: httpx.Response) -> Any:
    if not response.is_success:
        raise RuntimeError(f"{response.request.url.path}: {response.status_code} {response.text}")
    return response.json()
