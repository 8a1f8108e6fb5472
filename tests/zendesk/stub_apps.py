"""An apps API of another make: other words for the same, and less told than the pocket's."""

import itertools
import json
import re
from typing import Any, Final

#: What a caller may meet: ids as text, objects under their name, versions and settings untold.
_JSON: Final = [("Content-Type", "application/json")]


class StubApps:
    """A WSGI app; `calls` are the writes that arrived."""

    def __init__(self, *, settings_shown: bool = False, slow: int = 2) -> None:
        self.calls: list[str] = []
        self.apps: dict[str, dict[str, Any]] = {}
        self.installed: dict[str, dict[str, Any]] = {}
        self.settings_shown = settings_shown
        self._slow = slow
        self._looks = itertools.count()
        self._names = ""

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if method != "GET" and path != "/oauth/tokens":
            self.calls.append(f"{method} {path}")
        status, answer = self._answer(method, path.removesuffix(".json"), body)
        start(status, _JSON)
        return [json.dumps(answer).encode()]

    def _answer(self, method: str, path: str, body: bytes) -> tuple[str, Any]:
        if path == "/oauth/tokens":
            return "200 OK", {"access_token": "t", "token_type": "bearer", "expires_in": 1800}
        if path == "/api/v2/apps/uploads":
            assert b'name="uploaded_data"' in body
            return "201 Created", {"id": "u1"}
        if path.startswith("/api/v2/apps/installations"):
            return self._installation(method, path, json.loads(body or b"{}"))
        if path.startswith("/api/v2/apps/job_statuses/"):
            done = next(self._looks) >= self._slow
            return "200 OK", {"status": "completed" if done else "queued", "app_id": "7"}
        if path == "/api/v2/apps/owned":
            return "200 OK", {"apps": list(self.apps.values())}
        given = json.loads(body or b"{}")
        self.apps["7"] = {"id": 7, "name": given.get("name") or self.apps["7"]["name"]}
        return "200 OK", {"job_id": 99}

    def _installation(self, method: str, path: str, given: dict[str, Any]) -> tuple[str, Any]:
        found = re.search(r"/(\d+)$", path)
        if method == "POST":
            self.installed["3"] = {"id": "3", "app_id": "7", "given": given["settings"]}
            return "200 OK", {"installation": self._shown(self.installed["3"])}
        if found is None:
            every = [self._shown(item) for item in self.installed.values()]
            return "200 OK", {"installations": every}
        if method == "PUT":
            self.installed[found[1]]["given"] |= given["settings"]
        return "200 OK", {"installation": self._shown(self.installed[found[1]])}

    def _shown(self, item: dict[str, Any]) -> dict[str, Any]:
        shown = {"id": item["id"], "app_id": int(item["app_id"]), "enabled": True}
        if self.settings_shown:
            shown["settings_objects"] = [
                {"name": name, "value": value}
                for name, value in item["given"].items()
                if name != "shared_secret"
            ]
        return shown
