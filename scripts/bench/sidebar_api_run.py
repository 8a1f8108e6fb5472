"""How long the calls of the sidebar take, and how often they make us ask Zendesk."""

import argparse
import base64
import hashlib
import hmac
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from scripts.spine import Spine, spine, wait_for

SECRET = "bench-" * 8


@dataclass
class Browser:
    """An agent's sidebar on one ticket."""

    body: Spine
    ticket: int
    proof: str = ""

    def look_at_ticket(self) -> None:
        """Read what proves that the agent sees the ticket."""
        headers = {"authorization": f"Bearer {self.body.sandbox.token}"}
        answer = self.body.agent.get(
            f"{self.body.sandbox.url}/api/v2/tickets/{self.ticket}", headers=headers
        )
        self.proof = f";{answer.json()['ticket']['updated_at']}"

    def call(self, method: str = "GET", path: str = "", sent: object = None) -> httpx.Response:
        """Make one call; a rate limit is waited for, and not measured."""
        return self.body.agent.request(
            method,
            f"http://127.0.0.1:{self.body.port}/sidebar/tickets/{self.ticket}{path}",
            json=sent,
            headers={"Authorization": f"Bearer {token(self.ticket)}", "X-Ticket-Proof": self.proof},
        )


def token(ticket: int) -> str:
    """Mint what Zendesk's proxy mints."""
    now = int(time.time())
    claims = {
        "iss": "pocket", "aud": "cl-bot", "sub": "1", "ticket_id": ticket, "iat": now,
        "exp": now + 60,
    }  # fmt: skip
    parts = [json.dumps(part).encode() for part in ({"typ": "JWT", "alg": "HS256"}, claims)]
    signed = ".".join(_plain(part) for part in parts)
    return f"{signed}.{_plain(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest())}"


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def measure(call: Callable[[], httpx.Response], times: int) -> tuple[list[float], int]:
    """Return the milliseconds of each call, and the size of the last answer."""
    took, size = [], 0
    for _ in range(times):
        began = time.perf_counter()
        answer = call()
        took.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
        size = len(answer.content)
    return took, size


def row(name: str, took: list[float], size: int) -> str:
    """Return one line of the table."""
    ordered = sorted(took)
    worst = ordered[min(len(ordered) - 1, round(len(ordered) * 0.99))]
    return f"{name:30} {statistics.median(took):8.0f} {worst:8.0f} {max(took):8.0f} {size:9}"


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=8, help="tickets with a decision")
    parser.add_argument("--calls", type=int, default=20, help="calls of a kind per ticket")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sidebar-") as folder:
        Path(folder).chmod(0o755)  # the embedded Postgres runs as a user of its own
        extra = {"SIDEBAR_SECRETS": SECRET}
        with spine(Path(folder) / "state", extra=extra) as body:
            body.start_web()
            body.start_worker()
            browsers = [Browser(body, body.file_ticket()) for _ in range(asked.tickets)]
            wait_for("every note", lambda: len(body.sandbox.notes()) >= asked.tickets, 120)
            show(body, browsers, asked.calls)


def show(body: Spine, browsers: list[Browser], calls: int) -> None:
    """Measure what a sidebar does from its opening on."""
    first: list[float] = []
    body.sandbox.forget_calls()
    for browser in browsers:
        browser.look_at_ticket()
        took, size = measure(browser.call, 1)
        first += took
    opened = len(body.sandbox.calls(path=r"/api/v2/tickets/\d+.*")) - len(browsers)
    print(f"{'call':30} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'bytes':>9}")
    print(row("GET, a ticket's first", first, size))
    body.sandbox.forget_calls()
    for name, method, path in (("GET", "GET", ""), ("GET /probes", "GET", "/probes")):
        timed: list[float] = []
        for browser in browsers:
            took, size = measure(lambda: browser.call(method, path), calls)  # noqa: B023  called at once
            timed += took
        print(row(name, timed, size))
    steps = {b.ticket: b.call().json()["steps"][0]["id"] for b in browsers}
    timed = []
    for browser in browsers:
        path = f"/steps/{steps[browser.ticket]}"
        took, size = measure(lambda: browser.call("PUT", path, {"done": True}), calls)  # noqa: B023  called at once
        timed += took
    print(row("PUT /steps/<step>", timed, size))
    later = len(body.sandbox.calls(path=r"/api/v2/tickets/\d+.*"))
    print(f"Zendesk was asked {opened} times at the opening of {len(browsers)}, {later} later.")


if __name__ == "__main__":
    main()
