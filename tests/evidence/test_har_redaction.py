import io
import json
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.evidence.har.analysis import HarReport, analyse
from bot.evidence.har.redaction import redact_har
from bot.evidence.har.source import UnreadableError, text_pieces
from tests.evidence.har_leaks import leaks, readings
from tests.evidence.har_samples import CONNECTIVITY, Made
from tests.evidence.har_scenarios import DIALECTS, SCENARIOS, connectivity, made, wrapped

#: Every scenario in a dialect of its own and every dialect with several scenarios.
CASES = [
    (scenario, DIALECTS[(n * 4 + turn) % len(DIALECTS)], 100 * turn + n)
    for turn in range(3)
    for n, scenario in enumerate(SCENARIOS)
]


def redacted(raw: bytes) -> tuple[HarReport, str]:
    out = io.BytesIO()
    report = redact_har(io.BytesIO(raw), out)
    return report, out.getvalue().decode()


def diagnosis(report: HarReport) -> HarReport:
    return replace(report, secrets_found={}, live_session=False)


@pytest.mark.parametrize(
    "sample",
    [pytest.param(made(s, d, seed), id=f"{s.__name__}-{d}-{seed}") for s, d, seed in CASES],
)
def test_nothing_leaks_and_the_diagnosis_reads_the_same(sample: Made) -> None:
    raw = sample.text().encode()
    before, text = redacted(raw)
    after = analyse(io.BytesIO(text.encode()))
    seen = readings(text)

    json.loads(text)
    assert leaks(sample.secrets, text) == []
    assert [s for s in sample.survivors if not any(s in one for one in seen)] == []
    assert diagnosis(after) == diagnosis(before) == diagnosis(analyse(io.BytesIO(raw)))
    assert (before.outcome, before.attempts) == (sample.outcome, sample.attempts)
    assert before.cause in sample.cause.split("|")
    assert all(any(e in said for said in before.error_strings) for e in sample.errors)
    assert before.live_session
    assert not after.live_session
    assert redacted(text.encode())[1] == text


@pytest.mark.parametrize(
    "how", ["bom", "utf-16", "utf-16-be-bare", "gz", "zhar", "zip", "indented"]
)
def test_every_wrapping_is_read(how: str) -> None:
    sample = made(connectivity, "chrome", 7)
    raw = wrapped(sample.text(2 if how == "indented" else None), how)
    report, text = redacted(raw)

    assert (report.outcome, report.cause) == ("failed", "app_connectivity_generic")
    assert leaks(sample.secrets, text) == []
    assert redacted(sample.text().encode())[1] == text


@pytest.mark.parametrize("share", [n / 23 for n in range(23)])
def test_a_file_that_is_cut_off_is_salvaged_as_far_as_it_goes(share: float) -> None:
    sample = made(connectivity, "firefox", 11)
    raw = sample.text().encode()
    before, text = redacted(raw[: int(len(raw) * share)])
    after = analyse(io.BytesIO(text.encode()))

    json.loads(text)
    assert leaks(sample.secrets, text) == []
    assert before.outcome == "unparseable"
    assert before.cause in {"har_truncated", "har_malformed"}
    assert diagnosis(after) == diagnosis(before)


def test_what_was_said_before_the_cut_is_told() -> None:
    raw = made(connectivity, "chrome", 3).text().encode()
    report, text = redacted(raw[: raw.index(b"connectivity issue") + 400])

    assert report.cause == "har_truncated"
    assert report.error_strings == (CONNECTIVITY,)
    assert report.attempts == 1
    assert CONNECTIVITY in text


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        (b'}], "comment": "--', b'},], "comment": "--', "failed"),
        (b'"timings"', b',,"timings"', "unparseable"),
        (b'"time": 12.5', b'"time": NaN', "failed"),
        (b'"statusText": ""', b'"statusText": "a\x00b\tc\xff"', "failed"),
        (b'"httpVersion": "HTTP/1.1"', b'"httpVersion": "HTTP/1.1" oops', "unparseable"),
        (b'"method": "GET"', b'"method": "G"E"T"', "unparseable"),
    ],
)
def test_a_damaged_file_is_read_around_the_damage(old: bytes, new: bytes, outcome: str) -> None:
    sample = made(connectivity, "chrome", 5)
    before, text = redacted(sample.text().encode().replace(old, new, 1))

    json.loads(text)
    assert leaks(sample.secrets, text) == []
    assert before.outcome == outcome
    assert before.error_strings == (CONNECTIVITY,)
    assert diagnosis(analyse(io.BytesIO(text.encode()))) == diagnosis(before)


