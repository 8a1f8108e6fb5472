"""Probe runs that the sidebar starts: one at a time, compared with the last, without a note."""

import pytest

from bot.evidence.look import Look
from bot.pipeline.probing import ProbeRunner
from bot.store.database import Database
from bot.store.heartbeats import Heartbeats
from bot.store.portal import PortalLooks
from bot.store.probe_runs import ProbeRuns
from tests.web.sidebar_desk import TICKET_ID, SidebarDesk
from tests.web.test_sidebar_actions import told
from tests.web.test_sidebar_state import look
from tests.web.web_client import jobs


@pytest.fixture
def desk(database: Database) -> SidebarDesk:
    desk = SidebarDesk(database)
    desk.decide()
    return desk


def test_a_run_is_started_once_and_shown_while_it_lasts(desk: SidebarDesk) -> None:
    first = desk.call("POST", "/probes", {})
    second = desk.call("POST", "/probes", {})

    assert first.status_code == second.status_code == 202
    run_id = first.get_json()["run"]
    assert first.get_json() == second.get_json() == {"run": run_id, "after_ms": 500}
    assert [job[2] for job in jobs(desk.database)] == ["probes.local", "maintenance"]
    PortalLooks(desk.database).save("local", look(), run_id)
    run = desk.call(path="/probes").get_json()["runs"][0]
    assert (run["id"], run["state"]) == (run_id, "running")
    rows = run["looks"][0]["rows"]
    assert [(row["probe"], row["ms"], row["start_ms"]) for row in rows] == [
        ("tcp", 31, 0), ("https", 60, 71),
    ]  # fmt: skip


def test_one_vantage_can_be_chosen(desk: SidebarDesk) -> None:
    beats = Heartbeats(desk.database)
    beats.beat("worker", "a", "1", {"queues": ["probes.local", "probes.frankfurt"]})

    desk.call("POST", "/probes", {"vantage": "frankfurt"})

    assert [job[2] for job in jobs(desk.database)] == ["probes.frankfurt", "maintenance"]


def test_the_end_of_a_sidebars_run_posts_no_note(desk: SidebarDesk) -> None:
    run_id = desk.call("POST", "/probes", {}).get_json()["run"]
    before = len(jobs(desk.database))

    ProbeRunner(desk.database, {}, "https://portal", desk.clock).close(run_id)

    assert len(jobs(desk.database)) == before
    assert desk.call(path="/probes").get_json()["runs"][0]["state"] == "done"


def test_a_macro_that_asks_meanwhile_gets_its_note(desk: SidebarDesk) -> None:
    run_id = desk.call("POST", "/probes", {}).get_json()["run"]
    runner = ProbeRunner(desk.database, {}, "https://portal", desk.clock)

    assert runner.start(TICKET_ID, "", again=True) == "probing already"
    runner.close(run_id)

    assert jobs(desk.database)[-1][3]["kind"] == "probed"


def ran(desk: SidebarDesk, vantage: str, seen: Look) -> None:
    runs = ProbeRuns(desk.database)
    with desk.database.connection() as connection:
        run_id = runs.open(connection, TICKET_ID, [vantage])
    assert run_id is not None
    PortalLooks(desk.database).save(vantage, seen, run_id)
    with desk.database.connection() as connection:
        runs.close(connection, run_id)


def test_a_run_is_compared_with_the_one_before(desk: SidebarDesk) -> None:
    for seen in (look(), look("tcp_timeout")):
        ran(desk, "local", seen)

    newest = desk.call().get_json()["probes"]["runs"][0]

    assert newest["changed"] == [
        "our side: was healthy over IPv4, now tcp · tcp_timeout · activation: no"
    ]


def test_a_customers_instance_says_nothing_of_activating(desk: SidebarDesk) -> None:
    ran(desk, "local", look("tcp_timeout"))
    ran(desk, "instance", look())

    newest = desk.call().get_json()["probes"]["runs"][0]

    assert newest["looks"][0]["activates"] == ""
    assert (newest["summary"], newest["changed"]) == ("our side: healthy over IPv4", [])


def test_a_ticket_that_had_its_runs_waits(desk: SidebarDesk) -> None:
    runs = ProbeRuns(desk.database)
    for _ in range(6):
        with desk.database.connection() as connection:
            run_id = runs.open(connection, TICKET_ID, ["local"])
            assert run_id is not None
            runs.close(connection, run_id)

    answer = desk.call("POST", "/probes", {})

    assert told(answer) == (429, "busy")
    assert "6 probe runs" in answer.get_json()["message"]
    assert answer.headers["Retry-After"]
