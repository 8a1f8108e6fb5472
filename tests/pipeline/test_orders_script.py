"""The check script comes to the agent in a note, filled in and ready to be sent on."""

from collections.abc import Iterator

import pytest

from bot.store.database import Database
from tests.pipeline.order_house import OTHER, OrderHouse, order_house

TAG = "cl_send_check_script"


@pytest.fixture
def house(loopback: None, database: Database) -> Iterator[OrderHouse]:
    with order_house(database) as opened:
        yield opened


def test_any_agent_gets_the_script_and_the_words_to_send_it_with(house: OrderHouse) -> None:
    ticket = house.file_ticket()

    house.order(ticket, TAG, OTHER)

    script = house.files(ticket)["customer_check.sh"].decode()
    assert script.startswith(
        f"#!/bin/sh\nCLC_HOST=customers.example_company.com\nCLC_PORT=443\nCLC_TICKET={ticket}\n"
    )
    (note,) = house.notes(ticket)
    assert "sudo sh customer_check.sh" in note
    assert "BEGIN CLOUD LICENSE CHECK" in note
    assert TAG not in house.ticket(ticket).tags


def test_a_second_order_brings_no_second_note(house: OrderHouse) -> None:
    ticket = house.file_ticket()

    house.order(ticket, TAG)
    outcome = house.order(ticket, TAG)

    assert "stands on the ticket" in outcome
    assert len(house.notes(ticket)) == 1
    assert house.vault.steps == ["upload"]
    assert TAG not in house.ticket(ticket).tags


@pytest.mark.parametrize("where", ["before upload", "after upload"])
def test_a_kill_leaves_one_note(house: OrderHouse, where: str) -> None:
    ticket = house.file_ticket()
    house.vault.dies = [where]

    house.order(ticket, TAG)

    assert len(house.notes(ticket)) == 1
    assert "customer_check.sh" in house.files(ticket)


def test_where_uploads_are_forbidden_the_note_says_how_to_make_it(house: OrderHouse) -> None:
    ticket = house.file_ticket()
    house.pocket.set_faults({"match": "POST /api/v2/uploads", "what": "403"})

    house.order(ticket, TAG)

    (note,) = house.notes(ticket)
    assert f"licensing-bot check-script --ticket {ticket} > customer_check.sh" in note
    assert "sudo sh customer_check.sh" in note


def test_a_script_and_a_verdict_command_are_both_answered(house: OrderHouse) -> None:
    ticket = house.file_ticket()
    house.pick(ticket, "cl_full_runbook")

    house.order(ticket, TAG)

    script, verdict = house.notes(ticket)
    assert "customer_check.sh" in script
    assert "licensing-bot 0.0.0" in verdict
    assert not {TAG, "cl_full_runbook"} & set(house.ticket(ticket).tags)
