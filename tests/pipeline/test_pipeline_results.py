"""The results of a probe run: one note, the tag gone with it, and nothing said twice."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.pipeline.ports import Later, LookJob
from bot.sandbox.portal import PortalServer
from bot.store.database import Database
from bot.store.heartbeats import Heartbeats
from bot.store.probe_runs import ProbeRuns
from bot.zendesk.errors import OutcomeUnknown, TicketClosed
from tests.fakes import Killed
from tests.pipeline.probe_house import BROKEN, HEALTHY, ProbeHouse, a_house, network_ticket, run

pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def portal() -> Iterator[PortalServer]:
    with PortalServer() as server:
        yield server


def test_a_run_on_a_real_portal_is_one_note_with_verdict_and_table(
    database: Database, portal: PortalServer
) -> None:
    house = ProbeHouse(database, network_ticket(), target=f"{portal.url}/")
    house.handle()

    outcomes = run(house)

    assert outcomes == ["noted"]
    note = house.notes[1]
    assert note.startswith("<p><strong>The portal works from our side")
    assert "bot:local" in note
    for word in ("probe", "target", "vantage", "outcome", "ms", "POST /graphql", "tcp_ok"):
        assert word in note
    assert "<pre>" in note


def test_the_tag_goes_in_the_same_update_as_the_result(database: Database) -> None:
    house = a_house(database)
    house.click()

    assert "cl_run_probes" in house.desk.ticket.tags

    house.work_off()
    house.tell_results()

    assert "cl_run_probes" not in house.desk.ticket.tags
    assert len(house.desk.applied) == 2
    assert house.desk.applied[1].html is not None
    assert house.desk.applied[1].tags is not None


def test_the_same_results_again_are_no_note_but_the_tag_goes_and_the_run_is_kept(
    database: Database,
) -> None:
    house = a_house(database)
    run(house)

    assert run(house, "click-2") == ["silent: nothing_new"]
    assert len(house.notes) == 2
    assert "cl_run_probes" not in house.desk.ticket.tags
    newest = ProbeRuns(database).of_ticket(7)[0]
    assert newest.outcome == "silent: nothing_new"
    assert len(house.looks.of_run(newest.id)) == 1


def test_changed_results_are_a_note_that_says_what_changed(database: Database) -> None:
    house = a_house(database, HEALTHY, BROKEN)
    run(house)

    assert run(house, "click-2") == ["noted"]
    assert "Changed: bot:local was ok (yes)" in house.notes[2]
    assert "now tcp_timeout (no)" in house.notes[2].replace("\\", "")


def test_a_probe_note_is_no_verdict_and_repeats_none(database: Database) -> None:
    house = a_house(database)
    run(house)

    assert house.handle(key="event-2") == "silent: nothing_new"
    assert house.handle("reconciled", "event-3") == "silent: nothing_new"
    assert len(house.notes) == 2


def test_our_scenario_is_not_taken_for_a_correction_after_a_probe_note(database: Database) -> None:
    house = a_house(database)
    run(house)
    house.handle(key="event-2")

    with database.connection() as connection:
        rows = connection.execute("SELECT details ->> 'corrected_by_agent' FROM diagnoses")
        assert {str(row[0]) for row in rows} == {"false"}


@pytest.mark.parametrize("fault", ["lost", "late:1", "conflict", "killed_after", "limited"])
def test_a_fault_at_the_results_write_leaves_one_note(database: Database, fault: str) -> None:
    house = a_house(database)
    house.click()
    house.work_off()
    house.desk.faults = [fault]
    ((_, arguments),) = house.jobs("handle_event")

    for _ in range(4):
        try:
            house.handle("probed", str(arguments["key"]))
        except (Later, OutcomeUnknown, Killed):
            _forget_time(database)
        else:
            break
        house.desk.arrive()

    assert len(house.notes) == 2
    assert "cl_run_probes" not in house.desk.ticket.tags


def _forget_time(database: Database) -> None:
    """As if the patience for an unanswered write were over."""
    with database.connection() as connection:
        connection.execute("UPDATE notes SET created_at = created_at - interval '5 s'")


def test_results_of_a_closed_ticket_are_kept_and_not_posted(database: Database) -> None:
    house = a_house(database)
    house.click()
    house.work_off()
    house.desk.ticket = replace(house.desk.ticket, status="closed")

    assert house.tell_results() == ["silent: ticket_closed"]
    assert len(house.desk.applied) == 1
    newest = ProbeRuns(database).of_ticket(7)[0]
    assert newest.outcome == "silent: ticket_closed"
    assert len(house.looks.of_run(newest.id)) == 1


def test_a_ticket_that_closes_under_our_hands_is_no_failure(database: Database) -> None:
    house = a_house(database)
    house.click()
    house.work_off()

    def closed(*_: object) -> None:
        raise TicketClosed("tickets.update: closed prevents ticket update")

    house.desk.write = closed  # type: ignore[method-assign, assignment]

    assert house.tell_results() == ["silent: ticket_closed"]


def test_shadow_keeps_the_results_and_writes_nothing(database: Database) -> None:
    house = a_house(database)
    house.switches.in_mode = "shadow"

    assert run(house) == ["silent: mode_shadow"]
    assert len(house.desk.applied) == 1


def test_a_run_whose_vantage_is_silent_is_told_all_the_same(database: Database) -> None:
    house = a_house(database)
    Heartbeats(database).beat("worker", "b:1", "0", {"queues": ["probes.frankfurt"]})
    house.click()
    (run_made,) = ProbeRuns(database).of_ticket(7)
    house.runner.look(LookJob("local", run_made.id))
    house.runner.close(run_made.id)
    house.runner.close(run_made.id)

    assert house.tell_results() == ["noted"]
    assert "frankfurt: did not answer in time" in house.notes[1]


def test_a_job_that_ran_twice_reports_once(database: Database) -> None:
    house = a_house(database)
    house.click()
    (run_made,) = ProbeRuns(database).of_ticket(7)
    for _ in range(2):
        house.runner.look(LookJob("local", run_made.id))

    assert len(house.looks.of_run(run_made.id)) == 1
    assert house.tell_results() == ["noted"]


def test_what_the_customer_sent_fails_and_ours_does_not(database: Database) -> None:
    house = a_house(database)
    run(house)

    assert "fails at TLS, our look does not" in house.notes[1]
