"""Files that are cut, damaged or of the wrong shape: a clear answer, never an exception."""

import io
import json
import random
from typing import Any

import pytest

from bot.evidence.har.analysis import HarReport, analyse
from bot.evidence.har.redaction import redact_har
from bot.evidence.har.source import UnreadableError
from tests.evidence.har_case import Case
from tests.evidence.har_cases_exporters import EXPORTERS
from tests.evidence.har_cases_files import FILES
from tests.evidence.har_cases_graphql import GRAPHQL_CASES
from tests.evidence.har_leaks import leaks

_NAMES = {"chrome_batched", "mitmproxy", "graphql_ws", "multipart", "attached", "gz", "utf16"}
CASES = [one for one in (*EXPORTERS, *GRAPHQL_CASES, *FILES) if one.name in _NAMES]
WRONG: list[Any] = [None, -1, 1.5, True, [], {}, "x", [[]], [None], {"a": {}}, "\ud800", 10**30]


def read(data: bytes) -> tuple[HarReport | None, str]:
    """Analyse and redact; what is no archive at all is refused in words."""
    out = io.BytesIO()
    try:
        report = analyse(io.BytesIO(data))
        redact_har(io.BytesIO(data), out)
    except UnreadableError as error:
        return None, str(error)
    assert isinstance(json.loads(out.getvalue())["log"]["entries"], list)
    return report, out.getvalue().decode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_cut_anywhere_tells_so_and_leaks_nothing(case: Case) -> None:
    for share in range(1, 10):
        report, text = read(case.data[: len(case.data) * share // 10])

        if report is None:
            assert "archive is damaged" in text
        else:  # of a zip archive the HAR may be whole and the bodies beside it missing
            assert report.state != "complete" or report.outcome == "unknown"
        assert leaks(case.session.planted, text) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_damaged_bytes_never_raise(case: Case) -> None:
    rng = random.Random(case.name)
    for many in (1, 5, 40):
        damaged = bytearray(case.data)
        for _ in range(many):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        read(bytes(damaged))
    middle = len(case.data) // 2
    read(case.data[:middle] + b"\0" * 50 + case.data[middle:])


def _entry() -> dict[str, Any]:
    post = {"mimeType": "application/json", "text": "{}"}
    return {
        "request": {"method": "POST", "url": "https://x.example/api/graphql", "postData": post},
        "response": {"status": 200, "content": {"text": "{}"}},
    }


def _spoilt(path: str, value: Any) -> bytes:
    entry: Any = _entry()
    place = entry
    *above, last = path.split(".")
    for key in above:
        place = place.setdefault(key, {})
    place[last] = value
    return json.dumps({"log": {"entries": [entry, _entry()]}}).encode()


@pytest.mark.parametrize(
    "path",
    [
        "request", "response", "_webSocketMessages", "startedDateTime", "_initiator",
        "request.method", "request.url", "request.headers", "request.cookies", "request.postData",
        "request.queryString", "request._content", "request.postData.text",
        "request.postData.params", "request.postData.mimeType", "request.postData.encoding",
        "response.status", "response.headers", "response.cookies", "response.content",
        "response.redirectURL", "response.content.text", "response.content.encoding",
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_no_value(path: str) -> None:
    for value in WRONG:
        report, _ = read(_spoilt(path, value))

        assert report is not None
        assert report.entries == 2


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_a_log_of_the_wrong_type_is_no_har(value: Any) -> None:
    for whole in (value, {"log": value}, {"log": {"entries": value}}):
        report, _ = read(json.dumps(whole).encode())

        assert report is not None
        assert report.outcome in {"unparseable", "no_activation_attempt"}


@pytest.mark.parametrize(
    "data",
    [
        b'{"log":{"entries":[' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"]}}",
        b"[" * 200_000,
        b'{"log":{"entries":[{"request":{"url":"x"},"_deep":"' + b"[" * 20_000 + b'"}]}}',
        b'{"log":{"entries":[{"request":NaN,"time":Infinity,"request":{"url":"x"},"n":1e999}]}}',
        b'{"log":{"entries":[{"request":{"url":"' + b'\\"' * 100_000 + b'"}}]}}',
        b"\xef\xbb\xbf", b"", b"\0" * 5000, b"PK\x03\x04", b"\x1f\x8b", b"\x78\x9c",
    ],
    ids=["deep", "lists", "deep text", "numbers", "quotes", "mark", "empty", "nul", "zip", "gzip",
         "zlib"],
)  # fmt: skip
def test_strange_json_and_no_json_never_raise(data: bytes) -> None:
    read(data)


def test_a_giant_string_is_left_out_and_the_rest_is_read() -> None:
    giant = json.dumps({"request": {"url": "https://x.example/a"}, "_big": "a" * 6_000_000})
    data = f'{{"log":{{"entries":[{giant},{json.dumps(_entry())}]}}}}'.encode()
    report, text = read(data)

    assert report is not None
    assert report.entries == 2
    assert "left out: longer than 1 MB" in text
    assert len(text) < 10_000
