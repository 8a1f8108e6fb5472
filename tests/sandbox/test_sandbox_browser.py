"""The desk page in a real browser: a note arrives by itself, nothing is off the page."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.sandbox.serve import SandboxServer
from scripts.browser import CHROMIUM, MISSING, launch

playwright_api = pytest.importorskip("playwright.sync_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright_api.sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


def open_page(browser: Any, width: int = 1280, scheme: str = "light") -> tuple[Any, list[str]]:
    problems: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 860}, color_scheme=scheme)
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.extend([line.text] * (line.type == "error")))
    return page, problems


def test_a_filed_sample_gets_its_note_without_a_reload(
    browser: Any, sandbox: SandboxServer, bot: httpx.Client
) -> None:
    page, problems = open_page(browser)
    page.goto(f"{sandbox.url}/desk/new")
    page.get_by_role("button", name="Opted in by a bug, should not be on it").click()
    page.wait_for_url("**/desk/tickets/1")
    page.evaluate("window.notReloaded = true")

    note = {"html_body": "<p>Remove the cloud license</p><pre>want = 1</pre>", "public": False}
    bot.put("/api/v2/tickets/1", json={"ticket": {"comment": note}})

    internal = page.locator(".message.internal")
    internal.wait_for()
    assert internal.get_by_text("Internal note").is_visible()
    assert internal.get_by_role("button", name="Copy this snippet").count() == 1
    assert page.get_by_role("log").get_attribute("aria-live") == "polite"
    assert page.evaluate("window.notReloaded")
    assert problems == []


def test_an_agent_replies_by_keyboard_and_sees_it(
    browser: Any, sandbox: SandboxServer, agent: httpx.Client
) -> None:
    httpx.post(f"{sandbox.url}/desk/tickets", data={"sample": "tcp"})
    page, problems = open_page(browser)
    page.goto(f"{sandbox.url}/desk/tickets/1")

    page.get_by_role("radio", name="Internal note").focus()
    page.keyboard.press("Space")
    page.get_by_label("Text").fill("Looking into it")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.locator(".message.internal").get_by_text("Looking into it").wait_for()
    comments = agent.get("/api/v2/tickets/1/comments").json()["comments"]
    assert comments[-1]["public"] is False
    assert page.get_by_label("Text").inner_text().strip() == ""
    assert problems == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_sticks_out_at_any_width(width: int, browser: Any, sandbox: SandboxServer) -> None:
    for sample in ("tls", "opted_in_remove"):
        httpx.post(f"{sandbox.url}/desk/tickets", data={"sample": sample})
    page, problems = open_page(browser, width, "dark")

    for path in ("/", "/desk/new", "/desk/tickets/1"):
        page.goto(sandbox.url + path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert problems == []


def test_a_change_elsewhere_does_not_take_away_what_is_being_typed(
    browser: Any, sandbox: SandboxServer, agent: httpx.Client
) -> None:
    httpx.post(f"{sandbox.url}/desk/tickets", data={"sample": "proxy"})
    page, problems = open_page(browser)
    page.goto(f"{sandbox.url}/desk/tickets/1")
    page.get_by_label("Tags").fill("cloud-licensing mine")

    agent.put("/api/v2/tickets/1", json={"ticket": {"status": "pending"}})

    page.locator("#head .status.pending").wait_for()
    assert page.get_by_label("Tags").input_value() == "cloud-licensing mine"
    page.get_by_role("button", name="Save fields").click()
    page.locator("#fields form:not([data-dirty])").wait_for()
    assert agent.get("/api/v2/tickets/1/tags").json()["tags"] == ["cloud-licensing", "mine"]
    assert problems == []
