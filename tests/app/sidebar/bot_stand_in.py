"""A bot for the sidebar's tests: keeps the contract of docs/sidebar-api.md, fails as told."""

import copy
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.tongues import load_tongues
from bot.web.sidebar_words import with_words
from tests.app.sidebar.states import PROBED, state

Reply = tuple[int, Any]
TONGUES = load_tongues()


@dataclass(slots=True)
class Bot:
    """What it knows, what it was asked, and how it should fail."""

    state: dict[str, Any] = field(default_factory=state)
    proofs: set[str] = field(default_factory=lambda: {"9001", "9002"})
    fail: Reply | None = None
    fail_writes: Reply | None = None
    fail_once: Reply | None = None
    wait: float = 0.0
    polls: int = 0
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    options: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, options: dict[str, Any]) -> Reply:
        """One request as the proxy hands it on."""
        path = urlsplit(options["url"]).path
        with self.lock:
            self.options.append(options)
        if path.startswith("/api/v2/"):
            return self._zendesk(path)
        method = options["type"]
        body = json.loads(options["data"]) if "data" in options else None
        with self.lock:
            self.calls.append((method, path, body))
        time.sleep(self.wait)
        if failed := self.fail_once:
            self.fail_once = None
            return failed
        if self.fail or (self.fail_writes and method != "GET"):
            return (self.fail or self.fail_writes) or (500, "")
        if options["headers"]["X-Ticket-Proof"].split(";")[0] not in self.proofs:
            return 403, {"error": "proof", "message": "Reload the ticket."}
        with self.lock:
            status, found = self._mine(method, path.split("/tickets/123")[1], body)
        locale = parse_qs(urlsplit(options["url"]).query).get("locale", [""])[0]
        return status, with_words(found, TONGUES, locale) if locale else found

    def _zendesk(self, path: str) -> Reply:
        if path.endswith("comments.json"):
            return 200, {"comments": [{"id": 9002}]}
        return 200, {"ticket": {"id": 123, "updated_at": "2026-11-24T07:10:00Z"}}

    def _mine(self, method: str, path: str, body: Any) -> Reply:
        match method, path.split("/")[1:]:
            case "GET", []:
                return 200, copy.deepcopy(self.state)
            case "GET", ["probes"]:
                return 200, self._polled()
            case "POST", ["probes"]:
                return self._started()
            case "POST", ["look"]:
                self.state["decided_at"] = "2026-11-24T07:30:00Z"
                return 202, {}
            case "POST", ["note"]:
                return self._posted(body)
            case "PUT", ["steps", step]:
                return 200, {"steps": self._ticked(step, done=body["done"])}
            case "POST", ["corrections"]:
                self.state["corrections"].append({**body, "by": "Ada Agent", "at": None})
                return 201, {"corrections": self.state["corrections"]}
        return 404, {"error": "ticket", "message": "No such address."}

    def _ticked(self, step: str, *, done: bool) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = self.state["steps"]
        for one in steps:
            if one["id"] == step:
                one.update(done=done, by="Ada Agent" if done else "", at=None)
        return copy.deepcopy(steps)

    def _posted(self, body: Any) -> Reply:
        if body["digest"] != self.state["digest"]:
            return 409, {"error": "stale", "message": "The decision has changed."}
        self.state["posted"] = {"state": "posted", "at": None, "comment_id": 5, "reason": ""}
        return 202, {}

    def _started(self) -> Reply:
        run = {"id": 8, "state": "running", "asked_at": "2026-11-24T07:20:00Z", "done_at": None,
               "summary": "", "changed": [], "looks": []}  # fmt: skip
        self.state["probes"]["runs"].insert(0, run)
        self.polls = 0
        return 202, {"run": 8, "after_ms": 100}

    def _polled(self) -> dict[str, Any]:
        self.polls += 1
        first = self.state["probes"]["runs"][0]
        if first["id"] == 8:
            first["looks"] = copy.deepcopy(PROBED)
            first["looks"][0]["rows"] = first["looks"][0]["rows"][: self.polls]
        if first["id"] == 8 and self.polls >= len(PROBED[0]["rows"]):
            first.update(state="done", done_at="2026-11-24T07:20:02Z", summary="All layers ok.")
        return copy.deepcopy(self.state["probes"])
