"""The desk in Debian's Chromium: a pocket Zendesk, an app beside its tickets, both SDKs."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from bot.sandbox.host_install import install, packed
from bot.sandbox.serve import SandboxServer
from scripts.browser import CHROMIUM, MISSING, launch
from tests.app.sdk_bundle import CDN, NoSdk, sdk_script
from tests.app.ticket_page import OpenTicket, TicketPage, harden, watch

HOST_APP = Path(__file__).parent / "host_app"
SECRET = "s" * 40


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave sockets open here: the desk answers a real browser between two calls of a test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("enable_socket")
            item.add_marker(pytest.mark.browser)


def missing(reason: str) -> None:
    """Skip, but never in CI: there everything must be present."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


# Not for the whole session: while Playwright's loop lives, no other test could start one.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module; each opens a context of its own."""
    if CHROMIUM is None:
        missing(MISSING)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def real_sdk() -> str:
    """Zendesk's own SDK as a script, or skip with the reason."""
    try:
        return sdk_script()
    except NoSdk as reason:
        missing(str(reason))
        raise


@pytest.fixture
def desk() -> Iterator[SandboxServer]:
    """A pocket Zendesk without any app."""
    with SandboxServer() as server:
        yield server


@pytest.fixture
def file_ticket(desk: SandboxServer) -> Any:
    """Files a ticket and returns its number; keywords replace its keys."""

    def file(**changes: Any) -> int:
        given = {
            "subject": "Activation fails",
            "comment": {"body": "It says connectivity error."},
            "requester": {"name": "Nora Quinn", "email": "nora@quay.example"},
            "tags": ["cloud-licensing"],
        }
        reply = httpx.post(
            f"{desk.url}/api/v2/tickets",
            json={"ticket": {**given, **changes}},
            headers={"Authorization": f"Bearer {desk.token}"},
            timeout=30,
        )
        assert reply.status_code == 201, reply.text
        return int(reply.json()["ticket"]["id"])

    return file


@pytest.fixture
def open_ticket(desk: SandboxServer, chromium: Browser) -> Iterator[OpenTicket]:
    """Opens a ticket: `open_ticket(7, width=1280, dark=False, sdk="", storage=True, …)`.

    `sdk` is the text of a script that answers under the SDK's address; empty means the desk's own
    client. `prepare` is called with the page before it is opened, for routes of one test.
    """
    with ExitStack() as stack:

        def open_one(  # each is one switch, with a default
            ticket: int,
            *,
            width: int = 1440,
            height: int = 1000,
            dark: bool = False,
            sdk: str = "",
            storage: bool = True,
            clipboard: bool = True,
            prepare: Any = None,
        ) -> TicketPage:
            context = chromium.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
            )
            stack.callback(context.close)
            harden(context, storage=storage, clipboard=clipboard)
            desk.assets.own_client = not sdk
            if sdk:
                kind = "text/javascript"
                context.route(CDN, lambda route: route.fulfill(body=sdk, content_type=kind))
            opened = TicketPage(context.new_page(), desk.url, ticket)
            watch(opened.page, opened)
            if prepare:
                prepare(opened.page)
            opened.go()
            return opened

        yield open_one


@pytest.fixture
def host_app(desk: SandboxServer) -> int:
    """The installation of a small app that records what it hears."""
    settings = {"name": "Host check", "shared_secret": SECRET, "header_key": "k" * 20}
    return install(desk.url, desk.token, packed(HOST_APP), settings)


@pytest.fixture(params=["our client", "Zendesk's SDK"])
def client(request: pytest.FixtureRequest) -> str:
    """Run the test twice: with the desk's own client, and with the SDK from npm."""
    if request.param == "our client":
        return ""
    return str(request.getfixturevalue("real_sdk"))


@pytest.fixture
def page(open_ticket: OpenTicket, file_ticket: Any, host_app: int, client: str) -> TicketPage:
    """A ticket with the recording app, registered."""
    opened = open_ticket(file_ticket(), sdk=client)
    opened.wait_in_app("window.registered")
    return opened
