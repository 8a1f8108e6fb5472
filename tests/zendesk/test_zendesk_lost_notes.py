"""A write whose answer cannot be used: what the desk says, and how the note is found again."""

from dataclasses import replace
from typing import Any

import pytest

from bot.runbook.writing import NoteWrite
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.errors import Conflict, GatewayTrouble, NoteWasPublic, OutcomeUnknown, RateLimited
from tests.zendesk.stub_state import CUSTOMER
from tests.zendesk.stub_zendesk import StubZendesk, answers, drops, html, truncates

NOTE = NoteWrite(
    marker="lb-7f3a",
    html="<p>DNS ✓ · TCP ✗</p><pre>a  b</pre>",
    tags=("cloud-licensing", "cl_scenario_tls_interception"),
    fields={"scenario": "tls_interception"},
    metadata={"digest": "d1"},
)


@pytest.mark.parametrize("act", [drops, truncates, html(500), html(502), answers(200, [])])
def test_a_note_whose_answer_was_lost_is_found_by_its_marker(
    zendesk: StubZendesk, desk: ZendeskDesk, act: Any
) -> None:
    number = zendesk.add_ticket()
    ticket = desk.read_ticket(number, "no")
    zendesk.fail("PUT", "/tickets/", act, commit_first=True)

    with pytest.raises(OutcomeUnknown) as caught:
        desk.write(ticket, NOTE)
    found = desk.find_note(number, "lb-7f3a")

    assert caught.value.may_be_applied
    assert not caught.value.retry_safe
    assert len(zendesk.calls("PUT")) == 1
    assert found is not None
    assert found.comment_id == zendesk.state.comments[number][-1]["id"]
    assert found.audit_id == zendesk.state.audits[number][-1]["id"]


@pytest.mark.parametrize(
    ("status", "headers", "error"), [(401, {}, Conflict), (429, {"retry_after": "0"}, RateLimited)]
)
def test_a_refused_note_is_never_sent_again_before_it_was_looked_for(
    zendesk: StubZendesk, desk: ZendeskDesk, status: int, headers: dict[str, str], error: Any
) -> None:
    number = zendesk.add_ticket()
    ticket = desk.read_ticket(number, "no")
    zendesk.fail("PUT", "/tickets/", answers(status, {}, **headers), commit_first=True)

    with pytest.raises(error):
        desk.write(ticket, NOTE)

    assert len(zendesk.calls("PUT")) == 1
    assert desk.find_note(number, "lb-7f3a") is not None


@pytest.mark.parametrize("nothing", [{}, {"ok": True}, {"audits": None}])
def test_an_answer_without_a_list_proves_no_note_away(
    zendesk: StubZendesk, desk: ZendeskDesk, nothing: dict[str, Any]
) -> None:
    number = zendesk.add_ticket()
    desk.write(desk.read_ticket(number, "no"), NOTE)
    zendesk.fail("GET", "/audits", answers(200, nothing))

    with pytest.raises(GatewayTrouble):
        desk.find_note(number, "lb-7f3a")


def test_audits_that_are_empty_are_not_believed(zendesk: StubZendesk, desk: ZendeskDesk) -> None:
    number = zendesk.add_ticket()
    desk.write(desk.read_ticket(number, "no"), replace(NOTE, html="<p>verdict lb-7f3a</p>"))
    zendesk.fail("GET", "/audits", answers(200, {"audits": []}))

    assert desk.find_note(number, "lb-7f3a") is not None


@pytest.mark.parametrize("answer", [{}, {"ticket": {}}, {"ticket": {"id": 1}}])
def test_only_the_ticket_that_was_asked_for_is_an_answer(
    zendesk: StubZendesk, desk: ZendeskDesk, answer: dict[str, Any]
) -> None:
    number = zendesk.add_ticket()
    zendesk.fail("GET", "/tickets/", answers(200, answer))

    with pytest.raises(GatewayTrouble):
        desk.read_ticket(number, "no")


def test_a_note_that_was_not_applied_is_not_found(zendesk: StubZendesk, desk: ZendeskDesk) -> None:
    number = zendesk.add_ticket()
    desk.write(desk.read_ticket(number, "no"), replace(NOTE, marker="earlier", html=None))
    ticket = desk.read_ticket(number, "no")
    zendesk.fail("PUT", "/tickets/", drops)

    with pytest.raises(OutcomeUnknown):
        desk.write(ticket, NOTE)

    assert desk.find_note(number, "lb-7f3a") is None
    assert zendesk.calls("GET", "/comments") == []


def test_without_the_right_to_read_audits_the_footer_of_our_note_is_searched(
    zendesk: StubZendesk, desk: ZendeskDesk
) -> None:
    number = zendesk.add_ticket()
    note = replace(NOTE, html="<p>verdict</p><p>lb-7f3a</p>")
    receipt = desk.write(desk.read_ticket(number, "no"), note)
    zendesk.add_comment(number, html_body="<p>you wrote lb-0000</p>", author_id=CUSTOMER)
    zendesk.fail("GET", "/audits", answers(403, {"error": "Forbidden"}), times=9)

    found = desk.find_note(number, "lb-7f3a")

    assert found is not None
    assert found.comment_id == receipt.comment_id
    assert desk.find_note(number, "lb-0000") is None


def test_the_marker_is_found_behind_many_audits(zendesk: StubZendesk, desk: ZendeskDesk) -> None:
    zendesk.state.page_size = 2
    number = zendesk.add_ticket()
    desk.write(desk.read_ticket(number, "no"), NOTE)
    for later in range(5):
        note = replace(NOTE, marker=f"later {later}", html=None)
        desk.write(desk.read_ticket(number, "no"), note)

    assert desk.find_note(number, "lb-7f3a") is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"OK",
        b"[]",
        {"ticket": {}},
        {"ticket": {"id": 1, "updated_at": "x"}, "audit": {"events": []}},
        {"job_status": {"id": "x", "status": "queued"}},
    ],
)
def test_a_200_that_does_not_show_the_write_is_an_unknown_outcome(
    zendesk: StubZendesk, desk: ZendeskDesk, body: Any
) -> None:
    ticket = desk.read_ticket(zendesk.add_ticket(), "no")
    zendesk.fail("PUT", "/tickets/", answers(200, body))

    with pytest.raises(OutcomeUnknown):
        desk.write(ticket, NOTE)


def test_a_200_without_our_comment_in_it_is_an_unknown_outcome(
    zendesk: StubZendesk, desk: ZendeskDesk
) -> None:
    number = zendesk.add_ticket()
    ticket = desk.read_ticket(number, "no")
    answer = {"ticket": {"id": number, "updated_at": "2026-11-24T03:00:00Z"}, "audit": None}
    zendesk.fail("PUT", "/tickets/", answers(200, answer))

    with pytest.raises(OutcomeUnknown, match="no comment of ours"):
        desk.write(ticket, NOTE)


def test_a_note_that_came_out_public_is_made_private_at_once(
    zendesk: StubZendesk, desk: ZendeskDesk
) -> None:
    number = zendesk.add_ticket()
    ticket = desk.read_ticket(number, "no")
    answer = {
        "ticket": {"id": number, "updated_at": "2026-11-24T03:00:00Z"},
        "audit": {"id": 1, "events": [{"id": 77, "type": "Comment", "public": True}]},
    }
    zendesk.fail("PUT", "/tickets/", answers(200, answer))

    with pytest.raises(NoteWasPublic):
        desk.write(ticket, NOTE)

    assert zendesk.calls("PUT")[-1].path == f"/api/v2/tickets/{number}/comments/77/make_private"
