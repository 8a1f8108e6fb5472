"""Resident memory of web and worker while events pass: at the start, a quarter, half, and the end.

Most events are told of tickets that the bot leaves alone by rule, as many as the intake takes; the
others are new tickets, each with its note. gunicorn's own replacement of web processes is off here.
"""

import argparse
import http.client
import json
import tempfile
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil
from dotenv import dotenv_values

from bot.web.signature import signature_of
from scripts.spine import BUG_TICKET, Spine, spine, wait_for

SENDERS = 4
LEFT_ALONE = {**BUG_TICKET, "tags": ["cloud-licensing", "cl_bot_off"]}
#: The default replaces a web process after 50,000 requests, which would hide what it keeps.
EXTRA = {"QUIET_SECONDS": "1", "GUNICORN_CMD_ARGS": "--max-requests 0"}


class Sender:
    """Signs and posts deliveries as Zendesk does, each with an invocation of its own."""

    def __init__(self, body: Spine, tickets: Sequence[int]) -> None:
        secrets = dotenv_values(body.folder / ".env")["ZENDESK_WEBHOOK_SECRETS"] or ""
        self.secret = secrets.split()[0]
        self.tickets = tickets
        self.body = body
        self.number = 0
        self.refused = 0
        self.lock = threading.Lock()

    def send(self, count: int) -> None:
        """Post this many from several connections, and wait for every answer."""
        threads = [threading.Thread(target=self._post, args=(count // SENDERS,))
                   for _ in range(SENDERS)]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _post(self, count: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.body.port, timeout=30)
        for _ in range(count):
            with self.lock:
                self.number += 1
                number = self.number
            headers, body = self._delivery(number)
            line.request("POST", "/zendesk/events", body, headers)
            answer = line.getresponse()
            answer.read()
            self.refused += answer.status != http.client.OK
        line.close()

    def _delivery(self, number: int) -> tuple[dict[str, str], bytes]:
        ticket = self.tickets[number % len(self.tickets)]
        content = {
            "ticket_id": str(ticket), "event": "field_changed", "attachments": "no",
            "updated_at": "2026-11-24T12:00", "actor_id": "700",
            "ticket_url": f"{self.body.sandbox.url}/agent/tickets/{ticket}",
        }  # fmt: skip
        body = json.dumps(content, indent=3).encode()
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Zendesk-Webhook-Invocation-Id": f"memory-{number}",
            "X-Zendesk-Webhook-Signature": signature_of(self.secret, stamp, body),
            "X-Zendesk-Webhook-Signature-Timestamp": stamp,
        }
        return headers, body


def megabytes(pid: int) -> list[float]:
    """Resident memory of a process and of its children, without the embedded Postgres."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return [one.memory_info().rss / 1e6 for one in family if one.name() != "postgres"]


def row(body: Spine, events: int, notes: int) -> str:
    """What every process holds now."""
    web = megabytes(body.web.pid) if body.web else []
    work = [size for worker in body.workers for size in megabytes(worker.pid)]
    sizes = ["/".join(f"{size:.0f}" for size in found) for found in (web, work)]
    return f"{events:8d}  {notes:6d}  {sizes[0]:>20s}  {sizes[1]:>14s}"


def shares(total: int) -> Iterator[int]:
    """Cut into quarter, quarter and half."""
    yield total // 4
    yield total // 4
    yield total // 2


def measure(body: Spine, events: int, notes: int) -> None:
    """Print one row before, and one after a quarter, a half and all of it."""
    body.file_ticket()
    wait_for("the first note", lambda: bool(body.sandbox.notes()), 120)
    sender = Sender(body, [body.file_ticket(LEFT_ALONE) for _ in range(200)])
    settle(body)
    told = noted = 0
    print(row(body, told, noted), flush=True)
    for more_events, more_notes in zip(shares(events), shares(notes), strict=True):
        for _ in range(more_notes):
            body.file_ticket()
        sender.send(more_events)
        settle(body)
        told, noted = told + more_events, noted + more_notes
        print(row(body, told, noted), flush=True)
    written = sum(body.sandbox.notes().values())
    print(f"{sender.refused} of {sender.number} deliveries refused; {written} notes written")


def settle(body: Spine) -> None:
    """Wait until every delivery is answered and every event is handled."""
    body.sandbox.box.deliverer.wait_until_idle(120)
    wait_for("the queue is empty", lambda: body.open_jobs() == 0, 7200, 0.5)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events that need no note")
    parser.add_argument("--notes", type=int, default=2_000, help="new tickets, each with its note")
    parser.add_argument("--workers", type=int, default=1, help="worker processes")
    asked = parser.parse_args()
    print("  events   notes     serve and web MB         work MB")
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        Path(folder).chmod(0o755)  # the embedded Postgres runs as a user of its own
        with spine(Path(folder) / "state", extra=EXTRA) as body:
            body.start_web()
            for _ in range(asked.workers):
                body.start_worker()
            measure(body, asked.events, asked.notes)


if __name__ == "__main__":
    main()
