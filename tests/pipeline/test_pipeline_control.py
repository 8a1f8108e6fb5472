"""The portal as we see it stands in the notes, and never delays, loses or repeats one."""

import threading
import time
from collections.abc import Iterator

import pytest

from bot.pipeline.control import LOCAL, SharedControl, ask
from bot.pipeline.ports import Later
from bot.sandbox.portal import PortalServer
from bot.store.database import Database
from tests.pipeline.probe_house import ProbeHouse, a_look, network_ticket, now

pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def portal() -> Iterator[PortalServer]:
    with PortalServer() as server:
        yield server


def test_a_note_says_how_the_portal_looks_from_our_side(
    database: Database, portal: PortalServer
) -> None:
    house = ProbeHouse(database, network_ticket(), target=f"{portal.url}/")
    ask(database, LOCAL)
    house.work_off()

    assert house.handle() == "noted"
    assert "We reach the portal over IPv4" in house.notes[0]
    assert "Our probes:" not in house.notes[0]


def test_a_fresh_look_is_asked_for_and_taken_when_it_comes_in_time(
    database: Database, portal: PortalServer
) -> None:
    house = ProbeHouse(database, network_ticket(), target=f"{portal.url}/")

    def worker() -> None:
        while not house.work_off():
            time.sleep(0.01)

    thread = threading.Thread(target=worker)
    thread.start()
    house.handle()
    thread.join(30)

    assert len(house.notes) == 1
    assert len(house.looks.history(f"{portal.url}/")) == 1


def test_without_a_worker_the_last_look_is_shown_with_its_age(database: Database) -> None:
    house = ProbeHouse(database, network_ticket())
    house.looks.save(LOCAL, a_look("bot:local", "ok", "yes", age=130))

    assert house.handle() == "noted"
    assert "We reach the portal (2 min ago), this server does not" in house.notes[0]


def test_where_nobody_looks_only_one_ticket_a_minute_waits(database: Database) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)

    control = SharedControl(database, "https://portal.example.net/", now, sleep)
    control.looks(fresh=True)
    waited = sum(slept)
    time.sleep(max(0.0, 1.1 - waited))
    slept.clear()
    control.looks(fresh=True)

    assert waited <= 1.1
    assert slept == []


def test_many_tickets_at_once_ask_for_one_look(database: Database) -> None:
    asked = [ask(database, LOCAL) for _ in range(5)]

    assert asked == [True, False, False, False, False]


def test_one_failing_vantage_says_nothing(database: Database) -> None:
    house = ProbeHouse(database, network_ticket())
    house.looks.save(LOCAL, a_look("bot:local", "tcp_timeout", "no"))

    house.handle()

    assert "could not reach the portal" in house.notes[0]
    assert "which says nothing" in house.notes[0]
    assert "Portal trouble" not in house.notes[0]


def test_two_failing_vantages_are_portal_trouble_and_spare_the_customers_network(
    database: Database,
) -> None:
    house = ProbeHouse(database, network_ticket())
    house.looks.save(LOCAL, a_look("bot:local", "tcp_timeout", "no"))
    house.looks.save("frankfurt", a_look("bot:frankfurt", "tcp_timeout", "no"))

    house.handle()

    note = house.notes[0]
    assert "Portal trouble: our own probes fail, too" in note[:200]
    assert "tell the customer" in note[:200]
    assert "customer network" not in note
    assert "Ask the customer" not in note
    assert "do not ask for firewall" in note
    assert "downtime" not in note


def test_old_failures_prove_no_trouble(database: Database) -> None:
    house = ProbeHouse(database, network_ticket())
    house.looks.save(LOCAL, a_look("bot:local", "tcp_timeout", "no"))
    house.looks.save("frankfurt", a_look("bot:frankfurt", "tcp_timeout", "no", age=3000))

    house.handle()

    assert "Portal trouble" not in house.notes[0]


def test_a_changed_control_is_no_news_but_portal_trouble_is(database: Database) -> None:
    house = ProbeHouse(database, network_ticket())
    house.looks.save(LOCAL, a_look("bot:local", "ok", "yes"))
    first = house.handle()
    house.looks.save(LOCAL, a_look("bot:local", "tcp_timeout", "no"))
    second = house.handle(key="event-2")
    house.looks.save("frankfurt", a_look("bot:frankfurt", "tcp_timeout", "no"))
    with pytest.raises(Later, match="keep their distance"):
        house.handle(key="event-3")

    assert first == "noted"
    assert second == "silent: nothing_new"


def test_tickets_of_the_last_hour_with_the_same_cause_are_named(database: Database) -> None:
    ProbeHouse(database, network_ticket(41)).handle()
    house = ProbeHouse(database, network_ticket(42))
    house.handle()

    assert "#41" in house.notes[0]
    assert "#42" not in house.notes[0]


def test_a_store_without_the_looks_costs_no_note(database: Database) -> None:
    house = ProbeHouse(database, network_ticket())
    with database.connection() as connection:
        connection.execute("ALTER TABLE looks RENAME TO lost_looks")
    try:
        outcome = house.handle()
    finally:
        with database.connection() as connection:
            connection.execute("ALTER TABLE lost_looks RENAME TO looks")

    assert outcome == "noted"


def test_the_control_costs_no_call_of_zendesk(database: Database, portal: PortalServer) -> None:
    house = ProbeHouse(database, network_ticket(), target=f"{portal.url}/")
    ask(database, LOCAL)
    house.work_off()
    house.handle()

    assert house.desk.reads == 1
    assert len(house.desk.applied) == 1


def test_a_look_that_was_asked_for_in_the_future_is_waited_for_a_second_only(
    database: Database,
) -> None:
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO vantages (name, asked_at) VALUES ('local', now() + interval '1 hour')"
        )
    pauses = iter(range(60))

    def pause(seconds: float) -> None:
        next(pauses)  # ends the test where the wait does not
        time.sleep(seconds)

    assert not SharedControl(database, "https://portal/", now, pause).looks(fresh=True)
