"""The desk against a real server on loopback: what is read, what is written, how many calls."""

from dataclasses import replace
from typing import Any

import pytest

from bot.runbook.writing import NoteWrite
from bot.zendesk.desk import ZendeskDesk
from bot.zendesk.errors import (
    AuthFailed,
    Conflict,
    NotFound,
    TicketClosed,
)
from bot.zendesk.reading import FieldIds
from bot.zendesk.session import ZendeskSession
from tests.zendesk.stub_state import AGENT, BOT, CUSTOMER
from tests.zendesk.stub_zendesk import StubZendesk, answers

NOTE = NoteWrite(
    marker="lb-7f3a",
    html="<p>DNS ✓ · TCP ✗</p><pre>a  b</pre>",
    tags=("cloud-licensing", "cl_scenario_tls_interception"),
    fields={"scenario": "tls_interception"},
    metadata={"digest": "d1"},
)


def test_a_new_ticket_costs_one_get_and_one_put(zendesk: StubZendesk, desk: ZendeskDesk) -> None:
    number = zendesk.add_ticket()

    ticket = desk.read_ticket(number, "no")
    receipt = desk.write(ticket, NOTE)

    assert [seen.method for seen in zendesk.calls()] == ["GET", "PUT"]
    assert zendesk.calls("GET")[0].query == {"include": "users,comment_count"}
    assert receipt.comment_id == zendesk.state.comments[number][-1]["id"]
    assert receipt.audit_id == zendesk.state.audits[number][-1]["id"]
    assert receipt.updated_at == zendesk.state.tickets[number]["updated_at"]


def test_the_put_holds_an_internal_comment_under_safe_update(
    zendesk: StubZendesk, desk: ZendeskDesk
) -> None:
    number = zendesk.add_ticket()
    ticket = desk.read_ticket(number, "no")

    desk.write(ticket, NOTE)

    (put,) = zendesk.calls("PUT")
    assert put.path == f"/api/v2/tickets/{number}"
    assert put.body == {
        "ticket": {
            "metadata": {"digest": "d1", "marker": "lb-7f3a"},
            "safe_update": True,
            "updated_stamp": ticket.updated_stamp,
            "comment": {"html_body": "<p>DNS ✓ · TCP ✗</p><pre>a  b</pre>", "public": False},
            "tags": ["cloud-licensing", "cl_scenario_tls_interception"],
            "custom_fields": [{"id": 21, "value": "cl_scenario_tls_interception"}],
        }
    }


def test_without_html_only_tags_and_fields_are_written(
    zendesk: StubZendesk, desk: ZendeskDesk
) -> None:
    number = zendesk.add_ticket()

    receipt = desk.write(desk.read_ticket(number, "no"), replace(NOTE, html=None, fields={}))

    assert set(zendesk.calls("PUT")[0].body["ticket"]) == {
        "metadata", "safe_update", "updated_stamp", "tags",
    }  # fmt: skip
    assert receipt.comment_id is None
    assert len(zendesk.state.comments[number]) == 1


def test_a_field_that_the_account_lacks_does_not_stop_the_note(
    zendesk: StubZendesk, session: ZendeskSession
) -> None:
    number = zendesk.add_ticket()
    desk = ZendeskDesk(session, FieldIds())

    desk.write(desk.read_ticket(number, "no"), NOTE)

    assert zendesk.calls("PUT")[0].body["ticket"]["custom_fields"] == []


def test_placeholders_of_zendesk_are_broken_up(zendesk: StubZendesk, desk: ZendeskDesk) -> None:
    number = zendesk.add_ticket()
    said = "<p>{{ticket.requester.email}} {% if x %} {{{x}}}</p>"

    desk.write(desk.read_ticket(number, "no"), replace(NOTE, html=said))

    sent = zendesk.calls("PUT")[0].body["ticket"]["comment"]["html_body"]
    assert "{{" not in sent
    assert "{%" not in sent


def test_a_note_that_zendesk_would_cut_is_refused_before_sending(
    zendesk: StubZendesk, desk: ZendeskDesk
) -> None:
    ticket = desk.read_ticket(zendesk.add_ticket(), "no")

    with pytest.raises(ValueError, match="would be cut"):
        desk.write(ticket, replace(NOTE, html="ü" * 32_001))

    assert zendesk.calls("PUT") == []


