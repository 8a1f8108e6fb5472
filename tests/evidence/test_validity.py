"""A certificate's dates are compared with the day that the paste tells, and with no other."""

from datetime import date

import pytest

from bot.evidence.moments import dates_in, today_of
from tests.evidence.pasted_samples import decisive

_CLOCK = "$ date\nTue Nov 24 13:20:11 UTC 2026\n"
_ASKED = "$ echo | openssl s_client -connect customers.example_company.com:443 | openssl x509 "


@pytest.mark.parametrize(
    "written",
    ["Nov 24 13:20:11 2026 GMT", "24 Nov 2026", "2026-11-24T10:00:00", "24.11.2026",
     "11/24/2026 1:20:11 PM", "November 24, 2026", "24. November 2026"],
)  # fmt: skip
def test_a_date_is_read_in_every_notation(written: str) -> None:
    assert next(dates_in(written)) == date(2026, 11, 24)


def test_the_end_of_a_licence_is_not_the_day_of_the_paste() -> None:
    assert today_of(["License valid until 2027-11-24", "today is 2026-11-24"]) == date(2026, 11, 24)


def test_a_term_that_is_over_is_never_fine() -> None:
    seen = decisive(f"{_CLOCK}{_ASKED}-noout -enddate\nnotAfter=Nov  1 09:00:00 2026 GMT")

    assert seen is not None
    assert (seen.cause, seen.verdict) == ("tls_expired", "fail")


def test_without_a_day_in_the_paste_dates_decide_nothing() -> None:
    seen = decisive(f"{_ASKED}-noout -enddate\nnotAfter=Nov  1 09:00:00 2020 GMT")

    assert seen is not None
    assert seen.verdict == "unknown"


def test_the_words_for_a_term_are_no_trouble() -> None:
    seen = decisive(
        "$ nmap -p 443 --script ssl-cert customers.example_company.com\n"
        "Nmap scan report for customers.example_company.com (104.18.40.10)\n"
        "443/tcp open  https\n"
        "| Not valid before: 2026-10-01T00:00:00\n| Not valid after:  2026-12-30T23:59:59\n"
    )

    assert seen is not None
    assert seen.layer == "ok"
