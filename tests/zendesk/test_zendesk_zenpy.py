"""zenpy over our session: one call per call, our errors, our account only."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from zenpy.lib.api_objects import Comment, Macro, Ticket

from bot.zendesk.calls import Account
from bot.zendesk.errors import (
    AuthFailed,
    Conflict,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    ScopeMissing,
)
from bot.zendesk.search import UpdatedTicket, search_updated
from bot.zendesk.session import ZendeskSession
from bot.zendesk.zenpy_client import open_zenpy
from tests.zendesk.conftest import OpenSession
from tests.zendesk.stub_zendesk import StubZendesk, answers, drops, hangs, html, truncates


def ticket_of(number: int) -> Any:
    return Ticket(id=number, comment=Comment(html_body="<p>x</p>", public=False))


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (drops, OutcomeUnknown),
        (truncates, OutcomeUnknown),
        (hangs, OutcomeUnknown),
        (html(503), OutcomeUnknown),
        (html(500), OutcomeUnknown),
        (answers(429, {"error": "Too many"}, retry_after="90"), RateLimited),
        (answers(429, {}, retry_after="Tue, 24 Nov 2099 02:00:00 GMT"), RateLimited),
        (answers(409, {"error": "UpdateConflict"}), Conflict),
        (answers(403, {"error": "Forbidden"}), ScopeMissing),
        (answers(404, {"error": "RecordNotFound"}), NotFound),
        (answers(422, {"error": "RecordInvalid"}), Rejected),
        (answers(302, None, location="https://evil.example/"), Exception),
    ],
)
def test_zenpy_sends_a_write_once_whatever_happens(
    zendesk: StubZendesk, open_session: OpenSession, act: Any, kind: type[Exception]
) -> None:
    number = zendesk.add_ticket()
    session = open_session()
    open_zenpy(session).users.me()
    session.deadline = 1.0
    zendesk.fail("PUT", "/tickets/", act, times=9)

    with pytest.raises(kind):
        open_zenpy(session).tickets.update(ticket_of(number))

    assert len(zendesk.calls("PUT")) == 1


def test_zenpy_renews_the_token_once(zendesk: StubZendesk, session: ZendeskSession) -> None:
    zenpy = open_zenpy(session)
    zenpy.users.me()
    zendesk.state.tokens[:] = ["revoked"]

    assert zenpy.users.me().role == "admin"

    zendesk.fail("GET", "/users/me", answers(401, {"error": "Couldn't authenticate you"}), times=9)
    with pytest.raises(AuthFailed):
        zenpy.users.me()


def test_zenpy_keeps_no_cache(zendesk: StubZendesk, session: ZendeskSession) -> None:
    number = zendesk.add_ticket()
    zenpy = open_zenpy(session)

    before = zenpy.tickets(id=number).status
    zendesk.state.tickets[number]["status"] = "solved"

    assert (before, zenpy.tickets(id=number).status) == ("open", "solved")


def test_zenpy_reads_every_page_and_stops_at_the_last(
    zendesk: StubZendesk, session: ZendeskSession
) -> None:
    zenpy = open_zenpy(session)
    for number in range(150):
        zendesk.state.collections.setdefault("macros", {})[str(number)] = {
            "id": number, "title": f"M{number}", "actions": [],
        }  # fmt: skip

    titles = [macro.title for macro in zenpy.macros()]

    assert len(titles) == len(set(titles)) == 150
    assert len(zendesk.calls("GET", "/macros")) == 2


def test_zenpy_can_reach_no_other_host(session: ZendeskSession, zendesk: StubZendesk) -> None:
    zenpy = open_zenpy(session)

    with pytest.raises(Rejected, match=r"another host: evil\.example"):
        zenpy.macros._get("https://evil.example/api/v2/macros")
    with pytest.raises(Rejected, match="another host"):
        zenpy.macros._get("http://127.0.0.1:1/api/v2/macros")


def test_environment_of_zenpy_cannot_send_calls_elsewhere(
    zendesk: StubZendesk, session: ZendeskSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", "evil.example")

    with pytest.raises(Rejected, match="another host"):
        open_zenpy(session).macros.create(Macro(title="x"))

    assert zendesk.calls() == []


def test_the_session_below_zenpy_takes_nothing_from_the_environment(
    open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account("https://acme.zendesk.com", "a", "b")
    zenpy = open_zenpy(open_session(account=account))

    assert zenpy.macros.base_url == "acme.zendesk.com"
    assert isinstance(zenpy.macros.session, requests.Session)
    assert zenpy.macros.session.trust_env is False
    assert zenpy.cache.disabled


def test_the_search_for_changed_tickets_reads_every_page_oldest_first(
    zendesk: StubZendesk, session: ZendeskSession
) -> None:
    def page(numbers: range, following: str | None) -> dict[str, Any]:
        results = [
            {"id": n, "result_type": "ticket", "updated_at": f"2026-11-24T02:00:{n:02d}Z"}
            for n in numbers
        ]
        return {"results": [*results, {"result_type": "user", "id": 5}], "next_page": following}

    zendesk.fail("GET", "/search", answers(200, page(range(1, 4), "https://x/2")))
    zendesk.fail("GET", "/search", answers(200, page(range(3, 6), None)))

    found = search_updated(session, "cloud-licensing", datetime(2026, 11, 24, 1, tzinfo=UTC))

    assert [ticket.ticket_id for ticket in found] == [1, 2, 3, 4, 5]
    assert found[0] == UpdatedTicket(1, datetime(2026, 11, 24, 2, 0, 1, tzinfo=UTC))
    assert zendesk.calls()[0].query["query"] == (
        "type:ticket tags:cloud-licensing updated>2026-11-24T01:00:00Z"
    )
    assert [seen.query["page"] for seen in zendesk.calls()] == ["1", "2"]
