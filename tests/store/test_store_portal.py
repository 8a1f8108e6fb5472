"""Looks and probe runs in the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.evidence.look import Look, judged_look
from bot.evidence.observation import Observation
from bot.store.database import Database
from bot.store.portal import PortalLooks
from bot.store.probe_runs import ProbeRuns
from bot.store.retention import delete_old

TARGET = "https://portal.example.net/"


def a_look(vantage: str = "bot:local", age: float = 0.0) -> Look:
    at = datetime.now(UTC) - timedelta(seconds=age)
    seen = Observation(
        "https", "GET /", vantage, "http", "http_ok_redirect_signin", "ok", "HTTP 302",
        {"ip": "203.0.113.9", "family": 4, "ms": 1.5, "answers": ("a", "b"), "path": "direct"}, at,
    )  # fmt: skip
    return judged_look(vantage, TARGET, (seen,), at, 1.234)


def test_a_look_comes_back_as_it_was_kept(database: Database) -> None:
    looks, kept = PortalLooks(database), a_look()
    looks.save("local", kept)

    assert looks.newest(TARGET) == (kept,)


def test_the_newest_look_of_each_vantage_counts(database: Database) -> None:
    looks = PortalLooks(database)
    for look in (a_look(age=60), a_look(), a_look("bot:frankfurt", age=30)):
        looks.save("any", look)
    looks.save("local", replace(a_look(), target="https://other.example.net/"))

    assert [look.vantage for look in looks.newest(TARGET)] == ["bot:local", "bot:frankfurt"]
    assert len(looks.history(TARGET)) == 3


def test_an_observation_of_a_newer_version_is_left_out(database: Database) -> None:
    looks = PortalLooks(database)
    looks.save("local", a_look())
    with database.connection() as connection:
        connection.execute(
            "UPDATE looks SET observations = observations ||"
            ' \'[{"probe": "quic", "cause": "quic_blocked"}]\''
        )

    (look,) = looks.newest(TARGET)
    assert [seen.probe for seen in look.observations] == ["https"]


def test_one_claim_a_minute_and_none_while_it_must_not_be_asked(database: Database) -> None:
    looks = PortalLooks(database)
    with database.connection() as connection:
        first = [looks.claim(connection, "local", 60) for _ in range(2)]
        again = looks.claim(connection, "local", 0)
    looks.block("local", 30)
    looks.block("local", 5)
    with database.connection() as connection:
        blocked = looks.claim(connection, "local", 0)

    assert first == [True, False]
    assert again
    assert not blocked
    assert 25 < looks.blocked_for("local") <= 30
    assert looks.blocked_for("frankfurt") == 0


def test_a_ticket_has_one_open_run(database: Database) -> None:
    runs = ProbeRuns(database)
    with database.connection() as connection:
        first = runs.open(connection, 7, ("local",))
        second = runs.open(connection, 7, ("local",))
        assert first is not None
        closed = [runs.close(connection, first) is not None for _ in range(2)]
        third = runs.open(connection, 7, ("local",))

    assert second is None
    assert closed == [True, False]
    assert third is not None
    newest = runs.get(third)
    assert newest is not None
    before = runs.before(newest)
    assert before is not None
    assert before.id == first


def test_old_looks_go_and_a_runs_looks_stay_as_long_as_the_run(database: Database) -> None:
    looks, runs = PortalLooks(database), ProbeRuns(database)
    with database.connection() as connection:
        run_id = runs.open(connection, 7, ("local",))
    looks.save("local", a_look(age=30 * 86_400))
    looks.save("local", a_look(age=30 * 86_400), run_id)
    looks.save("local", a_look())

    gone = delete_old(database, 90)

    assert gone["looks"] == 1
    assert gone["probe_runs"] == 0
    with database.connection() as connection:
        connection.execute("UPDATE probe_runs SET asked_at = now() - interval '91 days'")
    assert delete_old(database, 90)["probe_runs"] == 1
    assert len(looks.history(TARGET)) == 1
