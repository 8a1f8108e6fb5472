"""The checklist: ticks are the team's, show at once, and take themselves back."""

from playwright.sync_api import APIResponse, Route, expect

from tests.app.sidebar.bot_stand_in import Bot
from tests.app.sidebar.conftest import Opener

FIRST = "#step-tls_failure\\.trust_ca"


def test_a_step_tells_who_can_do_it_what_it_does_and_who_did_it(open_app: Opener) -> None:
    steps = open_app().frame.locator("#steps li")

    expect(steps.nth(0)).to_contain_text("customer console")
    expect(steps.nth(0)).to_contain_text("downtime")
    expect(steps.nth(0).locator("label strong")).to_have_text("root")
    expect(steps.nth(1).locator("input")).to_be_checked()
    expect(steps.nth(1)).to_contain_text("ticked by Bo Berg")


def test_a_tick_is_saved_for_everybody_and_survives_a_reload(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    shown.frame.check(FIRST)
    shown.said("Ticked for everybody")

    expect(shown.frame.locator("#steps .chip").first).to_have_text("2/3")
    assert bot.calls[-1] == (
        "PUT", "/sidebar/tickets/123/steps/tls_failure.trust_ca", {"done": True}
    )  # fmt: skip
    expect(open_app().frame.locator(FIRST)).to_be_checked()


def test_a_tick_shows_before_the_bot_has_answered(open_app: Opener, bot: Bot) -> None:
    frame = open_app().frame
    bot.wait = 2.0
    frame.check(FIRST)

    assert frame.locator("#steps .chip").first.inner_text() == "2/3"
    bot.wait = 0.0


def test_a_tick_that_was_not_saved_is_taken_back_and_told(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    bot.fail_writes = (503, {"error": "store", "message": "The store is down."})
    shown.frame.click(FIRST)

    expect(shown.frame.locator("#steps .outcome.fail")).to_contain_text("The tick was not saved")
    expect(shown.frame.locator(FIRST)).not_to_be_checked()
    shown.said("The tick was not saved")


def test_ticking_by_keyboard_keeps_the_focus(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    shown.frame.focus(FIRST)
    shown.page.keyboard.press("Space")
    shown.said("Ticked for everybody")

    assert shown.frame.evaluate("document.activeElement.id") == "step-tls_failure.trust_ca"
    shown.page.keyboard.press("Space")
    shown.said("Tick removed")
    assert [call[2] for call in bot.calls if call[0] == "PUT"] == [{"done": True}, {"done": False}]


def test_two_quick_clicks_end_with_the_last_one(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    bot.wait = 0.4
    shown.frame.click(FIRST)
    shown.frame.click(FIRST)
    shown.said("Tick removed")

    expect(shown.frame.locator(FIRST)).not_to_be_checked()
    assert bot.state["steps"][0]["done"] is False
    assert [call[2] for call in bot.calls if call[0] == "PUT"] == [{"done": True}, {"done": False}]


def test_an_answer_from_before_a_tick_does_not_take_it_back(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if held or '"data":' in (route.request.post_data or ""):
            route.continue_()
        else:
            held.append((route, route.fetch()))

    shown.page.route("**/proxy", hold)
    shown.emit("ticket.updated")
    while not held:
        shown.page.wait_for_timeout(50)
    shown.frame.check(FIRST)
    shown.said("Ticked for everybody")
    bot.state["verdict"]["headline"] = "Decided anew."
    shown.frame.evaluate(
        "tick => new MutationObserver(() => {"
        " window.lost ||= !document.querySelector(tick).checked;"
        " }).observe(document.body, { childList: true, subtree: true })",
        FIRST,
    )
    route, answer = held[0]
    route.fulfill(response=answer)

    expect(shown.frame.locator("#verdict")).to_contain_text("Decided anew.")
    expect(shown.frame.locator(FIRST)).to_be_checked()
    assert not shown.frame.evaluate("window.lost")
    assert shown.problems == []


def test_a_step_leads_to_its_snippet(open_app: Opener) -> None:
    frame = open_app().frame
    frame.locator("#snippets .fold").click()
    expect(frame.locator("#snippet-openssl_embedded")).to_be_hidden()
    frame.get_by_role("button", name="↓ See the chain").click()

    expect(frame.locator("#snippet-openssl_embedded")).to_be_visible()
    assert frame.evaluate("document.activeElement.id") == "snippet-openssl_embedded"
