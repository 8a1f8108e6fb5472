"""Probes on real processes: the shared control in a note, a run from two hosts, a killed worker."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from scripts.spine import Spine, kill_group, wait_for

pytestmark = pytest.mark.slow

PATIENCE = 120.0
TICKET = {
    "subject": "Cannot activate",
    "comment": {
        "body": "curl -v https://customers.example_company.com\n"
        "curl: (60) SSL certificate problem: unable to get local issuer certificate"
    },
    "requester": {"name": "Casey Customer", "email": "casey@acme.example"},
    "tags": ["cloud-licensing"],
}


def ask(body: Spine, path: str) -> dict[str, object]:
    headers = {"authorization": f"Bearer {body.sandbox.token}"}
    answer = httpx.get(f"{body.sandbox.url}/api/v2/tickets/{path}", headers=headers, timeout=30)
    found = answer.json()
    assert isinstance(found, dict)
    return found


def tags(body: Spine, ticket: int) -> list[str]:
    found = ask(body, str(ticket))["ticket"]
    assert isinstance(found, dict)
    return list(found["tags"])


def notes(body: Spine, ticket: int) -> list[str]:
    found = ask(body, f"{ticket}/comments")["comments"]
    assert isinstance(found, list)
    return [comment["html_body"] for comment in found if not comment["public"]]


def click(body: Spine, ticket: int) -> None:
    """An agent picks the macro *Run probes*."""
    update = {"ticket": {"tags": [*tags(body, ticket), "cl_run_probes"]}}
    answer = httpx.put(
        f"{body.sandbox.url}/api/v2/tickets/{ticket}",
        json=update,
        headers={"authorization": f"Bearer {body.sandbox.token}"},
        timeout=30,
    )
    assert answer.is_success


def has_notes(body: Spine, ticket: int, count: int) -> Callable[[], bool]:
    return lambda: body.sandbox.notes().get(ticket, 0) >= count


@contextmanager
def a_worker_in(body: Spine, vantage: str) -> Iterator[None]:
    worker = body.start("work", "--vantage", vantage, "--queues", f"probes.{vantage}")
    query = f"SELECT 1 FROM heartbeats WHERE details::text LIKE '%probes.{vantage}%'"
    try:
        wait_for("the worker beats", lambda: bool(body.sql(query)), PATIENCE)
        yield
    finally:
        kill_group(worker, signal.SIGTERM)
        worker.wait(60)


def test_a_run_from_two_hosts_is_one_note_and_the_tag_goes(body: Spine) -> None:
    ticket = body.file_ticket(TICKET)
    wait_for("the first note", has_notes(body, ticket, 1), PATIENCE)
    assert any(said in notes(body, ticket)[0] for said in ("Our probes:", "We reach the portal"))

    with a_worker_in(body, "frankfurt"):
        click(body, ticket)
        wait_for("the results", has_notes(body, ticket, 2), PATIENCE)

    first, results = notes(body, ticket)
    assert "We reach the portal" in first or "not run yet" in first
    assert "a license could be activated from bot:frankfurt, bot:local" in results
    assert "cl_run_probes" not in tags(body, ticket)
    vantages = body.sql("SELECT DISTINCT vantage FROM looks WHERE run_id IS NOT NULL")
    assert {row[0] for row in vantages} >= {"bot:frankfurt", "bot:local"}


def test_a_run_whose_workers_are_killed_is_told_once(body: Spine) -> None:
    ticket = body.file_ticket(TICKET)
    wait_for("the first note", has_notes(body, ticket, 1), PATIENCE)
    click(body, ticket)
    for worker in list(body.workers):
        kill_group(worker, signal.SIGKILL)
        worker.wait(60)
        body.workers.remove(worker)
    for _ in range(2):
        body.start_worker()

    wait_for("the results", has_notes(body, ticket, 2), PATIENCE)
    wait_for("the tag is gone", lambda: "cl_run_probes" not in tags(body, ticket), PATIENCE)
    assert body.sandbox.notes()[ticket] == 2
