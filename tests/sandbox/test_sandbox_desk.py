"""The desk page: samples, replies, macros, fields, what is new, and nothing unescaped."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import httpx
import pytest

from bot.sandbox.samples import samples
from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import NO_TLS, MakeTicket

FIELDS = Path(__file__).parents[2] / "manifests" / "zendesk" / "fields.toml"
LABELS = {
    "opted_in_by_bug", "switch_subscription", "resend_activation_code", "dns_failure",
    "ip_tcp_unreachable", "tls_failure", "http_unexpected", "proxy", "activation_error_needs_har",
    "seatlink_sync_failure", "graphql_activation", "connectivity_unknown", "not_cloud_licensing",
    "needs_info",
}  # fmt: skip


@pytest.fixture
def desk(sandbox: SandboxServer) -> Any:
    with httpx.Client(base_url=sandbox.url, timeout=60, verify=NO_TLS) as client:
        yield client


def file_sample(desk: httpx.Client, key: str) -> int:
    reply = desk.post("/desk/tickets", data={"sample": key})
    assert reply.status_code == 303, reply.text
    return int(reply.headers["Location"].rpartition("/")[2])


def test_every_scenario_has_a_sample() -> None:
    assert {item.scenario for item in samples() if item.scenario} == LABELS
    assert len({item.id for item in samples()}) == len(samples())


def test_one_sample_carries_the_license_number_of_the_portal() -> None:
    (chosen,) = [s for s in samples() if s.title == "Opted in by a bug, should not be on it"]

    assert "https://customers.example_company.com/admin/license/123123123" in chosen.description
    assert chosen.fields["should_be_on_cloud_licensing"] == "no"


def test_a_sample_becomes_a_customers_ticket_from_the_web_form(
    desk: httpx.Client, agent: httpx.Client
) -> None:
    key = file_sample(desk, "dns")

    shown = agent.get(f"/api/v2/tickets/{key}?include=users").json()
    assert shown["ticket"]["tags"] == ["cloud-licensing"]
    assert shown["ticket"]["via"]["channel"] == "web"
    assert shown["users"][0]["role"] == "end-user"
    assert "status: NXDOMAIN" in shown["ticket"]["description"]


def test_a_samples_fields_land_in_the_fields_that_provisioning_made(
    desk: httpx.Client, agent: httpx.Client
) -> None:
    version: dict[str, Any] = {"type": "text", "title": "Cloud licensing: version"}
    options = [{"name": word.title(), "value": f"cl_should_be_on_cloud_licensing_{word}"}
               for word in ("yes", "no", "unknown")]  # fmt: skip
    should: dict[str, Any] = {"type": "tagger", "title": "Cloud licensing: should be on it",
              "custom_field_options": options}  # fmt: skip
    for given in (version, should):
        assert given["title"] in FIELDS.read_text()
        assert agent.post("/api/v2/ticket_fields", json={"ticket_field": given}).is_success

    ticket = agent.get(f"/api/v2/tickets/{file_sample(desk, 'opted_in_remove')}").json()["ticket"]

    assert {item["value"] for item in ticket["fields"]} == {
        "16.4.2",
        "cl_should_be_on_cloud_licensing_no",
    }


def test_a_ticket_can_be_written_freely(desk: httpx.Client, agent: httpx.Client) -> None:
    form = {"requester": "Ada", "email": "ada@x.example", "subject": "S", "body": "B",
            "tags": "cloud-licensing vip"}  # fmt: skip

    reply = desk.post("/desk/tickets", data=form)

    key = reply.headers["Location"].rpartition("/")[2]
    ticket = agent.get(f"/api/v2/tickets/{key}").json()["ticket"]
    assert (ticket["subject"], ticket["tags"]) == ("S", ["cloud-licensing", "vip"])
    assert desk.post("/desk/tickets", data={"body": "  "}).status_code == 422


def test_what_strangers_sent_is_escaped_everywhere(
    desk: httpx.Client, make_ticket: MakeTicket
) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    key = make_ticket(
        subject=evil,
        tags=["cloud-licensing", "<b>"],
        requester={"name": evil, "email": "e@x.example"},
        comment={"html_body": f"<p>{evil}</p>"},
    )["id"]

    for page in (desk.get("/").text, desk.get(f"/desk/tickets/{key}").text):
        assert "<script>alert" not in page
        assert not re.search(r"<img[^>]*onerror", page)
        assert "<b>" not in page


def test_pages_forbid_scripts_of_others(desk: httpx.Client) -> None:
    headers = desk.get("/").headers

    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in desk.get("/desk/new").text


def test_an_internal_note_is_marked_as_such(
    desk: httpx.Client, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    key = make_ticket()["id"]
    note = {"html_body": "<h3>Do next</h3><pre>a\n  b</pre>", "public": False}
    bot.put(f"/api/v2/tickets/{key}", json={"ticket": {"comment": note}})

    page = desk.get(f"/desk/tickets/{key}").text

    assert "message bot internal" in page
    assert "Internal note</span>" in page
    assert "<pre>a\n  b</pre>" in page


def test_replies_are_public_internal_or_the_customers(
    desk: httpx.Client, agent: httpx.Client, make_ticket: MakeTicket, sandbox: SandboxServer
) -> None:
    ticket = make_ticket()
    address = f"/desk/tickets/{ticket['id']}/reply"
    for kind in ("public", "internal", "customer"):
        desk.post(address, data={"kind": kind, "body": f"as {kind}", "status": "pending"})

    comments = agent.get(f"/api/v2/tickets/{ticket['id']}/comments").json()["comments"][1:]

    assert [item["public"] for item in comments] == [True, False, True]
    assert [item["author_id"] for item in comments] == [
        sandbox.agent_user_id,
        sandbox.agent_user_id,
        ticket["requester_id"],
    ]


def test_a_macro_from_the_menu_is_applied_and_submitted(
    desk: httpx.Client, agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    key = make_ticket(tags=["cloud-licensing"])["id"]
    actions = [{"field": "current_tags", "value": "cl_run_probes"}]
    macro = {"macro": {"title": "Cloud licensing::Run probes", "actions": actions}}
    macro_id = agent.post("/api/v2/macros", json=macro).json()["macro"]["id"]

    page = desk.get(f"/desk/tickets/{key}").text
    desk.post(f"/desk/tickets/{key}/macro", data={"macro": macro_id})

    assert "Cloud licensing › Run probes" in page
    tags = agent.get(f"/api/v2/tickets/{key}/tags").json()["tags"]
    assert tags == ["cl_run_probes", "cloud-licensing"]


def test_the_scenario_field_comes_first_and_can_be_set(
    desk: httpx.Client, agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    agent.post("/api/v2/ticket_fields", json={"ticket_field": {"type": "text", "title": "Plan"}})
    options = [{"name": "Proxy", "value": "cl_scenario_proxy"}]
    given = {"type": "tagger", "title": "Scenario", "custom_field_options": options}
    field = agent.post("/api/v2/ticket_fields", json={"ticket_field": given}).json()["ticket_field"]
    key = make_ticket(tags=["cloud-licensing"])["id"]

    page = desk.get(f"/desk/tickets/{key}").text
    form = {f"field_{field['id']}": "cl_scenario_proxy", "tags": "cloud-licensing"}
    desk.post(f"/desk/tickets/{key}/fields", data=form)

    assert page.index(">Scenario<") < page.index(">Plan<")
    ticket = agent.get(f"/api/v2/tickets/{key}").json()["ticket"]
    assert ticket["tags"] == ["cl_scenario_proxy", "cloud-licensing"]


def test_a_waiting_browser_hears_of_a_new_note_at_once(
    desk: httpx.Client, bot: httpx.Client, make_ticket: MakeTicket
) -> None:
    key = make_ticket()["id"]
    page = desk.get(f"/desk/tickets/{key}").text
    version = re.search(r'data-version="(\d+)"', page)
    assert version
    note = {"ticket": {"comment": {"html_body": "<p>verdict</p>", "public": False}}}
    timer = Timer(0.3, bot.put, (f"/api/v2/tickets/{key}",), {"json": note})
    timer.start()

    began = time.monotonic()
    answer = desk.get(f"/desk/tickets/{key}/changes?since={version[1]}&wait=20").json()

    timer.join()
    assert time.monotonic() - began < 15
    assert answer["version"] > int(version[1])
    assert "verdict" in answer["messages"][-1]["html"]
    assert "internal" in answer["messages"][-1]["html"]


def test_the_list_is_told_too(desk: httpx.Client, make_ticket: MakeTicket) -> None:
    make_ticket(subject="First of all")

    answer = desk.get("/desk/changes?since=-1").json()

    assert "First of all" in answer["rows"]
    assert desk.get(f"/desk/changes?since={answer['version']}&wait=0").json() == answer


def test_another_site_cannot_post_to_the_desk(desk: httpx.Client) -> None:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}

    reply = desk.post("/desk/tickets", data={"sample": "dns"}, headers=headers)

    assert reply.status_code == 403
    assert "No tickets yet" in desk.get("/").text


def test_a_ticket_link_leads_to_the_desk(desk: httpx.Client, make_ticket: MakeTicket) -> None:
    key = make_ticket()["id"]

    reply = desk.get(f"/agent/tickets/{key}")

    assert reply.headers["Location"] == f"/desk/tickets/{key}"
    assert desk.get("/desk/tickets/999").status_code == 404


def test_a_file_can_be_opened_from_the_desk_page(
    desk: httpx.Client, agent: httpx.Client, make_ticket: MakeTicket,
    make_upload: Callable[[str, bytes], str],
) -> None:  # fmt: skip
    token = make_upload("trace.har", b"{}")
    key = make_ticket(comment={"body": "see file", "uploads": [token]})["id"]
    page = desk.get(f"/desk/tickets/{key}").text
    link = re.search(r'href="(/attachments/[^"]+)"', page)
    assert link

    browser = {"Sec-Fetch-Site": "same-origin"}
    reply = desk.get(link[1], headers=browser, follow_redirects=True)

    assert "trace.har" in page
    assert reply.content == b"{}"
    assert reply.headers["Content-Disposition"] == "attachment"
