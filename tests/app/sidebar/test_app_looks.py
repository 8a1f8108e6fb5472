"""Looks and manners: first paint, dark, languages, axe, sizes, quiet, and no storage."""

import os
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.app.sidebar.bot_stand_in import Bot
from tests.app.sidebar.conftest import Opener
from tests.app.sidebar.stage import STRICT, Shown, Stage
from tests.app.sidebar.states import LIVE, shadow, state, undecided

GERMAN = {"currentUser": {"id": 42, "name": "Ada", "locale": "de-AT"}}
DARK: dict[str, Any] = {"scheme": "dark", "values": {"colorScheme": "dark"}}
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def background(shown: Shown) -> str:
    return str(shown.frame.evaluate("getComputedStyle(document.body).backgroundColor"))


def unfold(shown: Shown) -> None:
    folded = shown.frame.locator('[aria-expanded="false"]:visible')
    while folded.count():
        folded.first.click()


def violations(shown: Shown) -> list[str]:
    """What axe finds inside the app's frame, with everything unfolded."""
    unfold(shown)
    shown.frame.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text())
    found = shown.frame.evaluate("options => axe.run(document, options)", AXE)
    return [
        f"{one['id']}: {node['html'][:120]}" for one in found["violations"] for node in one["nodes"]
    ]


def everything() -> dict[str, Any]:
    corrections = [{"scenario": "proxy", "why": "407", "by": "Bo", "at": "2026-11-24T07:00:00Z"}]
    return {**shadow(), "live_session": LIVE, "corrections": corrections}


