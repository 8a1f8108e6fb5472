"""Every trouble that Zendesk can make, on real processes: one note each where one is due."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from scripts.spine import Spine, wait_for

PATIENCE = 120.0


def noted(body: Spine, ticket: int) -> Callable[[], bool]:
    return lambda: body.sandbox.notes().get(ticket, 0) > 0


def settle(body: Spine, ticket: int) -> int:
    """Wait for the note and for the queue; return how many notes the ticket has."""
    wait_for("the note", noted(body, ticket), PATIENCE)
    wait_for("the ticket's jobs end", lambda: not open_jobs_of(body, ticket), PATIENCE)
    return body.sandbox.notes()[ticket]


def open_jobs_of(body: Spine, ticket: int) -> bool:
    return bool(
        body.sql(
            f"SELECT 1 FROM procrastinate_jobs WHERE lock = 'ticket:{ticket}'"
            " AND status IN ('todo', 'doing')"
        )
    )


def reply(body: Spine, ticket: int, text: str) -> None:
    """The customer answers by mail."""
    answer = httpx.post(
        f"{body.sandbox.url}/desk/tickets/{ticket}/reply",
        data={"kind": "customer", "body": text},
        headers={"origin": body.sandbox.url},
        timeout=30,
    )
    assert answer.status_code == 303, answer.text


def test_a_new_ticket_costs_two_calls_and_its_note_is_internal(body: Spine) -> None:
    body.sandbox.forget_calls()

    ticket = body.file_ticket()

    assert settle(body, ticket) == 1
    assert [call.method for call in body.sandbox.calls(path=rf"/api/v2/tickets/{ticket}")] == [
        "GET",
        "PUT",
    ]
    comments = httpx.get(
        f"{body.sandbox.url}/api/v2/tickets/{ticket}/comments",
        headers={"authorization": f"Bearer {body.sandbox.token}"},
        timeout=30,
    ).json()["comments"]
    assert [comment["public"] for comment in comments] == [True, False]
    assert "123123123" in comments[1]["body"]


@pytest.mark.parametrize(
    "fault",
    [
        {"what": "drop", "when": "after"},
        {"what": "500", "when": "after"},
        {"what": "late-apply", "seconds": 3.0},
        {"what": "409", "when": "before"},
        {"what": "429", "when": "before", "retry_after": 2},
        {"what": "503-html", "when": "before"},
        {"what": "503-html", "when": "after"},
        {"what": "truncated", "when": "after"},
        {"what": "garbage", "when": "after"},
        {"what": "401", "when": "before"},
        {"what": "401", "when": "after"},
        {"what": "409", "when": "after"},
        {"what": "429", "when": "after", "retry_after": 1},
        {"what": "hang", "when": "after", "seconds": 12.0},
    ],
    ids=lambda fault: f"{fault['what']}-{fault.get('when', 'before')}",
)
def test_a_fault_at_the_write_leaves_one_note(body: Spine, fault: dict[str, Any]) -> None:
    body.sandbox.set_faults({"match": r"PUT /api/v2/tickets/\d+", "times": 1, **fault})

    assert settle(body, body.file_ticket()) == 1


@pytest.mark.parametrize("what", ["502-html", "drop", "hang", "429", "garbage"])
def test_a_fault_at_the_read_leaves_one_note(body: Spine, what: str) -> None:
    body.sandbox.set_faults(
        {"match": r"GET /api/v2/tickets/\d+", "times": 1, "what": what, "seconds": 11.0}
    )

    assert settle(body, body.file_ticket()) == 1


def test_a_token_that_expires_in_mid_run_is_renewed_once(body: Spine) -> None:
    body.sandbox.expire_tokens()

    assert settle(body, body.file_ticket()) == 1


def test_a_webhook_that_comes_twice_gives_one_note(body: Spine) -> None:
    body.sandbox.set_faults({"match": "WEBHOOK", "what": "duplicate", "times": 1})

    assert settle(body, body.file_ticket()) == 1


def test_two_replies_within_a_second_are_one_look_and_no_second_note(body: Spine) -> None:
    ticket = body.file_ticket()
    settle(body, ticket)

    reply(body, ticket, "Hello?")
    reply(body, ticket, "Is anybody there?")
    wait_for("the replies are taken", lambda: len(events_of(body, ticket)) == 3, 30)
    wait_for("the ticket's jobs end", lambda: not open_jobs_of(body, ticket), PATIENCE)

    assert body.sandbox.notes()[ticket] == 1
    assert sorted(events_of(body, ticket)) == [
        "merged into another event",
        "noted",
        "silent: nothing_new",
    ]


def events_of(body: Spine, ticket: int) -> list[str]:
    rows = body.sql(f"SELECT outcome FROM events WHERE ticket_id = {ticket} ORDER BY number")
    return [str(row[0]) for row in rows]


def test_a_pause_holds_notes_back_and_a_resume_lets_them_go(body: Spine) -> None:
    body.command("pause", "--why", "test")
    ticket = body.file_ticket()
    wait_for("the event is taken", lambda: bool(events_of(body, ticket)), 30)
    before = body.sandbox.notes().get(ticket, 0)
    body.command("resume")

    assert before == 0
    assert settle(body, ticket) == 1


def test_a_ticket_without_the_tag_is_never_looked_at(body: Spine) -> None:
    body.sandbox.forget_calls()
    other = body.file_ticket({"subject": "Invoice", "comment": {"body": "Please resend it."}})
    ours = body.file_ticket()

    settle(body, ours)

    assert body.sandbox.calls(path=rf"/api/v2/tickets/{other}$") == []
