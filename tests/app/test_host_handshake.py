"""How an app meets the desk: its address, the handshake, its life, and who is let in."""

from urllib.parse import parse_qs, urlsplit

from bot.sandbox.serve import SandboxServer
from tests.app.ticket_page import TicketPage


def test_the_frame_comes_from_another_site_in_a_sandbox(page: TicketPage) -> None:
    frame = page.page.locator("#apps iframe")
    query = parse_qs(urlsplit(page.frame.url).query)

    assert urlsplit(page.frame.url).hostname != urlsplit(page.desk_url).hostname
    assert "allow-top-navigation" not in str(frame.get_attribute("sandbox"))
    assert query["origin"] == [page.desk_url]
    assert query["colorScheme"] == ["light"]
    assert len(query["app_guid"][0]) == 36


def test_the_handshake_brings_metadata_and_context_without_secrets(page: TicketPage) -> None:
    metadata = page.run("() => window.client.metadata()")
    context = page.run("() => window.client.context()")

    assert metadata["version"] == "1.2.3"
    assert metadata["settings"] == {
        "name": "Host check", "title": "Host check", "colour": "green",
    }  # fmt: skip
    assert context["location"] == "ticket_sidebar"
    assert context["ticketId"] == page.ticket
    assert context["account"]["subdomain"] == "pocket"
    assert page.problems == []


def test_an_app_is_activated_deactivated_and_told_of_its_end(page: TicketPage) -> None:
    page.wait_in_app("window.heard.some(([name]) => name === 'app.activated')")
    first = page.run("() => window.heard[0]")

    page.page.get_by_role("button", name="Show or hide Host check").click()
    page.wait_in_app("window.heard.some(([name]) => name === 'app.deactivated')")
    page.page.get_by_role("button", name="Show or hide Host check").click()
    page.wait_in_app("window.heard.filter(([name]) => name === 'app.activated').length === 2")

    assert first == ["app.activated", {"firstLoad": True}]


def test_a_reload_starts_the_app_anew(page: TicketPage) -> None:
    page.run("() => { window.old = true; }")

    page.page.get_by_role("button", name="Reload Host check").click()
    page.wait_in_app("!window.old && window.registered")

    assert page.run("() => window.client.get('ticket.id')") == {
        "ticket.id": page.ticket, "errors": {},
    }  # fmt: skip


def test_messages_of_other_windows_are_ignored(page: TicketPage, desk: SandboxServer) -> None:
    guid = parse_qs(urlsplit(page.frame.url).query)["app_guid"][0]
    page.page.evaluate(
        """(guid) => window.postMessage(JSON.stringify(
          {id: 1, request: "set", params: {"comment.text": "evil"}, appGuid: guid}), "*")""",
        guid,
    )

    assert page.run("() => window.client.get('comment.text')")["comment.text"] == ""


def test_a_page_opened_by_itself_gets_no_client(page: TicketPage) -> None:
    address = page.frame.url.partition("?")[0]
    page.page.goto(address)

    assert page.page.evaluate("window.client") is False
