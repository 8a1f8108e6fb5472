"""Who may see a ticket's sidebar, and how seldom Zendesk is asked for it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from werkzeug.test import TestResponse

from bot.config import Settings
from bot.store.database import Database
from bot.store.switches import SwitchBoard
from bot.store.visits import Visits
from bot.web.app import create_app
from bot.web.jwt import Verifier
from bot.web.sidebar import Sidebar
from bot.web.sidebar_access import Doorkeeper, read_proof
from tests.web.sidebar_desk import (
    COMMENT,
    PROOF,
    SIDEBAR_SECRET,
    STAMP,
    TICKET,
    FakeTickets,
    SidebarDesk,
    facts,
    token,
)


@pytest.fixture
def desk(database: Database) -> SidebarDesk:
    return SidebarDesk(database)


def told(answer: TestResponse) -> tuple[int, str]:
    found = answer.get_json()
    assert "message" in found or answer.status_code < 400
    return answer.status_code, str(found.get("error", ""))


@pytest.mark.parametrize(
    "proof",
    [f";{STAMP}", f"{COMMENT};", f"1;{STAMP}", f"{COMMENT};2020-01-01T00:00:00Z",
     f"{COMMENT};nonsense", ";2026-11-24T08:00:00+01:00", ";2026-11-24T07:00:00.000Z"],
)  # fmt: skip
def test_one_of_both_values_is_enough(desk: SidebarDesk, proof: str) -> None:
    assert told(desk.call(proof=proof)) == (200, "")


@pytest.mark.parametrize(
    "proof",
    ["", ";", "1;", ";2020-01-01T00:00:00Z", "1;2020-01-01T00:00:00Z", "nonsense", "é;é", "-900;",
     "900 or 1;", "9" * 500 + ";", ";" + STAMP + "x"],
)  # fmt: skip
def test_whoever_does_not_know_the_ticket_is_refused(desk: SidebarDesk, proof: str) -> None:
    assert told(desk.call(proof=proof)) == (403, "proof")


def test_a_fraction_of_a_second_is_no_other_time(desk: SidebarDesk) -> None:
    desk.tickets.facts = facts(updated_at=datetime.fromisoformat("2026-11-24T07:00:00.480Z"))

    assert told(desk.call(proof=f";{STAMP}")) == (200, "")


def test_a_host_that_tells_nothing_of_the_ticket_hears_so(desk: SidebarDesk) -> None:
    words = desk.call(proof=";").get_json()["message"]

    assert "neither the newest comment nor the time" in words
    assert "is not what Zendesk says" in desk.call(proof="1;").get_json()["message"]


def test_a_ticket_that_is_not_there_is_not_found(desk: SidebarDesk) -> None:
    desk.tickets.facts = None

    assert told(desk.call()) == (404, "ticket")


def test_a_ticket_without_the_tag_is_none_of_ours(desk: SidebarDesk) -> None:
    desk.tickets.facts = facts(tags=frozenset({"billing"}))

    assert told(desk.call()) == (403, "tag")
    assert told(desk.call("POST", "/look", {})) == (403, "tag")


def test_a_proof_is_good_for_a_minute_without_asking_zendesk_again(desk: SidebarDesk) -> None:
    for _ in range(5):
        assert told(desk.call()) == (200, "")

    assert desk.tickets.asked == 1


def test_a_second_agent_is_measured_by_what_zendesk_said_just_now(desk: SidebarDesk) -> None:
    desk.call(bearer=token(sub=1))
    desk.call(bearer=token(sub=2), proof=f";{STAMP}")

    assert desk.tickets.asked == 1


def test_what_the_worker_saw_just_now_is_as_good_as_zendesks_word(desk: SidebarDesk) -> None:
    desk.decide()

    assert told(desk.call()) == (200, "")
    assert desk.tickets.asked == 0


def test_what_the_worker_saw_long_ago_proves_nothing(desk: SidebarDesk) -> None:
    desk.decide()
    desk.age_decisions()
    desk.tickets.facts = facts(updated_at=datetime(2026, 11, 25, tzinfo=UTC))
    desk.tickets.comments = frozenset({COMMENT + 5})

    assert told(desk.call()) == (403, "proof")


def test_a_worker_that_saw_no_tag_lets_nobody_in(desk: SidebarDesk) -> None:
    desk.decide(replace(TICKET, tags=()))
    desk.tickets.facts = facts(tags=frozenset())

    assert told(desk.call()) == (403, "tag")


def test_after_a_minute_the_ticket_is_read_again(desk: SidebarDesk) -> None:
    desk.call()
    with desk.database.connection() as connection:
        connection.execute("UPDATE sidebar_visits SET accepted_at = now() - interval '61 s'")
    desk.clock.tick(61)
    desk.tickets.facts = facts(tags=frozenset())

    assert told(desk.call()) == (403, "tag")


def test_while_zendesk_is_away_a_proof_of_the_last_ten_minutes_is_enough(
    desk: SidebarDesk,
) -> None:
    desk.call()
    desk.clock.tick(300)
    with desk.database.connection() as connection:
        connection.execute("UPDATE sidebar_visits SET accepted_at = now() - interval '5 minutes'")
    desk.tickets.away = True

    assert told(desk.call()) == (200, "")
    answer = desk.call(proof="1;")
    assert told(answer) == (503, "zendesk")
    assert answer.headers["Retry-After"] == "7"


def test_while_zendesk_is_away_an_older_proof_is_not_enough(desk: SidebarDesk) -> None:
    desk.call()
    desk.clock.tick(700)
    with desk.database.connection() as connection:
        connection.execute("UPDATE sidebar_visits SET accepted_at = now() - interval '11 minutes'")
    desk.tickets.away = True

    assert told(desk.call()) == (503, "zendesk")


def test_a_poll_never_asks_zendesk(desk: SidebarDesk) -> None:
    assert told(desk.call(path="/probes")) == (403, "proof")
    desk.call()
    asked = desk.tickets.asked

    assert told(desk.call(path="/probes")) == (200, "")
    assert told(desk.call(path="/probes", proof="999;")) == (200, "")
    assert told(desk.call(path="/probes", proof="999;", bearer=token(sub=99))) == (403, "proof")
    assert desk.tickets.asked == asked


def test_a_poll_needs_the_token_of_its_own_ticket(desk: SidebarDesk) -> None:
    desk.call()

    assert told(desk.call(path="/probes", bearer=token(ticket_id=1))) == (401, "token")


def test_a_stranger_cannot_make_us_ask_zendesk_without_end(desk: SidebarDesk) -> None:
    answers = [told(desk.call(proof=f"{number};")) for number in range(40)]

    assert answers[0] == (403, "proof")
    assert answers[-1] == (429, "busy")
    assert desk.tickets.asked <= 30


def test_a_ticket_that_asks_too_often_waits(desk: SidebarDesk) -> None:
    desk.call()
    answers = [desk.call(path="/probes") for _ in range(125)]

    assert told(answers[0]) == (200, "")
    assert told(answers[-1]) == (429, "busy")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60


def test_where_the_bot_is_off_the_sidebar_says_so(desk: SidebarDesk) -> None:
    desk.decide(mode="off")

    assert told(desk.call()) == (403, "off")


def test_a_group_in_another_mode_is_known_by_the_ticket(desk: SidebarDesk) -> None:
    SwitchBoard(desk.database).set_mode("group:5", "off", "t", "t")
    SwitchBoard(desk.database).set_mode("global", "on", "t", "t")

    assert told(desk.call()) == (200, "")
    desk.tickets.facts = facts(group_id=5, updated_at=datetime(2026, 11, 25, tzinfo=UTC))
    assert told(desk.call(proof=";2026-11-25T00:00:00Z")) == (403, "off")


def test_a_store_that_is_away_is_told_with_a_time_to_come_back(loopback: None) -> None:
    nowhere = Database("postgresql://127.0.0.1:1/nothing", timeout=0.2)
    try:
        answer = _without_store(nowhere)
    finally:
        nowhere.close()

    assert told(answer) == (503, "store")
    assert answer.headers["Retry-After"] == "10"


def _without_store(nowhere: Database) -> TestResponse:
    sidebar = Sidebar(
        nowhere,
        Verifier((SIDEBAR_SECRET,), lambda: frozenset({"acme"})),
        Doorkeeper(FakeTickets(facts()), Visits(nowhere)),
        "1",
    )
    settings = Settings(zendesk_url="https://acme.zendesk.com", zendesk_webhook_secrets=("x",))
    client = create_app(settings, nowhere, pages=(sidebar.blueprint(),)).test_client()
    return client.get(
        "/sidebar/tickets/4711",
        headers={"Authorization": f"Bearer {token()}", "X-Ticket-Proof": PROOF},
    )


def test_a_proof_is_kept_as_a_digest_only(desk: SidebarDesk) -> None:
    desk.call()

    with desk.database.connection() as connection:
        row = connection.execute("SELECT visitor, proof FROM sidebar_visits").fetchone()
    assert row is not None
    assert row[1] == read_proof(PROOF).digest
    assert row[0] != "77"
    assert len(row[0]) == len(row[1]) == 32
