"""Zendesk's real limits, on real processes: nothing is asked beyond them, commands go first."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.sandbox.limits import Limits
from scripts.spine import Spine, spine, wait_for

pytestmark = pytest.mark.slow

PATIENCE = 120.0
#: A sandbox account: 20 updates a minute, of which one is kept for an agent.
UPDATES = 20
AUTOMATIC = 19


@pytest.fixture
def small_account() -> Iterator[Spine]:
    """A bot on a sandbox account, without workers yet."""
    limits = Limits(account_per_minute=400, ticket_updates_per_minute=UPDATES)
    with tempfile.TemporaryDirectory(prefix="spine-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with spine(folder / "state", limits=limits, extra={"QUIET_SECONDS": "1"}) as body:
            body.start_web()
            yield body


def refused(body: Spine) -> list[str]:
    """Calls that were beyond a limit."""
    calls = body.sandbox.calls(path=r"/api/v2/")
    return [f"{call.method} {call.path}" for call in calls if call.status == 429]


def notes(body: Spine) -> int:
    return sum(body.sandbox.notes().values())


def let_it_work(body: Spine, wanted: int) -> None:
    """Wait for this many notes, and a little longer for those that would be too many."""
    wait_for("the notes", lambda: notes(body) >= wanted, PATIENCE)
    time.sleep(3)


def command(body: Spine, ticket: int) -> None:
    """An agent adds a macro's tag at the desk, which is no call of the API."""
    answer = httpx.post(
        f"{body.sandbox.url}/desk/tickets/{ticket}/fields",
        data={"tags": "cloud-licensing cl_full_runbook"},
        headers={"origin": body.sandbox.url},
        timeout=30,
    )
    assert answer.status_code == 303, answer.text


def test_a_backlog_waits_without_a_call_too_many_and_a_command_passes_it(
    small_account: Spine,
) -> None:
    body = small_account
    tickets = [body.file_ticket() for _ in range(40)]
    wait_for("the events", lambda: body.accepted() >= set(tickets), PATIENCE)
    body.sandbox.forget_calls()
    body.sandbox.box.meter.clear()
    for _ in range(2):
        body.start_worker()

    let_it_work(body, AUTOMATIC)
    assert notes(body) == AUTOMATIC
    assert refused(body) == []
    assert len(body.sandbox.calls("GET", r"/api/v2/tickets/\d+$")) == AUTOMATIC
    last = tickets[-1]
    assert last not in body.sandbox.notes()
    command(body, last)
    wait_for("the agent's note", lambda: last in body.sandbox.notes(), PATIENCE)

    assert refused(body) == []
    assert body.open_jobs() >= len(tickets) - AUTOMATIC - 2
    dead = body.sql("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
    assert dead == [(0,)]
    metrics = httpx.get(f"http://127.0.0.1:{body.port}/metrics", timeout=30).text
    assert "licensing_bot_queue_waiting" in metrics