@pytest.mark.parametrize(
    "raw", [b"", b"<html>not a HAR</html>", b"\x89PNG\r\n", b"[]", b"{}", b"[[[["]
)
def test_what_is_no_har_is_said_and_answered_with_an_empty_one(raw: bytes) -> None:
    report, text = redacted(raw)

    assert report.outcome in {"unparseable", "no_activation_attempt"}
    assert json.loads(text)["log"]["entries"] == []


def test_a_body_too_long_to_hold_is_left_out_and_the_rest_is_read() -> None:
    sample = made(connectivity, "chrome", 13)
    sample.log["entries"][0]["response"]["content"]["text"] = "x\\\n" * 4_000_000
    tracemalloc.start()
    report, text = redacted(sample.text().encode())
    analysed = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert report.error_strings == (CONNECTIVITY,)
    assert json.loads(text)["log"]["entries"][0]["response"]["content"]["text"].startswith("[left")
    assert len(text) < 100_000
    assert analysed < 150_000_000


def test_a_zip_bomb_ends_at_the_limit() -> None:
    bomb = wrapped('{"log":{"entries":[' + " " * 50_000_000, "zip")

    assert sum(map(len, text_pieces(io.BytesIO(bomb), longest=1_000_000))) < 2_000_000


def test_an_encrypted_or_empty_archive_is_refused_with_a_reason() -> None:
    with pytest.raises(UnreadableError, match="empty"):
        analyse(io.BytesIO(b"PK\x05\x06" + bytes(18)))


_WORDS = (
    "log entries request response name value url text postData content encoding headers cookies"
    " status _webSocketMessages data payload errors password x"
)
_KEYS = st.sampled_from(_WORDS.split())
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=30,
)


@given(st.lists(_VALUES, max_size=4), st.integers(0, 60))
@settings(max_examples=150, deadline=None)
def test_no_json_of_any_shape_raises(entries: list[object], cut: int) -> None:
    raw = json.dumps({"log": {"entries": entries}}).encode()
    for one in (raw, raw[: len(raw) - cut]):
        before, text = redacted(one)
        json.loads(text)

        assert diagnosis(analyse(io.BytesIO(text.encode()))) == diagnosis(before)
        assert redacted(text.encode())[1] == text


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise(raw: bytes) -> None:
    for one in (raw, b'{"log":{"entries":[{"request":' + raw):
        try:
            json.loads(redacted(one)[1])
        except UnreadableError:
            continue


def test_a_name_that_was_itself_a_secret_says_nothing_about_its_value() -> None:
    """scripts/fuzz found that a second run took the stand-in's `token` for the value's name."""
    pair = {"name": "HoSLWXQR3JIJ2RIANCst", "value": "t*"}
    once = redacted(json.dumps({"log": {"entries": [{"x": [pair]}]}}).encode())[1]

    assert "HoSLWXQR3JIJ2RIANCst" not in once
    assert redacted(once.encode())[1] == once


def test_a_name_keeps_its_meaning_beside_a_stand_in() -> None:
    pair = {"name": "password[REDACTED_token_1]", "value": "hunter2hunter2"}

    assert "hunter2" not in redacted(json.dumps({"log": {"entries": [{"x": [pair]}]}}).encode())[1]
