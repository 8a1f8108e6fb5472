"""Every exporter, every way to send the mutation: outcome, cause, words, and nothing secret."""

import io

import pytest

from bot.evidence.har.analysis import HarReport, analyse
from bot.evidence.har.redaction import redact_har
from tests.evidence.har_case import Case
from tests.evidence.har_cases_exporters import EXPORTERS
from tests.evidence.har_cases_files import FILES
from tests.evidence.har_cases_graphql import GRAPHQL_CASES
from tests.evidence.har_leaks import leaks

CASES = {case.name: case for case in (*EXPORTERS, *GRAPHQL_CASES, *FILES)}
each = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def safe(data: bytes) -> tuple[bytes, HarReport]:
    out = io.BytesIO()
    report = redact_har(io.BytesIO(data), out)
    return out.getvalue(), report


@each
def test_the_activation_is_read_from_every_exporter(case: Case) -> None:
    report = analyse(io.BytesIO(case.data))

    assert report.outcome in case.outcome.split()
    assert report.cause in case.cause.split()
    assert str(report.attempts) in case.attempts.split()
    assert (report.http_status or None) == case.status
    assert len(report.error_strings) == len(case.said)
    for part, told in zip(case.said, report.error_strings, strict=True):
        assert part in told


@each
def test_no_secret_is_left_and_the_diagnosis_is(case: Case) -> None:
    made, report = safe(case.data)
    text = made.decode("utf-8")

    assert leaks(case.session.planted, text) == []
    assert [part for part in case.keep if part not in text] == []
    again, second = safe(made)
    assert again == made
    assert _read(second) == _read(report) == _read(analyse(io.BytesIO(case.data)))


def _read(report: HarReport) -> tuple[object, ...]:
    return (report.outcome, report.cause, report.error_strings, report.attempts, report.http_status)
