"""The whole product in the demo: a sample is filed, and the sidebar works with the real bot."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Frame

from tests.app.demo_process import running_demo
from tests.app.sdk_bundle import CDN
from tests.app.ticket_page import PATIENCE, TicketPage, harden, watch

pytestmark = pytest.mark.slow
SAMPLE = "Opted in by a bug, should not be on it"
AGENT = {"Authorization": "Bearer demo"}
CANNOT_BE_LOADED = "Failed to load resource: the server responded with a status of"


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with running_demo() as address:
        yield address


@pytest.fixture
def file_sample(demo: str, chromium: Browser) -> Iterator[Any]:
    """Files a sample as a visitor of the demo does; returns its ticket's page."""
    with ExitStack() as stack:

        def file(title: str = SAMPLE, **context: Any) -> TicketPage:
            size: Any = {"width": 1440, "height": 1000}
            opened = chromium.new_context(viewport=size, **context)
            stack.callback(opened.close)
            page = opened.new_page()
            ticket = TicketPage(page, demo, 0)
            watch(page, ticket)
            page.goto(f"{demo}/desk/new")
            page.get_by_role("button", name=title).first.click()
            page.wait_for_url("**/desk/tickets/*")
            ticket.ticket = int(urlsplit(page.url).path.rpartition("/")[2])
            return ticket

        yield file


@pytest.fixture
def file_har(demo: str) -> Any:
    """Files a ticket with a recording that holds a live session; returns its number."""

    def file() -> int:
        secret = "0123456789abcdef" * 2
        asked = {
            "method": "POST", "url": "https://instance.acme.example/api/graphql",
            "httpVersion": "HTTP/1.1", "queryString": [], "headersSize": -1, "bodySize": 0,
            "cookies": [{"name": "_session_id", "value": secret}],
            "headers": [{"name": "Cookie", "value": f"_session_id={secret}"}],
        }  # fmt: skip
        answered = {
            "status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "cookies": [],
            "headers": [], "content": {"size": 2, "mimeType": "application/json", "text": "{}"},
            "redirectURL": "", "headersSize": -1, "bodySize": 2,
        }  # fmt: skip
        entry = {
            "startedDateTime": "2026-11-24T06:00:00.000Z", "time": 5, "request": asked,
            "response": answered, "cache": {}, "timings": {"send": 0, "wait": 5, "receive": 0},
        }  # fmt: skip
        made_by = {"name": "browser", "version": "1"}
        har = {"log": {"version": "1.2", "creator": made_by, "entries": [entry]}}
        with httpx.Client(base_url=demo, headers=AGENT, timeout=30) as desk:
            sent = desk.post("/api/v2/uploads?filename=session.har", json=har).json()
            comment = {"body": "Activation fails.", "uploads": [sent["upload"]["token"]]}
            person = {"name": "Nora Quinn", "email": "nora@quay.example"}
            given = {"subject": "Activation fails", "comment": comment, "requester": person}
            ticket = {"ticket": {**given, "tags": ["cloud-licensing"]}}
            return int(desk.post("/api/v2/tickets", json=ticket).json()["ticket"]["id"])

    return file


def sidebar(ticket: TicketPage) -> Frame:
    """The app, once it shows the verdict."""
    frame = ticket.frame
    frame.locator("#verdict .chip").first.wait_for(timeout=PATIENCE)
    return frame


def said(ticket: TicketPage) -> list[str]:
    """Complaints, but for the browser's own lines about answers that the app deals with."""
    return [line for line in ticket.problems if not line.startswith(CANNOT_BE_LOADED)]


def test_a_filed_sample_shows_its_verdict_beside_the_ticket(file_sample: Any) -> None:
    ticket = file_sample()
    app = sidebar(ticket)

    assert app.locator("#verdict .scenario").inner_text() == "Opted in by the bug"
    assert app.locator("#verdict .chip").first.inner_text() == "certain"
    ticket.page.locator(".message.internal").wait_for()
    assert not any(CDN.partition("**")[0] in url for url in ticket.requests)
    assert {urlsplit(url).hostname for url in ticket.requests} <= {"127.0.0.1", "localhost", None}
    assert said(ticket) == []


