"""`doctor` on what happens by itself."""

from bot.cli.checks.housekeeping import check_errands, check_handbook, check_web
from bot.runbook.handbook import Handbook
from bot.store.database import Database
from bot.store.errands import Errands
from bot.store.heartbeats import Heartbeats

BOOK = Handbook(page="https://handbook.example/", sections={"Check DNS": ("dns_failure",)})


def test_a_store_without_a_web_process_is_warned_of(database: Database) -> None:
    assert [item.verdict for item in check_web(database)] == ["warn"]

    Heartbeats(database).beat("web", "a:1", "2.0")

    assert [(item.verdict, item.says) for item in check_web(database)] == [
        ("ok", "1 processes alive, version 2.0")
    ]


def test_a_search_that_stands_and_a_purge_that_is_refused_are_warned_of(
    database: Database,
) -> None:
    assert [item.verdict for item in check_errands(database)] == ["warn"]
    errands = Errands(database)
    for name in ("reconcile", "purge"):
        errands.begin(name, 0)
        errands.end(name)
    assert [item.verdict for item in check_errands(database)] == ["ok", "ok"]

    errands.remember("purge", {"refused": "403"})
    with database.connection() as connection:
        connection.execute("UPDATE errands SET ended_at = now() - interval '1 hour'")

    assert [item.verdict for item in check_errands(database)] == ["warn", "warn"]


def test_a_changed_section_is_named_with_its_scenarios(database: Database) -> None:
    assert list(check_handbook(database, Handbook())) == []
    assert [item.verdict for item in check_handbook(database, BOOK)] == ["ok"]
    state = {"page": BOOK.page, "accepted": {"Check DNS": "a"}, "seen": {"Check DNS": "b"}}
    Errands(database).remember("drift", state)

    (found,) = check_handbook(database, BOOK)

    assert found.verdict == "warn"
    assert found.says == "Check DNS has changed; dns_failure was built on it"
