"""Globalping refuses, is silent or talks nonsense: one clear line, and its limits are kept."""

import pytest

from bot.vantages.globalping import Globalping
from tests.vantages.globalping_looks import NOW, globalping, line, look
from tests.vantages.pocket_globalping import PORTAL, pocket_globalping

pytestmark = pytest.mark.usefixtures("loopback")


def test_no_probes_anywhere_is_one_line() -> None:
    error = {"error": {"type": "no_probes_found", "message": "No suitable probes."}}
    with pocket_globalping(refusals=[(422, {}, error)] * 3) as desk:
        seen, _ = globalping(desk)("FR")

    assert line(seen) == "Globalping: No suitable probes."


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "17"}, 17.0),
        ({"X-RateLimit-Reset": "1200"}, 1200.0),
        ({}, 60.0),
        ({"Retry-After": "999999"}, 3600.0),
        ({"Retry-After": "Tue, 24 Nov 2026 03:00:00 GMT"}, 60.0),
    ],
)
def test_a_limit_is_kept_for_as_long_as_it_says(headers: dict[str, str], wait: float) -> None:
    body = {"error": {"type": "rate_limit_exceeded", "message": "API rate limit exceeded."}}
    with pocket_globalping(refusals=[(429, headers, body)]) as desk:
        seen, told = globalping(desk)("")

    assert told == wait
    assert line(seen) == "Globalping: limit reached: API rate limit exceeded."
    assert len(desk.asked) == 1


def test_a_limit_in_mid_run_keeps_what_was_measured() -> None:
    with pocket_globalping(most=2) as desk:
        seen, _ = globalping(desk)("")

    assert seen.assessment.activates == "yes"
    assert {item.probe for item in seen.observations} == {"https", "tls"}


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ((400, {}, {"error": {"message": "Parameter validation failed."}}),
         "Globalping: answers 400: Parameter validation failed."),
        ((500, {}, b"<html>oops</html>"), "Globalping: answers 500"),
        ((202, {}, b"not json"), "Globalping: the answer names no measurement"),
        ((202, {}, {"id": "../../x", "probesCount": 1}),
         "Globalping: the answer names no measurement"),
        ((202, {}, b"x" * 3_000_000), "Globalping: its answer is too large"),
    ],
)  # fmt: skip
def test_an_answer_that_is_of_no_use_is_one_line(
    refusal: tuple[int, dict[str, str], object], said: str
) -> None:
    with pocket_globalping(refusals=[refusal]) as desk:
        seen, wait = globalping(desk)("")

    assert line(seen) == said
    assert wait == 0.0


def test_a_fault_while_reading_is_asked_again() -> None:
    seen, _ = look(read_faults=[500, 502, 429])

    assert seen.assessment.activates == "yes"


def test_a_measurement_that_is_gone_says_nothing() -> None:
    seen, _ = look(read_faults=[404] * 5)

    assert seen.assessment.activates == "unknown"


def test_the_token_is_sent_when_there_is_one_and_never_shown() -> None:
    with pocket_globalping(token="gp-token") as desk:
        vantage = globalping(desk, token="gp-token")
        seen, _ = vantage("")

    assert seen.assessment.activates == "yes"
    assert desk.seen_tokens == {"Bearer gp-token"}
    assert "gp-token" not in repr(vantage)


def test_without_a_token_nothing_is_sent_for_one() -> None:
    _, desk = look()

    assert desk.seen_tokens == {""}


def test_a_token_that_is_not_accepted_is_named() -> None:
    with pocket_globalping(token="gp-token") as desk:
        seen, _ = globalping(desk, token="old")("")

    assert line(seen) == "Globalping: does not accept GLOBALPING_TOKEN"


def test_without_a_network_it_is_one_line() -> None:
    with pocket_globalping() as desk:
        gone = globalping(desk)
    seen, wait = gone("")

    assert line(seen) == "Globalping: cannot be reached (ConnectError)"
    assert wait == 0.0


def test_silence_is_one_line() -> None:
    with pocket_globalping(silence=1.0) as desk:
        vantage = Globalping(
            f"https://{PORTAL}/", "DE", lambda: NOW, api=desk.url, call_seconds=0.2
        )
        seen, _ = vantage("")

    assert line(seen) == "Globalping: does not answer in time"
