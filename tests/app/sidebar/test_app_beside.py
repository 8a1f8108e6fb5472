"""Evidence, the live-session warning, related tickets, and telling the bot that it was wrong."""

from playwright.sync_api import expect

from tests.app.sidebar.bot_stand_in import Bot
from tests.app.sidebar.conftest import Opener
from tests.app.sidebar.states import LIVE, state


def test_evidence_unfolds_with_kind_and_cause_and_a_long_one_is_cut(open_app: Opener) -> None:
    frame = open_app().frame
    expect(frame.locator("#evidence-body")).to_be_hidden()
    frame.locator("#evidence .fold").click()

    expect(frame.locator("#evidence li").first).to_contain_text("pasted output · TLS inspection")
    assert frame.locator("#evidence pre").nth(1).inner_text() == "x" * 300 + "…"
    frame.get_by_role("button", name="Show all").click()
    expect(frame.locator("#evidence-1 pre")).to_have_text("x" * 500)


def test_a_live_session_is_warned_of_and_replaced_only_by_the_agents_submit(
    open_app: Opener, bot: Bot
) -> None:
    bot.state = state(live_session=LIVE)
    shown = open_app()
    warning = shown.frame.locator("#live")
    expect(warning).to_contain_text("a.har holds cookies")
    expect(warning).to_contain_text("3 × cookie")
    warning.get_by_role("button", name="Replace by the safe copy").click()
    expect(warning).to_contain_text("cl_safe_har")
    assert shown.host("host.tags") == []
    warning.get_by_role("button", name="Put the tag on the form").click()

    shown.said("Submit the ticket")
    assert shown.host("host.tags") == ["cl_safe_har"]
    assert [call for call in bot.calls if call[0] != "GET"] == []
    warning.get_by_role("button", name="Undo").click()
    shown.said("off the form again")
    assert shown.host("host.tags") == []


def test_after_the_submit_the_agent_is_no_longer_asked_to_submit(
    open_app: Opener, bot: Bot
) -> None:
    bot.state = state(live_session=LIVE)
    shown = open_app()
    warning = shown.frame.locator("#live")
    warning.get_by_role("button", name="Replace by the safe copy").click()
    warning.get_by_role("button", name="Put the tag on the form").click()
    shown.said("Submit the ticket")
    shown.emit("ticket.submit.done")

    shown.said("The bot answers in an internal note")
    expect(warning.get_by_role("button", name="Undo")).to_have_count(0)


def test_a_form_that_does_not_take_the_tag_is_told(open_app: Opener, bot: Bot) -> None:
    bot.state = state(live_session=LIVE)
    shown = open_app(refuses=["ticket.tags.add"])
    shown.frame.get_by_role("button", name="Replace by the safe copy").click()
    shown.frame.get_by_role("button", name="Put the tag on the form").click()

    shown.said("did not take the tag cl_safe_har")


def test_a_related_ticket_opens_inside_zendesk(open_app: Opener) -> None:
    shown = open_app()
    ticket = shown.frame.get_by_role("link", name="#120")
    assert ticket.get_attribute("href") == "https://acme.zendesk.com/agent/tickets/120"
    ticket.click()

    shown.page.wait_for_function("host.invoked.some(([name]) => name === 'routeTo')")
    assert shown.invoked("routeTo") == [["ticket", "120"]]


def test_a_correction_is_sent_listed_and_thanked_for(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    frame = shown.frame
    frame.locator("#wrong .fold").click()
    options = frame.locator("#right-one option").all_inner_texts()
    assert options == ["Choose…", "Proxy", "DNS failure"]
    frame.select_option("#right-one", "proxy")
    frame.fill("#right-why", "407 in the log")
    shown.page.keyboard.press("Enter")

    shown.said("Noted")
    expect(frame.locator("#wrong li")).to_contain_text("Proxy 407 in the log Ada Agent")
    assert bot.calls[-1][2] == {"scenario": "proxy", "why": "407 in the log"}
    assert frame.input_value("#right-why") == ""


def test_a_correction_in_the_making_survives_new_data(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    shown.frame.locator("#wrong .fold").click()
    shown.frame.select_option("#right-one", "proxy")
    shown.frame.fill("#right-why", "half a sen")
    bot.state["corrections"].append({"scenario": "dns_failure", "why": "x", "by": "Bo", "at": None})
    shown.emit("ticket.updated")
    expect(shown.frame.locator("#wrong li")).to_have_count(1)

    assert shown.frame.input_value("#right-why") == "half a sen"
    assert shown.frame.input_value("#right-one") == "proxy"
    assert shown.frame.evaluate("document.activeElement.id") == "right-why"


def test_a_correction_that_fails_keeps_what_was_typed(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    bot.fail_writes = (422, {"error": "input", "message": "Choose a scenario of the runbook."})
    shown.frame.locator("#wrong .fold").click()
    shown.frame.select_option("#right-one", "proxy")
    shown.frame.fill("#right-why", "why")
    shown.frame.get_by_role("button", name="Correct the bot").click()

    expect(shown.frame.locator("#wrong .outcome")).to_have_text("Choose a scenario of the runbook.")
    assert shown.frame.input_value("#right-why") == "why"
