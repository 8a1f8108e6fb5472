"""What was salvaged of a cut recording is a HAR 1.2 that other readers accept."""

import io
import json
from typing import Any

import pytest

from bot.evidence.har.analysis import analyse
from bot.evidence.har.causes import cause_of_words
from bot.evidence.har.redaction import redact_har
from tests.evidence.har_leaks import leaks
from tests.evidence.har_scenarios import connectivity, made

#: HAR 1.2, what is not optional.
ENTRY = {
    "startedDateTime": str, "time": (int, float), "request": dict, "response": dict, "cache": dict,
    "timings": dict,
}  # fmt: skip
MESSAGE = {
    "httpVersion": str, "cookies": list, "headers": list, "headersSize": int, "bodySize": int,
}  # fmt: skip
REQUEST = {**MESSAGE, "method": str, "url": str, "queryString": list}
RESPONSE = {
    **MESSAGE, "status": int, "statusText": str, "content": dict, "redirectURL": str,
}  # fmt: skip
CONTENT = {"size": int, "mimeType": str}
TIMINGS = {"send": (int, float), "wait": (int, float), "receive": (int, float)}


def faults(node: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    return [key for key, kind in wanted.items() if not isinstance(node.get(key), kind)]


def entry_faults(entry: dict[str, Any]) -> list[str]:
    bad = faults(entry, ENTRY)
    if bad:
        return bad
    request, response = entry["request"], entry["response"]
    pairs = [*request["headers"], *response["headers"], *request["queryString"]]
    return [
        *faults(request, REQUEST), *faults(response, RESPONSE), *faults(entry["timings"], TIMINGS),
        *faults(response["content"], CONTENT),
        *(f"pair {p}" for p in pairs if faults(p, {"name": str, "value": str})),
    ]  # fmt: skip


@pytest.mark.parametrize("dialect", ["chrome", "firefox"])
def test_a_recording_cut_anywhere_becomes_a_valid_har(dialect: str) -> None:
    sample = made(connectivity, dialect, 4)
    raw = sample.text().encode()
    for share in range(3, 97, 5):
        out, again = io.BytesIO(), io.BytesIO()
        report = redact_har(io.BytesIO(raw[: len(raw) * share // 100]), out)
        log = json.loads(out.getvalue())["log"]
        redact_har(io.BytesIO(out.getvalue()), again)

        assert [entry_faults(entry) for entry in log["entries"] if entry_faults(entry)] == []
        assert {"name", "version"} <= log["creator"].keys()
        assert log["_salvaged"] == "truncated"
        assert leaks(sample.secrets, out.getvalue().decode()) == []
        assert again.getvalue() == out.getvalue()
        assert analyse(out).cause == report.cause


def test_what_was_put_in_for_a_lost_part_is_told() -> None:
    raw = b'{"log":{"entries":[{"startedDateTime":"2026-11-20T09:00:00Z","request":{"method":"GE'
    out = io.BytesIO()
    redact_har(io.BytesIO(raw), out)
    entry = json.loads(out.getvalue())["log"]["entries"][0]

    assert entry["_incomplete"] == ["time", "response", "cache", "timings"]
    assert entry["response"]["status"] == 0


#: DESIGN 4.1: words of our own probes, which a HAR never uses.
PROBES_ONLY = {"http_connection_closed", "http_slow", "tcp_partial", "dns_first_resolver_dead"}


def test_a_connection_that_ended_without_an_answer_is_told_in_the_words_of_hars() -> None:
    assert cause_of_words(("end of file reached",)) == "http_unexpected_status"
    assert cause_of_words(("EOFError: end of file reached",)) not in PROBES_ONLY