def test_two_comments_are_listed_oldest_first_with_their_authors(
    zendesk: StubZendesk, desk: ZendeskDesk
) -> None:
    number = zendesk.add_ticket(
        comments=[
            {"author_id": AGENT, "body": "Which version?"},
            {"author_id": BOT, "body": "Note", "public": False},
            {"author_id": CUSTOMER, "body": "16.1"},
        ]
    )

    ticket = desk.read_ticket(number, "no")

    assert [(c.author, c.body, c.public) for c in ticket.comments] == [
        ("agent", "Which version?", True),
        ("bot", "Note", False),
        ("customer", "16.1", True),
    ]
    assert ticket.description == "We cannot activate."
    assert ticket.description_id == zendesk.state.comments[number][0]["id"]
    assert ticket.newest_comment_id == zendesk.state.comments[number][-1]["id"]
    assert [seen.path for seen in zendesk.calls()] == [
        f"/api/v2/tickets/{number}",
        f"/api/v2/tickets/{number}/comments",
    ]
    assert zendesk.calls()[1].query == {
        "page[size]": "100", "sort": "-created_at", "include": "users",
    }  # fmt: skip


@pytest.mark.parametrize("hint", ["yes", "unknown"])
def test_attachments_of_the_first_message_are_read_when_they_may_be_there(
    zendesk: StubZendesk, desk: ZendeskDesk, hint: Any
) -> None:
    number = zendesk.add_ticket()
    zendesk.state.comments[number][0]["attachments"] = [
        {
            "id": 5,
            "file_name": "a.har",
            "content_url": "https://x/a",
            "content_type": "x",
            "size": 9,
        },
        {"id": 6, "file_name": "redacted.txt", "deleted": True},
    ]

    ticket = desk.read_ticket(number, hint)

    assert [(a.id, a.file_name, a.size) for a in ticket.description_attachments] == [
        (5, "a.har", 9)
    ]
    assert ticket.comments == ()


def test_a_long_ticket_is_read_from_the_newest_and_only_so_far(
    zendesk: StubZendesk, desk: ZendeskDesk
) -> None:
    zendesk.state.page_size = 3
    number = zendesk.add_ticket(comments=[{"body": f"reply {i}"} for i in range(1, 20)])

    ticket = desk.read_ticket(number, "no")

    assert [c.body for c in ticket.comments] == [f"reply {i}" for i in range(11, 20)]
    assert ticket.description == "We cannot activate."
    assert ticket.description_id is None


def test_paging_stops_at_has_more_although_links_next_goes_on(
    zendesk: StubZendesk, desk: ZendeskDesk
) -> None:
    number = zendesk.add_ticket(comments=[{"body": "one"}])

    desk.read_ticket(number, "no")

    assert len(zendesk.calls("GET", "/comments")) == 1


def test_a_deleted_ticket_is_not_found(zendesk: StubZendesk, desk: ZendeskDesk) -> None:
    number = zendesk.add_ticket(status="deleted")

    with pytest.raises(NotFound, match="was deleted"):
        desk.read_ticket(number, "no")
    with pytest.raises(NotFound, match="not found"):
        desk.read_ticket(4711, "no")


def test_a_closed_ticket_says_so(zendesk: StubZendesk, desk: ZendeskDesk) -> None:
    ticket = desk.read_ticket(zendesk.add_ticket(status="closed"), "no")

    with pytest.raises(TicketClosed, match="closed prevents ticket update") as caught:
        desk.write(ticket, NOTE)

    assert not caught.value.retry_safe
    assert not caught.value.may_be_applied


def test_a_ticket_changed_meanwhile_is_a_conflict(zendesk: StubZendesk, desk: ZendeskDesk) -> None:
    number = zendesk.add_ticket()
    ticket = desk.read_ticket(number, "no")
    zendesk.state.tickets[number]["updated_at"] = "2026-11-24T03:00:00Z"

    with pytest.raises(Conflict):
        desk.write(ticket, NOTE)

    assert len(zendesk.state.comments[number]) == 1


def test_an_anonymous_visitor_is_not_us(zendesk: StubZendesk, desk: ZendeskDesk) -> None:
    assert desk.me().id == BOT

    zendesk.fail("GET", "/users/me", answers(200, {"user": {"id": None, "role": "end-user"}}))

    with pytest.raises(AuthFailed, match="does not know who we are"):
        desk.me()
