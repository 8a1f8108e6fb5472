"""What the sidebar's routes answer about a ticket, on a real store that a real decision filled."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.evidence.look import Look, judged_look
from bot.evidence.observation import Fact, Observation
from bot.runbook.ticket import Comment
from bot.store.database import Database
from bot.store.heartbeats import Heartbeats
from bot.store.portal import PortalLooks
from bot.store.switches import SwitchBoard
from tests.web.sidebar_desk import PROOF, TICKET, TICKET_ID, SidebarDesk, token

STATE = {
    "ticket", "decided_at", "digest", "verdict", "why", "changed", "posted", "note_html", "steps",
    "snippets", "reply", "missing", "links", "probes", "evidence", "live_session", "related",
    "corrections", "scenarios", "paused", "mode", "version",
}  # fmt: skip


@pytest.fixture
def desk(database: Database) -> SidebarDesk:
    return SidebarDesk(database)


def state(desk: SidebarDesk) -> dict[str, Any]:
    answer = desk.call()
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def look(cause: str = "ok", vantage: str = "bot:local", ago: float = 5.0) -> Look:
    at = datetime.now(UTC) - timedelta(seconds=ago)
    seen = [
        Observation(
            "tcp", "192.0.2.1:443", vantage, "tcp", "tcp_ok" if cause == "ok" else cause,
            "ok" if cause == "ok" else "fail", facts={"ms": 31, "family": 4},
            seen_at=at - timedelta(milliseconds=100),
        )
    ]  # fmt: skip
    if cause == "ok":
        facts: dict[str, Fact] = {"ms": 60, "family": 4}
        seen.append(
            Observation(
                "https", "https://customers.example_company.com", vantage, "http",
                "http_ok_redirect_signin", "ok", facts=facts, seen_at=at,
            )
        )  # fmt: skip
    return judged_look(vantage, "https://customers.example_company.com", seen, at, 0.4)


def test_a_ticket_without_a_decision_has_no_verdict(desk: SidebarDesk) -> None:
    found = state(desk)

    assert set(found) == STATE
    assert found["verdict"] is None
    assert found["posted"]["state"] == "waiting"
    assert found["steps"] == []


def test_the_verdict_comes_with_everything_that_the_agent_works_with(desk: SidebarDesk) -> None:
    desk.decide()

    found = state(desk)

    assert set(found) == STATE
    assert found["verdict"]["scenario"] == "tls_failure"
    assert found["verdict"]["headline"]
    assert [rung["layer"] for rung in found["verdict"]["ladder"]] == [
        "dns", "tcp", "tls", "http", "app",
    ]  # fmt: skip
    assert {"layer": "tls", "state": "fail"}.items() <= found["verdict"]["ladder"][2].items()
    assert found["why"][0]["quote"]
    assert found["steps"][0]["id"].startswith("tls_failure.")
    assert "<p>" in found["steps"][0]["html"]
    assert {step["who"] for step in found["steps"]} <= {
        "portal admin", "customer console", "customer network",
    }  # fmt: skip
    assert found["snippets"][0]["text"]
    assert found["reply"]["locale"] == "en"
    assert {"id": "tls_failure", "name": found["verdict"]["name"]} in found["scenarios"]
    assert any(one["kind"] == "paste" and one["verdict"] == "fail" for one in found["evidence"])
    assert found["version"] == "1.2.3"


def test_links_lead_to_the_portals_pages_with_the_ids_filled_in(desk: SidebarDesk) -> None:
    desk.decide()

    urls = [link["url"] for link in state(desk)["links"]]

    assert "https://customers.example_company.com/admin/customer/55555" in urls
    assert not any("<" in url for url in urls)


def test_in_shadow_mode_the_would_be_note_is_shown_as_not_posted(desk: SidebarDesk) -> None:
    zendesk = desk.decide(mode="shadow")

    found = state(desk)

    assert found["mode"] == "shadow"
    assert found["posted"]["state"] == "shadow"
    assert "shadow mode" in found["posted"]["reason"]
    assert "<strong>" in found["note_html"]
    assert zendesk.notes == []


def test_a_posted_note_is_shown_as_posted(desk: SidebarDesk) -> None:
    zendesk = desk.decide(mode="on")

    found = state(desk)

    assert found["posted"]["state"] == "posted"
    assert found["posted"]["comment_id"]
    assert found["note_html"] == zendesk.notes[0].html


def test_silence_says_why(desk: SidebarDesk) -> None:
    desk.decide(mode="on_request")

    assert state(desk)["posted"] | {"at": None} == {
        "state": "silent", "at": None, "comment_id": None, "code": "mode_on_request",
        "reason": "the bot speaks only when asked here",
    }  # fmt: skip


def test_what_is_new_since_the_decision_before_is_told(desk: SidebarDesk) -> None:
    desk.decide()
    proxy = Comment("customer", "The proxy answers: HTTP/1.1 407 Proxy Authentication Required\n"
                    "curl: (56) CONNECT tunnel failed, response 407", id=901)  # fmt: skip
    desk.decide(replace(TICKET, comments=(proxy,)))

    changed = state(desk)["changed"]

    assert changed
    desk.decide(replace(TICKET, comments=(proxy,)))
    assert state(desk)["changed"] == changed


def test_a_secret_of_the_customer_is_nowhere_in_the_answer(desk: SidebarDesk) -> None:
    secret = "glpat-" + "A1b2C3d4E5f6G7h8I9j0"
    desk.decide(
        replace(TICKET, description=f"{TICKET.description}\nPRIVATE-TOKEN: {secret}\n* ssl error")
    )

    assert secret not in json.dumps(state(desk))


def test_ticket_text_cannot_put_markup_into_the_answer(desk: SidebarDesk) -> None:
    evil = "SSL certificate problem <img src=x onerror=alert(1)> {{ticket.id}} <script>1</script>"
    desk.decide(replace(TICKET, description=f"{evil}\n{TICKET.description}"))

    found = state(desk)
    html = found["note_html"] + "".join(step["html"] for step in found["steps"])

    assert "<img" not in html
    assert "<script" not in html
    assert "{{" not in html


def test_an_answer_that_is_known_is_not_sent_again(desk: SidebarDesk) -> None:
    desk.decide()
    first = desk.call()
    etag = first.headers["ETag"]

    again = desk.call(headers={"If-None-Match": etag})

    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (again.status_code, again.get_data()) == (304, b"")
    assert again.headers["ETag"] == etag
    desk.call("PUT", f"/steps/{first.get_json()['steps'][0]['id']}", {"done": True})
    assert desk.call(headers={"If-None-Match": etag}).status_code == 200


def test_no_other_sites_page_may_read_an_answer(desk: SidebarDesk) -> None:
    answer = desk.call(headers={"Origin": "https://evil.example"})
    preflight = desk.client.options(
        f"/sidebar/tickets/{TICKET_ID}", headers={"Origin": "https://evil.example"}
    )

    assert not any(name.lower().startswith("access-control") for name, _ in answer.headers)
    assert preflight.status_code == 405
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_portal_is_shown_as_our_side_sees_it(desk: SidebarDesk) -> None:
    looks = PortalLooks(desk.database)

    assert state(desk)["probes"]["control"]["state"] == "unknown"
    looks.save("local", look())
    assert state(desk)["probes"]["control"]["state"] == "healthy"
    looks.save("local", look("tcp_timeout", ago=3))
    assert state(desk)["probes"]["control"]["state"] == "unknown"
    looks.save("frankfurt", look("tcp_timeout", "bot:frankfurt", ago=2))
    control = state(desk)["probes"]["control"]
    assert control["state"] == "trouble"
    assert control["summary"].startswith("fails from our side, frankfurt: tcp")


def test_an_old_look_proves_nothing(desk: SidebarDesk) -> None:
    PortalLooks(desk.database).save("local", look(ago=3600))

    assert state(desk)["probes"]["control"]["state"] == "unknown"


def test_only_vantages_that_a_living_worker_serves_are_offered(desk: SidebarDesk) -> None:
    beats = Heartbeats(desk.database)
    beats.beat("worker", "a", "1", {"queues": ["events", "probes.local", "probes.frankfurt"]})

    found = state(desk)["probes"]["vantages"]

    assert found == [
        {"id": "local", "title": "our side"}, {"id": "frankfurt", "title": "frankfurt"},
    ]  # fmt: skip


def test_tickets_with_the_same_cause_are_named(desk: SidebarDesk) -> None:
    desk.decide()
    with desk.database.connection() as connection:
        connection.execute(
            "INSERT INTO diagnoses (ticket_id, event_key, digest, scenario, confidence, markdown,"
            " details) SELECT 99, 'e', 'd', scenario, confidence, '',"
            " jsonb_build_object('cause', details ->> 'cause') FROM diagnoses"
        )

    found = state(desk)["related"]

    assert [one["ticket"] for one in found] == [99]
    assert found[0]["cause"].startswith("tls_")


def test_a_pause_is_shown(desk: SidebarDesk) -> None:
    SwitchBoard(desk.database).pause("op", "test")

    assert state(desk)["paused"] is True


def test_a_decision_of_an_older_version_is_shown_with_its_bare_verdict(desk: SidebarDesk) -> None:
    with desk.database.connection() as connection:
        connection.execute(
            "INSERT INTO diagnoses (ticket_id, event_key, digest, scenario, confidence, markdown,"
            " details) VALUES (%s, 'e', 'd', 'proxy', 'likely', 'note', '{}')",
            (TICKET_ID,),
        )

    found = state(desk)

    assert found["verdict"]["scenario"] == "proxy"
    assert found["steps"] == []


def test_a_head_request_is_answered_without_a_body(desk: SidebarDesk) -> None:
    answer = desk.call("HEAD")

    assert (answer.status_code, answer.get_data()) == (200, b"")


def test_a_number_that_no_ticket_has_is_no_ticket(desk: SidebarDesk) -> None:
    big = 2**62 + 1

    for number in (big, 10**30):
        bearer = token(ticket_id=number)
        path = f"/sidebar/tickets/{number}"
        answer = desk.client.get(
            path, headers={"Authorization": f"Bearer {bearer}", "X-Ticket-Proof": PROOF}
        )
        assert answer.status_code in (401, 404)


@pytest.mark.parametrize("strange", ["\u202ebackwards", "\x1b[31m", "\ufffd", "\u0085"])
def test_strange_letters_in_a_ticket_neither_stop_the_worker_nor_the_answer(
    desk: SidebarDesk, strange: str
) -> None:
    text = f"SSL certificate problem {strange} self signed certificate\n{TICKET.description}"
    desk.decide(replace(TICKET, description=text))

    assert state(desk)["verdict"]["scenario"] == "tls_failure"
