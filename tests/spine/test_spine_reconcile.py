"""Deliveries that never come: the search finds what they would have told, and handles it once."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from bot import queue
from scripts.spine import Spine, kill_group, wait_for

PATIENCE = 120.0
pytestmark = pytest.mark.slow


def search_now(body: Spine) -> None:
    """What happens every five minutes, and when a worker starts."""
    with psycopg.connect(body.database_url) as connection:
        connection.execute("UPDATE errands SET began_at = NULL, ended_at = NULL")
        queue.defer(connection, queue.ERRANDS, "reconcile", {})
    wait_for("the search ends", lambda: not open_jobs(body, "queue_name = 'errands'"), PATIENCE)


def open_jobs(body: Spine, where: str) -> bool:
    found = body.sql(
        f"SELECT 1 FROM procrastinate_jobs WHERE {where} AND status IN ('todo', 'doing')"
    )
    return bool(found)


def notes_of(body: Spine, ticket: int) -> Callable[[], int]:
    return lambda: body.sandbox.notes().get(ticket, 0)


def settled(body: Spine, ticket: int) -> int:
    """Wait for the note and for the ticket's jobs; return how many notes there are."""
    wait_for("the note", lambda: notes_of(body, ticket)() > 0, PATIENCE)
    wait_for("its jobs end", lambda: not open_jobs(body, f"lock = 'ticket:{ticket}'"), PATIENCE)
    return notes_of(body, ticket)()


def kinds(body: Spine, ticket: int) -> list[str]:
    rows = body.sql(f"SELECT kind FROM events WHERE ticket_id = {ticket} ORDER BY number")
    return [str(row[0]) for row in rows]


@contextmanager
def deliveries(body: Spine, what: str, seconds: float = 0) -> Iterator[None]:
    body.sandbox.set_faults({"match": "WEBHOOK", "what": what, "seconds": seconds})
    yield
    body.sandbox.set_faults()


@contextmanager
def another_secret(body: Spine) -> Iterator[None]:
    """Zendesk signs with a secret that nobody gave us."""
    store = body.sandbox.box.store
    known = [dict(one) for one in store.all("signing_secret")]
    for one in known:
        with store.transaction():
            store.put("signing_secret", {**one, "secret": "cm90YXRlZCBhd2F5"})
    yield
    for one in known:
        with store.transaction():
            store.put("signing_secret", one)


def test_a_dropped_delivery_is_found_and_handled_once(body: Spine) -> None:
    with deliveries(body, "loss"):
        ticket = body.file_ticket()
    assert kinds(body, ticket) == []
    for _ in range(3):
        search_now(body)

    assert settled(body, ticket) == 1
    assert kinds(body, ticket) == ["reconciled"]


def test_a_delivery_that_comes_after_the_search_doubles_nothing(body: Spine) -> None:
    with deliveries(body, "delay", 6):
        ticket = body.file_ticket()
        search_now(body)
        assert settled(body, ticket) == 1
        wait_for("the late delivery", lambda: "created" in kinds(body, ticket), PATIENCE)
    search_now(body)

    assert settled(body, ticket) == 1


def test_what_was_handled_is_not_found_again(body: Spine) -> None:
    ticket = body.file_ticket()
    assert settled(body, ticket) == 1
    body.sandbox.forget_calls()
    search_now(body)
    search_now(body)

    assert "reconciled" not in kinds(body, ticket)
    assert len(body.sandbox.calls(path=r"/api/v2/search")) == 2
    assert settled(body, ticket) == 1


def test_an_outage_of_ours_loses_nothing(body: Spine) -> None:
    assert body.web is not None
    kill_group(body.web, signal.SIGKILL)
    body.web.wait()
    wait_for("the port is free", lambda: not body.web_answers(), PATIENCE)
    tickets = [body.file_ticket() for _ in range(3)]
    body.start_web()
    search_now(body)

    assert [settled(body, ticket) for ticket in tickets] == [1, 1, 1]


def test_a_secret_that_was_rotated_without_us_loses_nothing(body: Spine) -> None:
    with another_secret(body):
        ticket = body.file_ticket()
        wait_for("the refusal", lambda: refused(body, ticket), PATIENCE)
    assert kinds(body, ticket) == []
    search_now(body)

    assert settled(body, ticket) == 1


def refused(body: Spine, ticket: int) -> bool:
    """Has the delivery for this ticket been answered with 401?"""
    words = f'"{ticket}"'.encode()
    return any(
        attempt.status_code == 401
        for sent in list(body.sandbox.box.deliverer.invocations)
        if words in sent.parcel.body
        for attempt in sent.attempts
    )
