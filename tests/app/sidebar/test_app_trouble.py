"""Every kind of trouble has its own words, what still works, and a way to try again."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.app.sidebar.bot_stand_in import Bot
from tests.app.sidebar.conftest import Opener

KINDS: list[tuple[tuple[int, Any], str, str]] = [
    ((401, {"error": "token", "message": "no"}), "auth", "does not accept this app's secret"),
    ((403, {"error": "tag", "message": "no"}), "tag", "Not a cloud-licensing ticket"),
    ((403, {"error": "off", "message": "no"}), "off", "leaves this ticket alone"),
    ((403, "<h1>Forbidden</h1>"), "forbidden", "refused this request"),
    ((404, {"error": "ticket", "message": "no"}), "ticket", "does not know this ticket"),
    ((429, {"error": "busy", "message": "no"}), "busy", "Too many requests"),
    ((422, {"error": "input", "message": "no"}), "input", "did not understand"),
    ((503, {"error": "store", "message": "The store is down."}), "server", "trouble of its own"),
    ((502, "<html>Bad gateway</html>"), "server", "trouble of its own"),
    ((504, "<html>Gateway time-out</html>"), "timeout", "took too long"),
    ((200, "<html>Sign in</html>"), "html", "Something else than the bot answered"),
    ((200, {"hello": "world"}), "html", "Something else than the bot answered"),
    ((200, [1]), "html", "Something else than the bot answered"),
    ((0, ""), "unreachable", "cannot be reached"),
]


def test_each_trouble_says_what_happened_and_offers_retry(open_app: Opener, bot: Bot) -> None:
    bot.fail = KINDS[0][0]
    shown = open_app(ready="#trouble")
    trouble = shown.frame.locator("#trouble")
    for fail, kind, words in KINDS:
        if fail is not bot.fail:
            bot.fail = fail
            trouble.get_by_role("button", name="Retry").click()
        expect(trouble).to_have_attribute("data-kind", kind)
        expect(trouble.locator("h2")).to_contain_text(words)
        shown.said(words)
        assert shown.frame.get_attribute("#app", "aria-busy") == "false"
    bot.fail = None
    trouble.get_by_role("button", name="Retry").click()

    expect(shown.frame.locator("#verdict")).to_be_visible()
    expect(trouble).to_have_count(0)
    assert shown.problems == []


def test_the_bots_own_sentence_stands_below_ours(open_app: Opener, bot: Bot) -> None:
    bot.fail = (503, {"error": "store", "message": "The store is down; again in 10 s."})
    trouble = open_app(ready="#trouble").frame.locator("#trouble")

    expect(trouble).to_contain_text("(503)")
    expect(trouble).to_contain_text("The store is down; again in 10 s.")


def test_a_bot_that_never_answers_is_a_timeout(open_app: Opener, bot: Bot) -> None:
    bot.wait = 12.0
    shown = open_app(ready="#trouble")

    assert shown.frame.get_attribute("#trouble", "data-kind") == "timeout"


def test_the_runbook_can_be_read_when_the_bot_is_down(open_app: Opener, bot: Bot) -> None:
    bot.fail = (503, "")
    shown = open_app(ready="#book")
    book = shown.frame.locator("#book")
    book.get_by_role("button", name="TLS failure").click()

    shown_step = book.locator("ol.book:visible li").nth(1)
    expect(shown_step).to_contain_text("Inspection or own CA")
    expect(shown_step).to_contain_text("customer console")
    expect(shown_step).to_contain_text("downtime")
    assert book.locator("ol").count() >= 10
    expect(shown.frame.locator("#trouble")).to_contain_text("The runbook below works without")


def test_the_last_good_result_stays_with_its_age(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    bot.fail = (503, "")
    shown.emit("ticket.updated")
    trouble = shown.frame.locator("#trouble")

    expect(trouble).to_contain_text("Shown below is what was known just now")
    expect(shown.frame.locator("#steps li")).to_have_count(3)
    assert shown.frame.locator("#book").count() == 0


def test_a_bot_that_was_restarted_is_found_again_without_a_click_when_one_comes_back(
    open_app: Opener, bot: Bot
) -> None:
    bot.fail = (503, "")
    shown = open_app(ready="#trouble")
    bot.fail = None
    shown.emit("app.deactivated")
    shown.emit("app.activated", {})

    expect(shown.frame.locator("#verdict")).to_be_visible()


def test_offline_is_told_apart_and_mends_itself(open_app: Opener) -> None:
    shown = open_app()
    shown.page.context.set_offline(offline=True)
    shown.emit("ticket.updated")
    expect(shown.frame.locator("#trouble")).to_contain_text("You are offline")

    shown.page.context.set_offline(offline=False)
    expect(shown.frame.locator("#trouble")).to_have_count(0)


def test_a_missing_address_is_told_to_the_admin(open_app: Opener, bot: Bot) -> None:
    shown = open_app(settings={}, ready="#trouble")

    assert shown.frame.get_attribute("#trouble", "data-kind") == "setup"
    assert bot.calls == []


def test_an_unsaved_ticket_is_no_error(open_app: Opener, bot: Bot) -> None:
    shown = open_app(values={"ticket.id": None}, ready="#trouble")

    assert shown.frame.get_attribute("#trouble", "data-kind") == "unsaved"
    assert shown.frame.locator("#book, #retry").count() == 0
    assert bot.calls == []


def test_a_blocked_sdk_is_told_with_the_runbook(open_app: Opener) -> None:
    def prepare(page: Page) -> None:
        page.route(re.compile("zdassets"), lambda route: route.abort())

    shown = open_app(prepare=prepare, ready="#book")

    assert shown.frame.get_attribute("#trouble", "data-kind") == "sdk"


def test_the_page_by_itself_says_where_it_belongs(open_app: Opener) -> None:
    shown = open_app(ready="#verdict")
    alone = shown.frame.url.split("?")[0]
    shown.page.goto(alone)

    expect(shown.page.locator("#trouble")).to_contain_text("inside a Zendesk ticket")
