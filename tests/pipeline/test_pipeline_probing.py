"""An agent asks for probes: one run of every vantage we have, within the budget."""

from dataclasses import replace

import pytest

from bot.pipeline.ports import GiveUp, LookJob
from bot.store.database import Database
from bot.store.heartbeats import Heartbeats
from bot.store.probe_runs import ProbeRuns
from tests.pipeline.probe_house import (
    BROKEN,
    HEALTHY,
    TARGET,
    ProbeHouse,
    a_house,
    a_look,
    network_ticket,
    run,
    scripted,
)

pytestmark = pytest.mark.usefixtures("loopback")


def test_repeated_clicks_are_one_run(database: Database) -> None:
    house = a_house(database)
    outcomes = [house.click(f"click-{number}") for number in range(3)]
    house.work_off()
    house.tell_results()

    assert "probing already" in outcomes[2]
    assert len(ProbeRuns(database).of_ticket(7)) == 1
    assert len(house.notes) == 2


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


def test_a_look_from_elsewhere_is_given_up_in_words(database: Database) -> None:
    house = a_house(database)

    with pytest.raises(GiveUp, match="does not look from mars"):
        house.runner.look(LookJob("mars"))
