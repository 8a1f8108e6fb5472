"""Zendesk's limits: a Retry-After stops everybody, short waits are taken."""

import pytest

from bot.zendesk.budget import InMemoryBudget, UnnamedWaits
from bot.zendesk.errors import (
    GatewayTrouble,
    RateLimited,
)
from bot.zendesk.session import ZendeskSession
from tests.zendesk.conftest import OpenSession
from tests.zendesk.session_calls import READ, WRITE, caught
from tests.zendesk.stub_zendesk import (
    Handler,
    StubZendesk,
    answers,
)


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("0", 1), (None, 2), ("soon", 2)])
def test_a_429_stops_everybody_for_as_long_as_zendesk_says(
    stub: StubZendesk, open_session: OpenSession, header: str | None, seconds: float
) -> None:
    clock = [100.0]
    session = open_session(budget=InMemoryBudget(lambda: clock[0]), patience=0.5)
    headers = {} if header is None else {"retry-after": header}
    stub.fail("PUT", "/tickets/", answers(429, b"Too many", **headers))

    error = caught(session, WRITE)
    calls_before = len(stub.seen)
    later = caught(session, READ) if seconds > 1 else None
    clock[0] += seconds
    session.ask(READ)

    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds
    assert error.retry_safe
    assert later is None or isinstance(later, RateLimited)
    assert len(stub.seen) == calls_before + 1


@pytest.mark.parametrize(
    "headers",
    [
        {"zendesk-rate-limit-tickets-update": "total=100; remaining=0; resets=41"},
        {"ratelimit-limit": "700", "ratelimit-remaining": "0", "ratelimit-reset": "41"},
    ],
)
def test_a_429_without_a_time_lasts_until_the_spent_window_ends(headers: dict[str, str]) -> None:
    assert UnnamedWaits().next(headers) == 41


def test_a_429_without_a_time_is_waited_for_longer_each_time() -> None:
    waits = UnnamedWaits()
    assert [waits.next({}) for _ in range(7)] == [2, 4, 8, 16, 32, 60, 60]
    waits.forget()

    assert waits.next({"zendesk-rate-limit-tickets-update": "total=9; remaining=3; resets=9"}) == 2


def test_a_429_of_one_ticket_does_not_stop_the_others(
    stub: StubZendesk, session: ZendeskSession
) -> None:
    limits = "total=30; remaining=0; resets=468"
    headers = {"retry-after": "468", "zendesk-ratelimit-per-ticket-updates": limits}
    stub.fail("PUT", "/tickets/", answers(429, {"error": "TooMany"}, **headers))

    caught(session, WRITE)
    again = caught(session, WRITE)

    assert isinstance(again, RateLimited)
    assert len(stub.calls("PUT")) == 1
    assert session.ask(READ)


def test_a_503_with_a_time_stops_everybody_too(stub: StubZendesk, session: ZendeskSession) -> None:
    def busy(handler: Handler) -> None:
        handler.reply(503, b"<html>maintenance</html>", {"retry-after": "20"})

    stub.fail("GET", "/tickets/", busy)

    assert isinstance(caught(session, READ), GatewayTrouble)
    assert isinstance(caught(session, READ), RateLimited)
    assert len(stub.calls()) == 1


def test_a_short_429_is_waited_for_when_there_is_patience(
    stub: StubZendesk, open_session: OpenSession
) -> None:
    clock = [0.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    session = open_session(budget=InMemoryBudget(lambda: clock[0]), sleep=sleep, patience=60.0)
    stub.fail("GET", "/tickets/", answers(429, {}, retry_after="25"), times=2)

    session.ask(READ)

    assert slept == [25.0, 25.0]
    assert len(stub.calls("GET", "/tickets/")) == 3


def test_a_short_wait_for_the_budget_is_taken_within_the_call(
    stub: StubZendesk, open_session: OpenSession
) -> None:
    clock = [0.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock[0] += seconds

    budget = InMemoryBudget(lambda: clock[0])
    session = open_session(budget=budget, sleep=sleep, patience=1.0)
    budget.block(0.5)

    session.ask(READ)

    assert slept == [0.5]