def test_a_snippet_becomes_a_draft_in_the_internal_note(file_sample: Any) -> None:
    ticket = file_sample()
    app = sidebar(ticket)
    comments = ticket.page.locator(".message").count()

    app.locator("label[for=channel-internalNote]").click()
    app.locator("#snippets article").first.get_by_role("button", name="Insert").click()
    editor = ticket.page.get_by_label("Text")
    editor.locator("pre").wait_for()

    assert "License" in editor.inner_text()
    assert ticket.page.get_by_role("radio", name="Internal note").is_checked()
    assert ticket.page.locator(".message").count() >= comments
    assert not ticket.page.locator(".message.agent").count()
    assert said(ticket) == []


def test_a_probe_runs_from_the_sidebar_and_shows_its_times(file_sample: Any) -> None:
    app = sidebar(file_sample())

    app.get_by_role("button", name="Run probes").click()

    app.locator("#probes .waterfall").first.wait_for(timeout=PATIENCE)
    assert app.locator("#probes .waterfall tr").count() >= 3


def test_a_ticked_step_is_still_ticked_after_a_reload(file_sample: Any) -> None:
    ticket = file_sample()
    step = sidebar(ticket).locator("#steps input[type=checkbox]").first

    with ticket.page.expect_response(lambda reply: reply.url.endswith("/request")):
        step.check()
    sidebar(ticket).locator("#steps .done").first.wait_for()
    ticket.go()

    again = sidebar(ticket).locator("#steps input[type=checkbox]").first
    again.wait_for()
    assert again.is_checked()
    assert "Avery Agent" in sidebar(ticket).locator("#steps .done").first.inner_text()


@pytest.fixture
def english_again(demo: str) -> Iterator[None]:
    """The agent's language belongs to the account: the next test finds it as it was."""
    yield
    httpx.post(f"{demo}/desk/agent", data={"locale": "en-US"}, timeout=30)


@pytest.mark.usefixtures("english_again")
def test_the_sidebar_follows_the_agents_language_and_scheme(file_sample: Any) -> None:
    ticket = file_sample(color_scheme="dark")
    sidebar(ticket)

    ticket.choose_locale("de")
    app = sidebar(ticket)
    app.get_by_text("Als Nächstes:").first.wait_for()

    assert app.evaluate("document.documentElement.lang") == "de"
    assert app.evaluate("document.documentElement.dataset.theme") == "dark"
    ticket.choose_scheme("light")
    app.wait_for_function("document.documentElement.dataset.theme === 'light'")


def test_the_sidebar_works_with_storage_blocked_and_clipboard_denied(
    file_sample: Any, demo: str, chromium: Browser
) -> None:
    first = file_sample()
    context = chromium.new_context()
    harden(context, storage=False, clipboard=False)
    ticket = TicketPage(context.new_page(), demo, first.ticket)
    watch(ticket.page, ticket)
    ticket.go()
    app = sidebar(ticket)
    app.locator("#snippets article").first.get_by_role("button", name="Copy").click()
    app.get_by_text("Copied.").first.wait_for()

    assert said(ticket) == []
    context.close()


def test_a_live_session_is_replaced_by_the_agents_own_submits(
    file_har: Any, chromium: Browser, demo: str
) -> None:
    ticket = TicketPage(chromium.new_page(), demo, file_har())
    watch(ticket.page, ticket)
    ticket.go()
    app = sidebar(ticket)
    app.get_by_role("button", name="Replace by the safe copy").click()
    app.get_by_role("button", name="Put the tag on the form").click()
    ticket.page.wait_for_function("document.getElementById('tags').value.includes('cl_safe_har')")
    ticket.page.get_by_role("button", name="Submit", exact=True).click()
    ticket.page.get_by_text("Pick the macro again within").first.wait_for()
    ticket.page.wait_for_timeout(6_000)  # a confirmation within 5 s counts as a double click
    ticket.page.get_by_label("Tags").fill("cloud-licensing cl_safe_har")
    ticket.page.get_by_role("button", name="Save fields").click()

    ticket.page.get_by_text("session.safe.har").first.wait_for()
    ticket.page.get_by_text("redacted.txt").first.wait_for()
    assert said(ticket) == []
    ticket.page.close()
