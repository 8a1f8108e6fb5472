"""Probes: the portal's state, a run that is followed, where its time went, and rest."""

import re

from playwright.sync_api import expect

from tests.app.sidebar.bot_stand_in import Bot
from tests.app.sidebar.conftest import Opener
from tests.app.sidebar.states import state


def test_the_portals_state_stands_in_the_title(open_app: Opener) -> None:
    frame = open_app().frame

    expect(frame.locator("#probes .fold .chip")).to_have_text("healthy")
    expect(frame.locator("#probes")).to_contain_text("302 to the sign-in page in 0.2 s.")


def test_a_run_is_followed_until_it_is_done(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    shown.frame.select_option("#vantage", "frankfurt")
    shown.frame.get_by_role("button", name="Run probes").click()
    shown.said("Probes are running")

    expect(shown.frame.locator("#probes .progress")).to_be_visible()
    expect(shown.frame.locator("#probes .run").first).to_contain_text("All layers ok.")
    assert ("POST", "/sidebar/tickets/123/probes", {"vantage": "frankfurt"}) in bot.calls
    assert bot.polls >= 5
    assert shown.frame.input_value("#vantage") == "frankfurt"


def test_the_time_of_each_layer_is_a_bar_per_address_on_one_clock(open_app: Opener) -> None:
    frame = open_app().frame
    table = frame.locator("#probes .waterfall").first
    bars = table.locator("rect:not(.track)")

    assert table.locator(".address").all_inner_texts() == [
        "customers.example_company.com", "192.0.2.1:443", "[2001:db8::1]:443"
    ]  # fmt: skip
    expect(bars).to_have_count(5)
    places = [float(x) for x in bars.evaluate_all("all => all.map((one) => one.getAttribute('x'))")]
    assert places[0] == 0
    assert places[0] < places[1] < places[2] < places[3]
    assert table.locator("tr.fail .detail, tr .detail").inner_text() == "no route to host"
    assert re.search(r"TLS\s+64 ms", table.inner_text())


def test_earlier_runs_and_what_changed_unfold(open_app: Opener) -> None:
    frame = open_app().frame

    expect(frame.locator("#probes .changes")).to_have_text("IPv6 worked in the run before.")
    frame.get_by_role("button", name="Earlier runs: 1").click()
    expect(frame.locator("#probe-history")).to_contain_text("All layers ok.")


def test_a_run_that_somebody_else_began_is_followed_too(open_app: Opener, bot: Bot) -> None:
    begun = {"id": 8, "state": "running", "asked_at": "2026-11-24T07:20:00Z", "done_at": None,
             "summary": "", "changed": [], "looks": []}  # fmt: skip
    bot.state["probes"]["runs"].insert(0, begun)
    frame = open_app().frame

    expect(frame.locator("#probes .run").first).to_contain_text("All layers ok.")


def test_nothing_is_asked_while_the_app_is_out_of_sight(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    shown.frame.get_by_role("button", name="Run probes").click()
    expect(shown.frame.locator("#probes .progress")).to_be_visible()
    shown.emit("app.deactivated")
    shown.page.wait_for_timeout(500)
    before = len(bot.calls)
    shown.emit("ticket.updated")
    shown.page.wait_for_timeout(2500)

    assert len(bot.calls) == before
    shown.emit("app.activated", {})
    expect(shown.frame.locator("#probes .run").first).to_contain_text("All layers ok.")


def test_a_destroyed_app_asks_nothing_any_more(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    shown.emit("app.willDestroy")
    shown.emit("ticket.updated")
    before = len(bot.calls)
    shown.page.wait_for_timeout(2000)

    assert len(bot.calls) == before


def test_a_run_that_cannot_start_is_told_where_it_was_asked_for(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    bot.fail_writes = (429, {"error": "busy", "message": "One run a minute for this ticket."})
    shown.frame.get_by_role("button", name="Run probes").click()

    expect(shown.frame.locator("#probes .outcome")).to_have_text(
        "One run a minute for this ticket."
    )


def test_a_burst_of_events_loads_once(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    bot.state = state(digest="d2", missing="Newer question?")
    before = len(bot.calls)
    for name in ("ticket.updated", "ticket.tags.changed", "ticket.comments.changed"):
        shown.emit(name)
    shown.emit("*.changed", {"propertyName": "ticket.custom_field_360000000001"})
    shown.emit("*.changed", {"propertyName": "comment.text"})

    expect(shown.frame.locator("#verdict")).to_contain_text("Newer question?")
    assert len(bot.calls) == before + 1


def test_words_typed_into_the_composer_ask_nothing(open_app: Opener, bot: Bot) -> None:
    shown = open_app()
    before = len(bot.calls)
    shown.emit("*.changed", {"propertyName": "comment.text"})
    shown.page.wait_for_timeout(1500)

    assert len(bot.calls) == before
