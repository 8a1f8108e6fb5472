"""A HAR's report as an observation, so that it can be judged beside probes and pastes."""

from typing import Final

from bot.evidence.har.analysis import HarReport
from bot.evidence.observation import CAUSES, Fact, Observation, Verdict

_VERDICTS: Final[dict[str, Verdict]] = {
    "activated": "ok",
    "failed": "fail",
    "http_error": "fail",
    "no_response": "fail",
}
_LONGEST: Final = 300


def told_cause(report: HarReport) -> str:
    """Return the cause; an answer in words that no table knows is an answer all the same."""
    if report.outcome == "failed" and report.cause == "unclear" and report.error_strings:
        return "app_answer_unknown"
    return report.cause


def observed(report: HarReport, name: str) -> Observation:
    """Return what the HAR of this name shows; a HAR shows browser to instance, nothing beyond.

    The name must be redacted; error strings are, by the analysis.
    """
    facts: dict[str, Fact] = {
        "outcome": report.outcome,
        "attempts": report.attempts,
        "errors": report.error_strings,
        "live_session": report.live_session,
        "file": name,
        "state": report.state,
    }
    if report.http_status is not None:
        facts["http_status"] = report.http_status
    cause = told_cause(report)
    quote = report.error_strings[0] if report.error_strings else f"{name}: {report.outcome}"
    return Observation(
        probe="har",
        target=name,
        vantage="customer:har",
        layer=CAUSES[cause],
        cause=cause,
        verdict=_VERDICTS.get(report.outcome, "unknown"),
        detail=quote[:_LONGEST],
        facts=facts,
    )
