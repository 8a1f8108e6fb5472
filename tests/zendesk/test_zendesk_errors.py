"""Zendesk's many error shapes, in words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.zendesk.budget import InMemoryBudget, retry_after
from bot.zendesk.credentials import lifetime
from bot.zendesk.errors import GatewayTrouble, NotFound, OutcomeUnknown, Rejected, error_of, spoken

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "Couldn\'t authenticate you"}', "Couldn't authenticate you"),
        (
            b'{"error": "RecordNotFound", "description": "Not found"}',
            "RecordNotFound: Not found",
        ),
        (b'{"error": {"title": "Forbidden", "message": "Ask"}}', "Forbidden: Ask"),
        (b'{"errors": [{"code": "A", "title": "b", "detail": "c"}, "d"]}', "A: b: c; d"),
        (
            b'{"error": "R", "details": {"base": [{"description": "Tags: no"}], "value": "bad"}}',
            "R: base: Tags: no; value: bad",
        ),
        (b'{"error": "invalid_client", "error_description": "No"}', "invalid_client: No"),
        (b'["one", {"message": "two"}]', "one; two"),
        (b'"plain"', "plain"),
        (b'{"details": null, "description": 5}', ""),
        (b"<!DOCTYPE html><p>x", "an HTML page"),
        (b"\xff\xfe", ""),
        (b"", ""),
    ],
)
def test_every_error_shape_becomes_one_line(body: bytes, words: str) -> None:
    assert spoken(body) == words


def test_a_long_error_is_shortened() -> None:
    said = spoken(b'{"error": "' + b"x" * 9000 + b'"}')

    assert len(said) == 300
    assert said.endswith("…")


@pytest.mark.parametrize("status", [400, 405, 406, 413, 415, 422, 451])
def test_other_refusals_are_rejections(status: int) -> None:
    error = error_of(status, {}, b"{}", route="triggers", writes=True)

    assert type(error) is Rejected
    assert not error.may_be_applied


@pytest.mark.parametrize(
    ("status", "body"),
    [(408, b"{}"), (423, b"{}"), (425, b"{}"), (400, b"<html>"), (404, b"<html>"), (422, b"<p>")],
)
def test_a_refusal_that_passes_or_is_not_zendesks_own_is_asked_again(
    status: int, body: bytes
) -> None:
    read = error_of(status, {}, body, route="tickets.read", writes=False)
    write = error_of(status, {}, body, route="tickets.update", writes=True)

    assert type(read) is GatewayTrouble
    assert type(write) is OutcomeUnknown


def test_a_route_that_the_account_lacks_is_not_found_by_its_page_either() -> None:
    assert type(error_of(404, {}, b"<html>", route="audits.list", writes=False)) is NotFound


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("93", 93.0),
        ("0.5", 0.5),
        ("-4", 0.0),
        ("nan", None),
        ("inf", 900.0),
        ("86400", 900.0),
        ("Tue, 24 Nov 2026 02:01:30 GMT", 90.0),
        ("Tue, 24 Nov 2026 01:00:00 GMT", 0.0),
        ("Tue, 24 Nov 2026 02:01:30", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": header}, NOW) == seconds


def test_a_date_is_read_by_the_clock_of_whoever_wrote_it() -> None:
    headers = {
        "date": "Tue, 24 Nov 2020 02:00:00 GMT",
        "retry-after": "Tue, 24 Nov 2020 02:00:20 GMT",
    }

    assert retry_after(headers) == 20.0


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (300, 300.0),
        (1800, 1800.0),
        ("1800", 1800.0),
        (172_800, 172_800.0),
        (1_800_000, 1800.0),
        (10**12, 1800.0),
        (5, 5.0),
        (0, 1800.0),
        (-1, 1800.0),
        (None, 1800.0),
        (True, 1800.0),
        ("soon", 1800.0),
    ],
)
def test_a_token_lives_as_long_as_zendesk_can_have_meant(expires_in: Any, seconds: float) -> None:
    assert lifetime(expires_in) == seconds


def test_without_headers_a_hundred_updates_a_minute_are_allowed_less_a_reserve() -> None:
    clock = [0.0]
    budget = InMemoryBudget(lambda: clock[0])

    automatic = [budget.acquire("tickets.update", n, 0) for n in range(96)]
    commands = [budget.acquire("tickets.update", 1000 + n, 1) for n in range(6)]
    clock[0] = 61.0
    later = budget.acquire("tickets.update", 5, 0)

    assert [wait for wait in automatic if wait] == [60.0]
    assert [wait for wait in commands if wait] == [60.0]
    assert later == 0.0


def test_one_ticket_takes_thirty_updates_in_ten_minutes() -> None:
    budget = InMemoryBudget(lambda: 0.0)

    waits = [budget.acquire("tickets.update", 7, 1) for _ in range(31)]

    assert waits == [0.0] * 30 + [600.0]
    assert budget.acquire("tickets.update", 8, 1) == 0.0
    assert budget.acquire("tickets.read", 7, 1) == 0.0


def test_limits_are_learnt_from_headers() -> None:
    clock = [0.0]
    budget = InMemoryBudget(lambda: clock[0])
    headers = {
        "x-rate-limit": "700",
        "x-rate-limit-remaining": "699",
        "zendesk-rate-limit-tickets-update": "total=300; remaining=298; resets=59",
    }

    budget.learn("tickets.update", headers, 7)
    waits = [budget.acquire("tickets.update", n, 0) for n in range(293)]

    assert not any(waits)
    assert budget.acquire("tickets.update", 5000, 0) == 59.0


def test_nonsense_in_headers_is_ignored() -> None:
    budget = InMemoryBudget(lambda: 0.0)

    budget.learn("x", {"x-rate-limit": "many", "ratelimit-remaining": "-1"}, None)
    budget.learn("x", {"zendesk-rate-limit-tickets-update": "remaining=0"}, None)

    assert budget.acquire("tickets.update", 7, 0) == 0.0


def test_a_shorter_wait_never_shortens_a_longer_one() -> None:
    budget = InMemoryBudget(lambda: 0.0)

    budget.block(60)
    budget.block(5)

    assert budget.acquire("tickets.read", None, 1) == 60.0
