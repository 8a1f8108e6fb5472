"""A changed section of the handbook names the scenarios that rest on it."""

from functools import partial

import pytest

from bot.jobs.drift import NAME, DriftWatch, PageTrouble, accept_page, fetch_page, read_drift
from bot.jobs.handbook import sections_of
from bot.manifests import load_manifests
from bot.runbook.handbook import Handbook
from bot.store.database import Database
from bot.store.errands import Errands

PAGE = """# Handbook\n\n## Check DNS\n\nRun `dig`.\n\n```sh\n# no heading\ndig x\n```\n
## Proxies\n\nNot supported.\n"""


BOOK = Handbook(page="https://handbook.example/page", sections={"check dns": ("dns_failure",)})


def _page_of(text: str, _address: str) -> tuple[str, str]:
    return "text/markdown", text


def test_a_changed_section_names_the_scenarios_that_rest_on_it(database: Database) -> None:
    pages = [PAGE, PAGE.replace("Run `dig`.", "Run `drill`."), PAGE + "\n## New\n\nWords.\n"]
    shown: list[object] = []
    for text in pages:
        watch = DriftWatch(database, BOOK, partial(_page_of, text))
        with database.connection() as connection:
            connection.execute("UPDATE errands SET ended_at = NULL, began_at = NULL")
        watch()
        found = read_drift(database, BOOK)
        assert found is not None
        shown.append(dict(found.changed))

    assert shown == [{}, {"Check DNS": ("dns_failure",)}, {"New": ()}]
    assert accept_page(database)
    after = read_drift(database, BOOK)
    assert after is not None
    assert after.changed == {}


def test_markup_and_menus_are_no_change() -> None:
    html = "<!doctype html><nav>Menu</nav><h2 id=a>Check <b>DNS</b> #</h2><p>Run  <i>dig</i>.</p>"
    other = "<!doctype html><nav>Other</nav><h2>Check DNS</h2><div class=x>Run dig.</div>"

    assert sections_of("text/html", html) == sections_of("text/html", other)
    assert list(sections_of("text/html", html)) == ["Check DNS"]


def test_a_comment_in_a_code_block_is_no_heading() -> None:
    assert list(sections_of("text/plain", PAGE)) == ["Handbook", "Check DNS", "Proxies"]


def test_without_an_address_nobody_fetches_anything(database: Database) -> None:
    def fetch(_page: str) -> tuple[str, str]:
        raise AssertionError

    DriftWatch(database, Handbook(), fetch)()

    assert Errands(database).get(NAME) is None
    assert load_manifests().handbook.page == ""


def test_a_page_that_cannot_be_read_changes_nothing_and_is_told_once(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def fetch(_page: str) -> tuple[str, str]:
        raise PageTrouble("status 503")

    for _ in range(3):
        DriftWatch(database, BOOK, fetch)()

    assert len([one for one in caplog.records if "cannot be read" in one.message]) == 1
    found = read_drift(database, BOOK)
    assert found is not None
    assert (found.checked, found.trouble) == (False, "status 503")


def test_only_https_is_fetched() -> None:
    with pytest.raises(PageTrouble, match="https"):
        fetch_page("http://127.0.0.1/")


def test_every_section_of_the_runbooks_page_rests_on_scenarios_that_exist() -> None:
    manifests = load_manifests()
    named = {name for names in manifests.handbook.sections.values() for name in names}

    assert set(manifests.runbook.scenarios) - named == {"needs_info"}
