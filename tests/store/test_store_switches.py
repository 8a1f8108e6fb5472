"""Pause, modes and watermark, as operators turn them."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.runbook.ticket import Ticket
from bot.store.database import Database
from bot.store.switches import KeptSwitchBoard, SwitchBoard

TICKET = Ticket("7", group_id=5, form_id=6, brand_id=None)
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def test_a_pause_tells_who_and_why_and_ends_once(database: Database) -> None:
    board = SwitchBoard(database)
    board.pause("ana", "notes look wrong")

    switch = SwitchBoard(database).pause_switch()

    assert board.paused()
    assert switch is not None
    assert (switch.who, switch.why) == ("ana", "notes look wrong")
    assert board.resume() is True
    assert board.resume() is False
    assert not board.paused()


def test_the_default_speaks_where_nothing_fits(database: Database) -> None:
    board = SwitchBoard(database, "shadow")
    board.set_mode("group:99", "on", "ana", "another group")

    assert board.mode(TICKET, "proxy") == "shadow"


def test_one_group_can_be_turned_on_alone(database: Database) -> None:
    board = SwitchBoard(database, "shadow")
    board.set_mode("group:5", "on", "ana", "pilot")

    assert board.mode(TICKET, "proxy") == "on"
    assert board.mode(Ticket("8", group_id=6), "proxy") == "shadow"


def test_the_most_silent_of_those_that_fit_wins(database: Database) -> None:
    board = SwitchBoard(database, "on")
    board.set_mode("global", "on", "ana", "")
    board.set_mode("group:5", "on_request", "ana", "")
    board.set_mode("form:6", "shadow", "ana", "")
    board.set_mode("scenario:proxy", "off", "ana", "")

    assert board.mode(TICKET, "proxy") == "off"
    assert board.mode(TICKET, "firewall") == "shadow"
    assert board.clear_mode("form:6") is True
    assert board.mode(TICKET, "firewall") == "on_request"
    assert list(board.modes()) == ["global", "group:5", "scenario:proxy"]


@pytest.mark.parametrize("scope", ["group", "group:", "group:abc", "team:5", "", "scenario:"])
def test_a_scope_that_does_not_exist_is_refused(database: Database, scope: str) -> None:
    with pytest.raises(ValueError, match="is not a scope"):
        SwitchBoard(database).set_mode(scope, "on", "ana", "")


def test_a_mode_that_does_not_exist_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="is not a mode: use off, shadow, on_request, on"):
        SwitchBoard(database).set_mode("global", "loud", "ana", "")  # type: ignore[arg-type]  # on purpose


def test_before_the_first_watermark_no_ticket_is_new_enough(database: Database) -> None:
    assert SwitchBoard(database).watermark() > START + timedelta(days=365_000)


def test_the_watermark_is_set_once(database: Database) -> None:
    board = SwitchBoard(database)

    assert board.set_watermark(START, "provision") == START
    assert board.set_watermark(START + timedelta(days=1), "provision") == START


def test_a_kept_board_sees_a_pause_within_two_seconds(database: Database) -> None:
    board, operator = KeptSwitchBoard(database), SwitchBoard(database)
    assert not board.paused()

    operator.pause("jo", "too chatty")
    began = time.monotonic()
    while not board.paused():
        time.sleep(0.05)

    assert time.monotonic() - began < 60


def test_a_kept_board_sees_its_own_changes_at_once(database: Database) -> None:
    board = KeptSwitchBoard(database, default_mode="on")
    at = datetime(2026, 11, 1, tzinfo=UTC)
    assert board.mode(TICKET, "proxy") == "on"
    board.set_mode("scenario:proxy", "off", "jo", "wrong")
    assert board.mode(TICKET, "proxy") == "off"
    board.clear_mode("scenario:proxy")

    assert board.mode(TICKET, "proxy") == "on"
    assert board.set_watermark(at, "jo") == at
