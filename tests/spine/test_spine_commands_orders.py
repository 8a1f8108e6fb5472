"""Agents' orders on real processes: macro, trigger, webhook, worker, and kill -9 at every step."""

import json
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.spine import Spine, kill_group, spine, wait_for

pytestmark = pytest.mark.slow

PATIENCE = 120.0
COOKIE = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
SAFE_HAR = "cl_safe_har"
GUARDED = 'groups = ["Licensing leads"]\nconfirm_after_seconds = 0\n'


def har() -> bytes:
    entry = {
        "startedDateTime": "2026-11-24T09:00:00Z",
        "time": 1,
        "request": {
            "method": "GET",
            "url": "https://gl.acme.test/admin",
            "httpVersion": "2",
            "headers": [{"name": "Cookie", "value": f"_gitlab_session={COOKIE}"}],
            "queryString": [],
            "cookies": [],
        },
        "response": {"status": 200, "statusText": "OK", "headers": [], "cookies": [],
                     "content": {"mimeType": "text/html", "text": "<p>x</p>"},
                     "redirectURL": ""},
        "cache": {},
        "timings": {},
    }  # fmt: skip
    log = {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [entry]}}
    return json.dumps(log).encode()


@pytest.fixture(scope="module")
def running() -> Iterator[Spine]:
    """A bot with one group that may give guarded commands; the agent is in it."""
    with tempfile.TemporaryDirectory(prefix="spine-orders-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root the embedded Postgres runs as a user of its own
        (folder / "own" / "runbook").mkdir(parents=True)
        (folder / "own" / "runbook" / "guarded.toml").write_text(GUARDED, "utf-8")
        extra = {"QUIET_SECONDS": "1", "MANIFESTS_DIR": str(folder / "own")}
        with spine(folder / "state", extra=extra) as body:
            group = ask(body, "POST", "groups", {"group": {"name": "Licensing leads"}})["group"]
            member = {"user_id": body.sandbox.agent_user_id, "group_id": group["id"]}
            ask(body, "POST", "group_memberships", {"group_membership": member})
            body.start_web()
            yield body


def ask(body: Spine, method: str, path: str, payload: Any = None, **more: Any) -> Any:
    answer = httpx.request(
        method,
        f"{body.sandbox.url}/api/v2/{path}",
        json=payload,
        headers={"authorization": f"Bearer {body.sandbox.token}"},
        timeout=30,
        **more,
    )
    answer.raise_for_status()
    return answer.json()


def file_ticket(body: Spine) -> int:
    headers = {"authorization": f"Bearer {body.sandbox.token}"}
    answer = httpx.post(
        f"{body.sandbox.url}/api/v2/uploads?filename=session.har",
        content=har(), headers=headers, timeout=30,
    )  # fmt: skip
    token = answer.json()["upload"]["token"]
    comment = {"body": "We cannot activate, see file.", "uploads": [token]}
    return body.file_ticket(
        {"subject": "Activation", "comment": comment, "tags": ["cloud-licensing", "cl_bot_off"]}
    )


def tags(body: Spine, ticket: int) -> list[str]:
    return list(ask(body, "GET", f"tickets/{ticket}")["ticket"]["tags"])


def pick(body: Spine, ticket: int, tag: str) -> None:
    """An agent picks a macro and submits the ticket."""
    ask(body, "PUT", f"tickets/{ticket}", {"ticket": {"tags": [*tags(body, ticket), tag]}})


def notes(body: Spine, ticket: int) -> list[str]:
    comments = ask(body, "GET", f"tickets/{ticket}/comments")["comments"]
    return [comment["plain_body"] for comment in comments if not comment["public"]]


def files(body: Spine, ticket: int) -> dict[str, bytes]:
    found = {}
    for comment in ask(body, "GET", f"tickets/{ticket}/comments")["comments"]:
        for file in comment["attachments"]:
            token = file["content_url"].split("/attachments/token/")[1].split("/")[0]
            answer = httpx.get(f"{body.sandbox.url}/temporary/{token}", timeout=30)
            found[file["file_name"]] = answer.content
    return found


def answered(body: Spine, ticket: int, tag: str) -> None:
    def is_done() -> bool:
        rows = body.sql(
            f"SELECT 1 FROM procrastinate_jobs WHERE lock = 'ticket:{ticket}'"
            " AND status IN ('todo', 'doing')"
        )
        return not rows and tag not in tags(body, ticket)

    wait_for("the order is answered", is_done, PATIENCE)


@pytest.fixture
def body(running: Spine) -> Iterator[Spine]:
    running.sandbox.set_faults()
    worker = running.start_worker()
    yield running
    running.sandbox.set_faults()
    stop(running)
    assert worker.poll() is not None


def stop(body: Spine) -> None:
    """Kill every worker, as a power cut would."""
    for worker in list(body.workers):
        kill_group(worker, signal.SIGKILL)
        worker.wait(60)
        body.workers.remove(worker)


# The other steps are killed in process: tests/pipeline/test_orders_safe_har.py.
@pytest.mark.parametrize(
    ("match", "nth", "when"),
    [
        (r"POST /api/v2/uploads", 2, "after"),
        (r"PUT /api/v2/tickets/\d+$", 1, "after"),
        (r"PUT /api/v2/comment_redactions/", 2, "after"),
    ],
    ids=["uploaded", "copies-stand", "redacted"],
)
def test_a_worker_killed_at_any_step_of_a_replacement(
    body: Spine, match: str, nth: int, when: str
) -> None:
    ticket = file_ticket(body)
    pick(body, ticket, SAFE_HAR)
    answered(body, ticket, SAFE_HAR)
    asked = notes(body, ticket)
    stop(body)
    pick(body, ticket, SAFE_HAR)
    wait_for("the event is taken", lambda: len(events(body, ticket)) == 2, PATIENCE)
    fault = {"match": match, "nth": nth, "what": "hang", "when": when, "seconds": 30.0}
    body.sandbox.set_faults(fault)
    body.start_worker()
    wait_for("the fault strikes", lambda: struck(body), PATIENCE)
    before = files(body, ticket)
    stop(body)
    body.sandbox.set_faults()
    body.start_worker()

    answered(body, ticket, SAFE_HAR)

    assert len(asked) == 1
    assert "session.har" in before or "session.safe.har" in before
    after = files(body, ticket)
    assert "session.safe.har" in after
    assert not any(COOKIE.encode() in content for content in after.values())
    assert len(notes(body, ticket)) == 3
    assert "Redacted: 1 HAR file" in notes(body, ticket)[-1]


def events(body: Spine, ticket: int) -> list[object]:
    return [
        row[0]
        for row in body.sql(
            f"SELECT key FROM events WHERE ticket_id = {ticket} AND kind = 'command'"
        )
    ]


def struck(body: Spine) -> bool:
    return any(rule["struck"] for rule in body.sandbox.box.faults.report())


def test_the_check_script_comes_by_macro_and_a_refusal_is_one_line(body: Spine) -> None:
    ticket = file_ticket(body)
    pick(body, ticket, "cl_send_check_script")
    answered(body, ticket, "cl_send_check_script")
    other = httpx.put(
        f"{body.sandbox.url}/api/v2/tickets/{ticket}",
        json={"ticket": {"tags": [*tags(body, ticket), SAFE_HAR]}},
        auth=("toni@desk.example/token", body.sandbox.token),
        timeout=30,
    )
    answered(body, ticket, SAFE_HAR)

    assert other.is_success
    script, refusal = notes(body, ticket)
    assert "The check script for this customer is attached" in script
    assert f"CLC_TICKET={ticket}".encode() in files(body, ticket)["customer_check.sh"]
    assert refusal.startswith("Not done: replacing a HAR by its safe copy. That is for Licensing")
    assert files(body, ticket)["session.har"] == har()


def test_an_instance_is_looked_at_by_macro(body: Spine) -> None:
    portal = body.extra["PORTAL_URL"]
    field = body.sql("SELECT object_id FROM objects WHERE kind = 'field' AND key = 'instance_url'")
    ticket = file_ticket(body)
    value = {"id": int(str(field[0][0])), "value": body.sandbox.url}
    ask(body, "PUT", f"tickets/{ticket}", {"ticket": {"custom_fields": [value]}})

    pick(body, ticket, "cl_probe_customer")
    pick_again = tags(body, ticket)
    answered(body, ticket, "cl_probe_customer")

    assert "cl_probe_customer" in pick_again
    (note,) = notes(body, ticket)
    assert f"{body.sandbox.url}/ answers from outside" in note
    assert portal not in note
