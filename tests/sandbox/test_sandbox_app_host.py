"""The tray's server side: assets of their own origin, what the page says, the guarded proxy."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.sandbox.host_install import install, packed
from bot.sandbox.host_jwt import SigningError, minted
from bot.sandbox.serve import SandboxServer
from tests.sandbox.conftest import NO_TLS, MakeTicket

APP = Path(__file__).parents[1] / "app" / "host_app"
SECRET = "never-shown-" * 4


@pytest.fixture
def host(loopback: None) -> Any:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def sandbox(host: SandboxServer) -> SandboxServer:
    """These tests install apps, so they take a server of their own."""
    return host


@pytest.fixture
def installation(host: SandboxServer) -> int:
    settings = {"name": "Host check", "shared_secret": SECRET}
    return install(host.url, host.token, packed(APP), settings)


@pytest.fixture
def desk(host: SandboxServer) -> Any:
    with httpx.Client(base_url=host.url, timeout=60, verify=NO_TLS) as client:
        yield client


def tray_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="tray">(.*?)</script>', page, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def asset(page: dict[str, Any], name: str = "index.html") -> httpx.Response:
    address = f"{page['apps'][0]['assets']}/{name}".replace("localhost", "127.0.0.1")
    return httpx.get(address, verify=NO_TLS)


def test_a_ticket_without_apps_frames_nothing(desk: httpx.Client, make_ticket: MakeTicket) -> None:
    reply = desk.get(f"/desk/tickets/{make_ticket()['id']}")

    assert tray_of(reply.text)["apps"] == []


def test_the_policy_names_the_apps_origin_and_no_other(
    desk: httpx.Client, make_ticket: MakeTicket, installation: int
) -> None:
    reply = desk.get(f"/desk/tickets/{make_ticket()['id']}")
    policy = reply.headers["Content-Security-Policy"]
    page = tray_of(reply.text)["apps"][0]["page"]

    frames = re.search(r"frame-src ([^;]*)", policy)
    assert frames
    assert page.startswith(f"{frames[1]}/")
    assert page.startswith("http://localhost:")


def test_the_page_holds_open_settings_and_no_secret(
    desk: httpx.Client, make_ticket: MakeTicket, installation: int
) -> None:
    text = desk.get(f"/desk/tickets/{make_ticket()['id']}").text

    assert tray_of(text)["apps"][0]["settings"]["colour"] == "green"
    assert SECRET not in text


def test_what_a_customer_wrote_cannot_end_the_trays_script(
    desk: httpx.Client, make_ticket: MakeTicket, installation: int
) -> None:
    evil = "</script><script>alert(1)</script>"
    text = desk.get(f"/desk/tickets/{make_ticket(subject=evil)['id']}").text

    assert tray_of(text)["ticket"]["subject"] == evil
    assert "<script>alert" not in text


def test_assets_are_served_from_the_package_alone(
    desk: httpx.Client, make_ticket: MakeTicket, installation: int, host: SandboxServer
) -> None:
    page = tray_of(desk.get(f"/desk/tickets/{make_ticket()['id']}").text)

    html = asset(page)
    assert "static.zdassets.com" not in html.text
    assert "/sdk/zaf_client.js" in html.text
    assert asset(page, "app.js").headers["Content-Type"].startswith("text/javascript")
    assert asset(page, "../manifest.json").status_code == 404
    assert asset(page, "%2e%2e/manifest.json").status_code == 404
    host.assets.own_client = False
    assert "static.zdassets.com" in asset(page).text


def test_an_app_that_is_switched_off_is_neither_shown_nor_served(
    desk: httpx.Client, agent: httpx.Client, make_ticket: MakeTicket, installation: int
) -> None:
    key = make_ticket()["id"]
    before = tray_of(desk.get(f"/desk/tickets/{key}").text)
    agent.put(f"/api/v2/apps/installations/{installation}", json={"enabled": False})

    assert tray_of(desk.get(f"/desk/tickets/{key}").text)["apps"] == []
    assert asset(before).status_code == 404
    assert desk.post(f"/desk/apps/{installation}/request", json={"url": "x"}).status_code == 404


def test_another_site_cannot_use_the_proxy(desk: httpx.Client, installation: int) -> None:
    headers = {"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"}

    reply = desk.post(f"/desk/apps/{installation}/request", json={"url": "x"}, headers=headers)

    assert reply.status_code == 403


def test_what_a_backend_says_never_becomes_a_page_of_the_desk(
    desk: httpx.Client, installation: int, endpoint: Any
) -> None:
    reply = desk.post(f"/desk/apps/{installation}/request", json={"url": endpoint.url})

    assert reply.headers["Content-Security-Policy"].startswith("sandbox")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_installing_again_updates_the_same_app(
    host: SandboxServer, installation: int, agent: httpx.Client
) -> None:
    changed = packed(APP, {"version": "2.0.0"})

    again = install(host.url, host.token, changed, {"name": "Host check", "colour": "red"})

    assert again == installation
    (app,) = agent.get("/api/v2/apps/owned").json()["apps"]
    assert app["version"] == "2.0.0"
    kept = host.box.store.get("installation", installation)
    assert kept
    assert (kept["settings"]["colour"], kept["settings"]["shared_secret"]) == ("red", SECRET)


def test_a_submit_takes_the_changed_fields_along_and_leaves_the_others(
    desk: httpx.Client, agent: httpx.Client, make_ticket: MakeTicket
) -> None:
    keys = [
        agent.post("/api/v2/ticket_fields", json={"ticket_field": {"type": "text", "title": title}})
        .json()["ticket_field"]["id"]
        for title in ("Plan", "Version")
    ]  # fmt: skip
    key = make_ticket(tags=["cloud-licensing", "old"])["id"]
    by_others = {"custom_fields": [{"id": keys[1], "value": "17.0"}], "tags": ["old", "theirs"]}
    agent.put(f"/api/v2/tickets/{key}", json={"ticket": by_others})

    form = {
        "kind": "internal", "body": "plain", "html": "<p>rich <script>x</script></p>",
        "tags_before": "cloud-licensing old", "tags": "cloud-licensing mine",
        f"field_{keys[0]}": "premium", f"field_{keys[1]}": "", "changed": f"field_{keys[0]}",
    }  # fmt: skip
    desk.post(f"/desk/tickets/{key}/reply", data=form)

    ticket = agent.get(f"/api/v2/tickets/{key}").json()["ticket"]
    comments = agent.get(f"/api/v2/tickets/{key}/comments").json()["comments"]
    assert ticket["tags"] == ["cloud-licensing", "mine", "theirs"]
    assert {item["id"]: item["value"] for item in ticket["fields"]} == {
        keys[0]: "premium", keys[1]: "17.0",
    }  # fmt: skip
    assert comments[-1]["public"] is False
    assert "<script>" not in comments[-1]["html_body"]
    assert "rich" in comments[-1]["html_body"]


def test_the_agents_language_is_one_of_the_desks(desk: httpx.Client, agent: httpx.Client) -> None:
    assert (
        desk.post("/desk/agent", data={"locale": "de", "back": "//evil"})
        .headers["Location"]
        .endswith("/")
    )
    assert desk.post("/desk/agent", data={"locale": "tlh"}).status_code == 422
    assert agent.get("/api/v2/users/me").json()["user"]["locale"] == "de"


@pytest.mark.parametrize(
    ("wanted", "secret"),
    [
        ({"algorithm": "none"}, SECRET),
        ({}, SECRET),
        ({"algorithm": "HS256", "claims": [1]}, SECRET),
        ({"algorithm": "HS256", "expiry": True}, SECRET),
        ({"algorithm": "HS256"}, ""),
    ],
)
def test_a_token_is_not_minted_from_nonsense(wanted: dict[str, Any], secret: str) -> None:
    with pytest.raises(SigningError):
        minted(wanted, secret, 0)