@pytest.mark.parametrize("given", [{}, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("what", ["everything", "undecided", "down"])
def test_axe_finds_nothing(open_app: Opener, bot: Bot, given: dict[str, Any], what: str) -> None:
    bot.state = undecided() if what == "undecided" else everything()
    bot.fail = (503, "") if what == "down" else None
    shown = open_app(ready="#book .more" if what == "down" else "#verdict", **given)

    assert violations(shown) == []
    assert shown.problems == []


@pytest.mark.parametrize("locale", ["en", "de-AT"])
def test_nothing_is_wider_than_the_tray(open_app: Opener, bot: Bot, locale: str) -> None:
    bot.state = everything()
    user = {"currentUser": {"id": 42, "name": "Ada", "locale": locale}}
    shown = open_app(values=user)
    unfold(shown)

    for width in (280, 320, 420):
        shown.page.set_viewport_size({"width": width, "height": 900})
        shown.frame.wait_for_function("width => innerWidth === width", arg=width)
        assert shown.frame.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_is_there_before_the_first_frame_and_follows_zendesk(open_app: Opener) -> None:
    shown = open_app(**DARK)
    assert background(shown) == "rgb(21, 26, 30)"

    shown.emit("colorScheme.changed", "light")
    shown.frame.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert background(shown) == "rgb(255, 255, 255)"


def test_the_first_paint_is_dark_while_the_sdk_is_still_loading(open_app: Opener) -> None:
    def prepare(page: Page) -> None:
        page.route("**/zaf_sdk.min.js", lambda route: None)

    shown = open_app(prepare=prepare, ready="#skeleton", scheme="dark")

    assert background(shown) == "rgb(21, 26, 30)"
    assert shown.frame.get_attribute("#app", "aria-busy") == "true"
    assert shown.frame.locator("#skeleton rect").count() > 5


def test_the_systems_colours_do_not_count(open_app: Opener) -> None:
    def prepare(page: Page) -> None:
        page.emulate_media(color_scheme="dark")

    assert background(open_app(prepare=prepare)) == "rgb(255, 255, 255)"


def test_german_agents_read_german(open_app: Opener) -> None:
    shown = open_app(values=GERMAN)

    assert shown.frame.evaluate("document.documentElement.lang") == "de"
    expect(shown.frame.locator("#steps .title")).to_have_text("Schritte")
    expect(shown.frame.locator("#verdict")).to_contain_text("sicher")
    expect(shown.frame.locator("#verdict .scenario")).to_have_text("TLS-Fehler")
    shown.frame.locator("#related .fold, #related h2 button").first.click()
    expect(shown.frame.locator("#related")).to_contain_text("TLS-Inspektion")
    expect(shown.frame.locator("#verdict time")).to_contain_text("vor")


@pytest.mark.parametrize("locale", ["fr", "en-gb", None, "!"])
def test_other_languages_read_english_without_an_error(open_app: Opener, locale: Any) -> None:
    shown = open_app(values={"currentUser": {"id": 1, "name": "A", "locale": locale}})

    assert shown.frame.evaluate("document.documentElement.lang") == "en"
    expect(shown.frame.locator("#steps .title")).to_have_text("Steps")
    assert shown.problems == []


def test_the_app_works_with_storage_blocked(open_app: Opener) -> None:
    def prepare(page: Page) -> None:
        page.add_init_script(
            "for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])"
            "  Object.defineProperty(window, name, { get() { throw new Error('denied'); } });"
            "Object.defineProperty(document, 'cookie', { get() { throw new Error('denied'); } });"
        )

    shown = open_app(prepare=prepare)

    expect(shown.frame.locator("#steps li")).to_have_count(3)
    assert shown.problems == []


def test_the_strictest_policy_forbids_nothing_of_the_app(open_app: Opener, stage: Stage) -> None:
    stage.policy = STRICT
    shown = open_app(values=GERMAN, ready="#steps li")

    expect(shown.frame.locator("#verdict")).to_contain_text("sicher")
    expect(shown.frame.locator("#skeleton")).to_have_count(0)
    assert shown.problems == []


def test_nothing_but_the_sdk_comes_from_elsewhere(open_app: Opener) -> None:
    shown = open_app()
    elsewhere = {url for url in shown.fetched if "127.0.0.1" not in url and "localhost" not in url}
    outside = {url for url in elsewhere if not url.startswith("data:")}

    assert outside == {"https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"}


def test_the_tray_is_as_tall_as_the_content(open_app: Opener) -> None:
    shown = open_app()
    fits = "document.documentElement.scrollHeight <= innerHeight + 2"
    shown.frame.wait_for_function(fits)
    before = shown.host("host.heights.at(-1)")
    shown.frame.locator("#snippets .fold").click()

    shown.page.wait_for_function("before => host.heights.at(-1) < before - 100", arg=before)
    assert shown.host("host.invoked.filter(([name]) => name === 'resize').length") < 20


def test_nothing_jumps_after_the_answer_is_there(open_app: Opener, bot: Bot) -> None:
    watch = """() => { window.jumps = 0; new PerformanceObserver((list) => {
      for (const one of list.getEntries()) window.jumps += one.value;
    }).observe({ type: "layout-shift", buffered: true }); }"""
    shown = open_app()
    shown.frame.evaluate(watch)
    bot.state = state(digest="d2", missing="A newer question of the same length, on two lines?")
    shown.emit("ticket.updated")
    expect(shown.frame.locator("#verdict")).to_contain_text("A newer question")

    assert shown.frame.evaluate("window.jumps") < 0.1


def test_every_control_is_reached_in_order_by_keyboard_and_shows_its_focus(
    open_app: Opener,
) -> None:
    shown = open_app()
    all_of_them = shown.frame.locator(
        "button:visible, a:visible, select:visible, input:not([type=radio]):visible, pre:visible, "
        "#text-reply, input[type=radio]:checked"
    )
    expected = all_of_them.evaluate_all("all => all.map((one) => one.dataset.k ?? one.textContent)")
    shown.frame.locator("#verdict").evaluate("node => { node.tabIndex = -1; node.focus(); }")
    reached = []
    for _ in expected:
        shown.page.keyboard.press("Tab")
        reached.append(
            shown.frame.evaluate(
                "() => { const one = document.activeElement; const seen = one.type === 'radio' ? "
                "one.nextElementSibling : one; if (getComputedStyle(seen).outlineStyle !== 'solid')"
                " return 'no outline'; return one.dataset.k ?? one.textContent; }"
            )
        )

    assert reached == expected


def test_a_fold_is_a_button_that_says_its_state(open_app: Opener) -> None:
    shown = open_app()
    fold = shown.frame.locator("#why .fold")
    fold.focus()
    shown.page.keyboard.press("Enter")

    assert fold.get_attribute("aria-expanded") == "false"
    controlled = fold.get_attribute("aria-controls")
    expect(shown.frame.locator(f"#{controlled}")).to_be_hidden()


@pytest.mark.parametrize("name", ["light", "dark", "german", "280", "420", "down"])
def test_a_picture_of_every_look_fits_its_width(
    open_app: Opener, bot: Bot, name: str, tmp_path: Path
) -> None:
    """SCREENSHOTS names a folder that keeps the pictures, to be looked at."""
    bot.state = everything()
    bot.fail = (503, "") if name == "down" else None
    given = {"dark": DARK, "german": {"values": GERMAN}}.get(name, {})
    shown = open_app(
        width=int(name) if name.isdigit() else 320, ready="#app[aria-busy=false]", **given
    )
    shown.page.set_viewport_size({"width": int(name) if name.isdigit() else 320, "height": 2600})

    path = Path(os.environ.get("SCREENSHOTS", tmp_path)) / f"{name}.png"
    shown.page.locator("iframe").screenshot(path=path)
    assert shown.frame.locator("html").evaluate("it => it.scrollWidth <= it.clientWidth")
    assert path.stat().st_size
