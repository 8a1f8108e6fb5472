"""The desk around the app: accessible in both schemes, nothing off the page, quick to show."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.app.ticket_page import OpenTicket, TicketPage


@pytest.fixture
def shown(open_ticket: OpenTicket, file_ticket: Any, host_app: int) -> Any:
    """Opens a ticket with the recording app, in the given look."""

    def show(**look: Any) -> TicketPage:
        opened = open_ticket(file_ticket(), **look)
        opened.wait_in_app("window.registered")
        return opened

    return show


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_around_an_app_is_clean_for_axe(shown: Any, scheme: str) -> None:
    opened = shown(dark=scheme == "dark")
    opened.run("() => window.client.invoke('ticket.editor.insert', '<pre>code</pre><p>text</p>')")
    opened.run("() => window.client.invoke('notify', 'Saved', 'alert', {sticky: true})")
    opened.page.locator(".profile > summary").click()

    options = {"iframes": False, "resultTypes": ["violations"]}
    found = Axe().run(opened.page, options=options).response["violations"]

    assert [(item["id"], [node["target"] for node in item["nodes"]]) for item in found] == []


@pytest.mark.parametrize("width", [320, 620, 980, 1180, 1440])
def test_the_tray_fits_at_any_width(shown: Any, width: int) -> None:
    opened = shown(width=width)
    opened.run(
        "() => window.client.invoke('ticket.editor.insert', `<pre>${'x'.repeat(400)}</pre>`)"
    )

    assert opened.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert opened.page.locator("#apps iframe").bounding_box()["width"] >= 260


def test_the_agents_width_is_given_to_the_frame(shown: Any) -> None:
    opened = shown()

    opened.tray_width(280)

    assert opened.run("() => innerWidth") == 280


def test_the_tray_is_dragged_and_moved_by_keys_and_keeps_its_width(shown: Any) -> None:
    opened = shown()
    edge = opened.page.get_by_role("separator", name="Width of the apps")
    edge.focus()
    opened.page.keyboard.press("ArrowLeft")
    by_key = opened.run("() => innerWidth")

    box = edge.bounding_box()
    opened.page.mouse.move(box["x"] + 5, 400)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + 205, 400, steps=4)
    opened.page.mouse.up()
    least = opened.run("() => innerWidth")
    opened.go()

    assert by_key == 350 + 16
    assert least == 280
    assert opened.run("() => innerWidth") == 280


def test_profile_and_tray_can_be_worked_by_keyboard(shown: Any) -> None:
    opened = shown()
    opened.page.locator(".profile > summary").focus()
    opened.page.keyboard.press("Enter")
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("ArrowLeft")
    opened.page.locator(":root[data-scheme=dark]").wait_for(state="attached")
    opened.page.get_by_role("button", name="Show or hide Host check").focus()
    opened.page.keyboard.press("Space")

    opened.page.locator("#apps iframe").wait_for(state="hidden")
    assert opened.problems == []


def test_the_scheme_lasts_for_the_page_where_storage_is_blocked(shown: Any) -> None:
    opened = shown(storage=False)

    opened.choose_scheme("dark")

    assert opened.run("() => window.client.get('colorScheme')")["colorScheme"] == "dark"
    assert opened.problems == []
