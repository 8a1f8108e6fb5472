"""What stands first: the verdict, the note that was or was not posted, and why."""

from playwright.sync_api import expect

from tests.app.sidebar.bot_stand_in import Bot
from tests.app.sidebar.conftest import Opener
from tests.app.sidebar.states import shadow, state, undecided


def test_the_verdict_comes_first_with_ladder_confidence_and_next_step(open_app: Opener) -> None:
    frame = open_app().frame
    first = frame.locator("#screen section").first

    assert first.get_attribute("id") == "verdict"
    expect(first).to_contain_text("TLS inspection or certificate trouble")
    expect(first).to_contain_text("certain")
    expect(first).to_contain_text("Next: Trust the root CA of the proxy")
    expect(first).to_contain_text("Ask: Which issuer")
    assert first.locator(".ladder li").all_inner_texts() == [
        "DNS ✓", "TCP ✓", 'TLS ✗ issuer "Acme Proxy CA"', "HTTP –", "App –"
    ]  # fmt: skip
    box = first.locator(".next").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 320


def test_no_button_is_a_primary_one_at_load(open_app: Opener, bot: Bot) -> None:
    bot.state = shadow()
    frame = open_app().frame

    assert frame.locator("button").count() > 5
    assert frame.locator(".primary").count() == 0


def test_three_quotes_are_shown_and_the_rest_unfolds(open_app: Opener) -> None:
    frame = open_app().frame
    more = frame.locator("#why .more")

    expect(frame.locator("#why blockquote").nth(2)).to_be_visible()
    expect(frame.locator("#why blockquote").nth(3)).to_be_hidden()
    assert more.get_attribute("aria-expanded") == "false"
    more.click()
    expect(frame.locator("#why blockquote").nth(3)).to_be_visible()
    assert more.get_attribute("aria-expanded") == "true"


def test_what_changed_is_told_only_when_something_did(open_app: Opener, bot: Bot) -> None:
    frame = open_app().frame
    expect(frame.locator("#changed li")).to_have_count(2)

    bot.state = state(changed=[])
    assert open_app().frame.locator("#changed").count() == 0


def test_the_would_be_note_is_marked_and_posted_on_wish(open_app: Opener, bot: Bot) -> None:
    bot.state = shadow()
    shown = open_app()
    note = shown.frame.locator("#note")

    expect(note.locator(".chip").first).to_have_text("not posted")
    note.get_by_role("button", name="Show the note as it would be").click()
    expect(note.locator(".stamp")).to_have_text("not posted")
    expect(note.locator(".paper code")).to_have_text("192.0.2.1")
    note.get_by_role("button", name="Post it now").click()
    shown.said("Posted as an internal note")
    expect(note.locator(".chip").first).to_have_text("posted")
    assert note.get_by_role("button", name="Post it now").count() == 0
    assert ("POST", "/sidebar/tickets/123/note", {"digest": "d1"}) in bot.calls


def test_a_decision_that_changed_meanwhile_is_shown_before_it_is_posted(
    open_app: Opener, bot: Bot
) -> None:
    bot.state = shadow()
    shown = open_app()
    bot.state = {**shadow(), "digest": "d2", "missing": "A newer question?"}
    shown.frame.get_by_role("button", name="Post it now").click()

    expect(shown.frame.locator("#note .outcome.fail")).to_contain_text("has changed")
    expect(shown.frame.locator("#verdict")).to_contain_text("A newer question?")
    assert bot.state["posted"]["state"] == "shadow"


def test_look_again_asks_the_bot_and_says_when_it_has_decided(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    shown.frame.get_by_role("button", name="Look again").click()

    shown.said("Decided anew")
    assert ("POST", "/sidebar/tickets/123/look", None) in bot.calls


def test_a_ticket_without_a_decision_says_so_and_offers_to_look(open_app: Opener, bot: Bot) -> None:
    bot.state = undecided()
    frame = open_app().frame

    expect(frame.locator("#verdict")).to_contain_text("Nothing decided yet")
    expect(frame.get_by_role("button", name="Look again")).to_be_visible()
    assert frame.locator("#steps").count() == 0


def test_a_paused_bot_and_its_mode_are_told(open_app: Opener, bot: Bot) -> None:
    bot.state = state(paused=True, mode="off")
    frame = open_app().frame

    expect(frame.locator("#verdict .meta")).to_contain_text("bot paused")
    expect(frame.locator("#verdict .meta")).to_contain_text("bot off")


def test_deep_links_open_beside_zendesk_with_the_ids_filled(open_app: Opener) -> None:
    frame = open_app().frame
    page = frame.get_by_role("link", name="License 123123123 in the portal")

    address = "https://customers.example_company.com/admin/license/123123123"
    assert page.get_attribute("href") == address
    assert page.get_attribute("target") == "_blank"
    assert page.get_attribute("rel") == "noopener noreferrer"
