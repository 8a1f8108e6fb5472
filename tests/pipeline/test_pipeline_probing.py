"""An agent asks for probes: one run, one note, the tag gone with it, and nothing said twice."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from bot.evidence.look import Look
from bot.pipeline.ports import GiveUp, Later, LookJob
from bot.sandbox.portal import PortalServer
from bot.store.database import Database
from bot.store.heartbeats import Heartbeats
from bot.store.probe_runs import ProbeRuns
from bot.zendesk.errors import OutcomeUnknown, TicketClosed
from tests.fakes import Killed
from tests.pipeline.probe_house import TARGET, ProbeHouse, a_look, network_ticket, now

pytestmark = pytest.mark.usefixtures("loopback")


@dataclass
class Scripted:
    """A vantage that sees what the test says, look after look; the last one stays."""

    looks: list[Look]
    places: list[str]
    wait: float = 0.0

    def __call__(self, place: str) -> tuple[Look, float]:
        self.places.append(place)
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return replace(look, seen_at=now()), self.wait


def scripted(*looks: Look, wait: float = 0.0) -> Scripted:
    return Scripted(list(looks), [], wait)


HEALTHY = a_look("bot:local", "ok", "yes")
BROKEN = a_look("bot:local", "tcp_timeout", "no")


def a_house(database: Database, *looks: Look) -> ProbeHouse:
    """A ticket that has had its first note already, seen from one scripted vantage."""
    house = ProbeHouse(
        database, network_ticket(), vantages={"local": scripted(*(looks or (HEALTHY,)))}
    )
    house.looks.save("local", replace(HEALTHY, seen_at=now()))
    house.handle()
    return house


def run(house: ProbeHouse, key: str = "click-1") -> list[str]:
    house.click(key)
    house.work_off()
    return house.tell_results()


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


def test_repeated_clicks_are_one_run(database: Database) -> None:
    house = a_house(database)
    outcomes = [house.click(f"click-{number}") for number in range(3)]
    house.work_off()
    house.tell_results()

    assert "probing already" in outcomes[2]
    assert len(ProbeRuns(database).of_ticket(7)) == 1
    assert len(house.notes) == 2


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


def test_a_tag_that_stands_starts_no_second_run_by_itself(database: Database) -> None:
    house = a_house(database)
    house.switches.in_mode = "shadow"
    run(house)

    assert house.handle("replied", "event-2").endswith("probed lately")
    assert len(ProbeRuns(database).of_ticket(7)) == 1


def test_a_command_whose_event_was_lost_is_found_by_the_next_look(database: Database) -> None:
    house = a_house(database)
    house.desk.ticket = replace(house.desk.ticket, tags=("cloud-licensing", "cl_run_probes"))

    assert house.handle("reconciled", "event-2").endswith("probing")


def test_another_command_beside_it_is_carried_out_at_once(database: Database) -> None:
    house = a_house(database)
    house.desk.ticket = replace(
        house.desk.ticket, tags=("cloud-licensing", "cl_run_probes", "cl_full_runbook")
    )
    house.handle("command", "click-1")

    assert len(house.notes) == 2
    assert "cl_run_probes" in house.desk.ticket.tags
    assert "cl_full_runbook" not in house.desk.ticket.tags


def test_the_seventh_run_of_an_hour_is_refused_in_words(database: Database) -> None:
    house = a_house(database)
    for number in range(6):
        run(house, f"click-{number}")

    assert run(house, "click-6") == ["noted"]
    assert "No new probe run: ticket 7 had its 6 probe runs of this hour" in house.notes[-1]
    assert run(house, "click-7") == ["silent: nothing_new"]
    assert "cl_run_probes" not in house.desk.ticket.tags


def test_the_twenty_first_run_of_a_minute_waits(database: Database) -> None:
    house = a_house(database)
    with database.connection() as connection:
        for other in range(20):
            ProbeRuns(database).open(connection, 100 + other, ("local",))

    assert house.click().endswith("probing")
    with database.connection() as connection:
        row = connection.execute(
            "SELECT scheduled_at > now() + interval '30 s' FROM procrastinate_jobs"
            " WHERE task_name = 'look_at_portal'"
        ).fetchone()
    assert row == (True,)


def test_every_vantage_that_a_living_worker_serves_is_asked(database: Database) -> None:
    house = a_house(database)
    Heartbeats(database).beat("worker", "b:1", "0", {"queues": ["probes.frankfurt"]})
    house.click()

    (run_made,) = ProbeRuns(database).of_ticket(7)
    assert list(run_made.vantages) == ["frankfurt", "local"]

    house.looks.save("frankfurt", a_look("bot:frankfurt", "ok", "yes"), run_made.id)
    (local,) = [job for job in house.jobs("look_at_portal") if job[1]["vantage"] == "local"]
    house.runner.look(LookJob("local", run_made.id))

    assert local[1]["run_id"] == run_made.id
    assert house.tell_results() == ["noted"]
    assert "bot:frankfurt" in house.notes[1]


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


def test_a_second_opinion_is_asked_for_when_we_fail(database: Database) -> None:
    house = ProbeHouse(database, network_ticket(), vantages={"local": scripted(BROKEN)})
    Heartbeats(database).beat("worker", "b:1", "0", {"queues": ["probes.frankfurt"]})
    house.runner.look(LookJob("local"))

    jobs = house.jobs("look_at_portal")
    assert [job[1]["vantage"] for job in jobs if job[1]["vantage"] != "local"] == ["frankfurt"]


def test_a_vantage_that_asked_for_patience_is_left_alone(database: Database) -> None:
    vantage = scripted(HEALTHY, wait=30.0)
    house = ProbeHouse(database, network_ticket(), vantages={"local": vantage})
    house.click()
    (run_made,) = ProbeRuns(database).of_ticket(7)
    house.runner.look(LookJob("local", run_made.id))
    house.tell_results()
    house.click("click-2")
    house.work_off()
    house.tell_results()

    assert len(vantage.places) == 1
    assert "can be asked again" in house.looks.newest(TARGET)[0].observations[0].detail


def test_the_customers_country_is_handed_to_the_vantage(database: Database) -> None:
    vantage = scripted(HEALTHY)
    ticket = replace(network_ticket(), fields={"instance_url": "https://gitlab.acme.de"})
    house = ProbeHouse(database, ticket, vantages={"local": vantage})
    house.click()
    house.work_off()

    assert "DE" in vantage.places


def test_what_the_customer_sent_fails_and_ours_does_not(database: Database) -> None:
    house = a_house(database)
    run(house)

    assert "fails at TLS, our look does not" in house.notes[1]


def test_a_look_from_elsewhere_is_given_up_in_words(database: Database) -> None:
    house = a_house(database)

    with pytest.raises(GiveUp, match="does not look from mars"):
        house.runner.look(LookJob("mars"))
