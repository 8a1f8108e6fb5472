"""The sidebar's calls against real processes: pocket Zendesk, Postgres, web and worker."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.spine import BUG_TICKET, Spine, spine, wait_for
from tests.web.sidebar_desk import SIDEBAR_SECRET, token


@pytest.fixture(scope="module")
def shadow() -> Iterator[Spine]:
    """A bot in shadow mode, as a real account starts."""
    with tempfile.TemporaryDirectory(prefix="spine-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        extra = {"QUIET_SECONDS": "1", "SIDEBAR_SECRETS": SIDEBAR_SECRET}
        with spine(folder / "state", extra=extra) as body:
            body.command("mode", "shadow")
            body.start_web()
            body.start_worker()
            yield body


def call(
    body: Spine, ticket: int, method: str = "GET", path: str = "", sent: object = None
) -> httpx.Response:
    headers = {"authorization": f"Bearer {body.sandbox.token}"}
    read = body.agent.get(f"{body.sandbox.url}/api/v2/tickets/{ticket}", headers=headers)
    proof = f";{read.json()['ticket']['updated_at']}"
    return body.agent.request(
        method,
        f"http://127.0.0.1:{body.port}/sidebar/tickets/{ticket}{path}",
        json=sent,
        headers={
            "Authorization": f"Bearer {token(ticket_id=ticket, iss='pocket')}",
            "X-Ticket-Proof": proof,
        },
    )


def decided(body: Spine, ticket: int) -> bool:
    return bool(call(body, ticket).json().get("verdict"))


def notes_on(body: Spine, ticket: int) -> list[dict[str, Any]]:
    answer = body.agent.get(
        f"{body.sandbox.url}/api/v2/tickets/{ticket}/comments",
        headers={"authorization": f"Bearer {body.sandbox.token}"},
    )
    return [one for one in answer.json()["comments"] if not one["public"]]


def test_a_shadow_note_is_seen_posted_once_and_then_stands(shadow: Spine) -> None:
    ticket = shadow.file_ticket()
    wait_for("the decision", lambda: decided(shadow, ticket), pause=0.5)
    state = call(shadow, ticket).json()

    assert state["posted"]["state"] == "shadow"
    assert "Opted in" in state["verdict"]["name"] or state["verdict"]["headline"]
    assert notes_on(shadow, ticket) == []
    for _ in range(3):
        asked = call(shadow, ticket, "POST", "/note", {"digest": state["digest"]})
        assert asked.status_code == 202
    wait_for("the note", lambda: len(notes_on(shadow, ticket)) > 0)
    wait_for("every job", lambda: shadow.open_jobs() == 0)
    assert len(notes_on(shadow, ticket)) == 1
    posted = call(shadow, ticket).json()["posted"]
    assert posted["state"] == "posted"
    assert posted["comment_id"] == notes_on(shadow, ticket)[0]["id"]


def test_a_ticket_without_the_tag_has_no_sidebar(shadow: Spine) -> None:
    ticket = shadow.file_ticket({**BUG_TICKET, "tags": ["billing"]})

    answer = call(shadow, ticket)

    assert (answer.status_code, answer.json()["error"]) == (403, "tag")


def test_a_run_of_the_sidebar_comes_to_its_end_without_a_note(shadow: Spine) -> None:
    ticket = shadow.file_ticket()
    started = time.monotonic()
    run = call(shadow, ticket, "POST", "/probes", {}).json()["run"]

    def ended() -> bool:
        found = call(shadow, ticket, path="/probes").json()["runs"]
        return any(one["id"] == run and one["state"] == "done" for one in found)

    wait_for(f"the end of run {run}, started {started}", ended, pause=0.5)
    runs = call(shadow, ticket, path="/probes").json()["runs"]
    assert runs[0]["looks"][0]["rows"]
    assert notes_on(shadow, ticket) == []


def test_another_accounts_token_is_refused(shadow: Spine) -> None:
    def refused() -> bool:
        answer = shadow.agent.get(
            f"http://127.0.0.1:{shadow.port}/sidebar/tickets/1",
            headers={"Authorization": f"Bearer {token(ticket_id=1, iss='globex')}"},
        )
        return answer.status_code == 401

    # On loopback only the worker can tell what the pocket account is called.
    wait_for("a token of another account to be refused", refused, pause=0.5)
