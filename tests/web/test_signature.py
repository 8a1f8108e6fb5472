"""The signature over raw bytes, and the window around the signed time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import TEST_SECRET
from bot.web.signature import is_fresh, is_signed, read_timestamp, signature_of

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STAMP = "2026-11-24T12:00:00Z"


def test_the_known_vector_is_reproduced() -> None:
    body = b'{"event":"ticket.updated","id":123}'

    assert (
        signature_of(TEST_SECRET, "2021-03-25T05:09:27Z", body)
        == "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM="
    )


def test_an_empty_body_can_be_signed() -> None:
    assert is_signed(("secret",), STAMP, b"", signature_of("secret", STAMP, b""))


def test_every_secret_of_a_rotation_is_accepted() -> None:
    signature = signature_of("old", STAMP, b"{}")

    assert is_signed(("new", "old"), STAMP, b"{}", signature)
    assert is_signed(("old", "new"), STAMP, b"{}", signature)


def test_the_public_test_secret_is_never_accepted() -> None:
    signature = signature_of(TEST_SECRET, STAMP, b"{}")

    assert not is_signed((TEST_SECRET,), STAMP, b"{}", signature)
    assert not is_signed((TEST_SECRET, "real"), STAMP, b"{}", signature)


def test_without_secrets_nothing_is_signed() -> None:
    assert not is_signed((), STAMP, b"{}", signature_of("", STAMP, b"{}"))


@pytest.mark.parametrize("signature", ["", "=", "S/RDd", "é", "a" * 10_000])
def test_another_signature_is_refused(signature: str) -> None:
    assert not is_signed(("secret",), STAMP, b"{}", signature)


def test_a_changed_byte_or_timestamp_breaks_the_signature() -> None:
    signature = signature_of("secret", STAMP, b'{"a":1}')

    assert not is_signed(("secret",), STAMP, b'{"a": 1}', signature)
    assert not is_signed(("secret",), "2026-11-24T12:00:01Z", b'{"a":1}', signature)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T12:00:00Z",
        "2026-11-24T12:00:00.000Z",
        "2026-11-24T12:00:00.672717030Z",
        "2026-11-24T12:00:00+00:00",
        "2026-11-24T13:00:00+01:00",
        "2026-11-24T06:30:00-0530",
    ],
)
def test_a_time_may_have_fractions_and_an_offset(text: str) -> None:
    read = read_timestamp(text)

    assert read is not None
    assert abs(read - NOON) < timedelta(seconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-24",
        "2026-11-24T12:00:00",
        "2026-13-24T12:00:00Z",
        "2026-11-24T12:00:00+99:00",
        "1790000000",
        "٢٠٢٦-11-24T12:00:00Z",
        "2026-11-24T12:00:00Z,2026-11-24T12:00:00Z",
    ],
)
def test_what_is_no_time_is_never_fresh(text: str) -> None:
    assert read_timestamp(text) is None
    assert not is_fresh(text, NOON)


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_within_five_minutes_is_fresh(seconds: int) -> None:
    assert is_fresh(STAMP, NOON + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_beyond_five_minutes_is_stale(seconds: int) -> None:
    assert not is_fresh(STAMP, NOON + timedelta(seconds=seconds))


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,9})?(Z|[+-]\d\d:?\d\d)"))
def test_no_text_breaks_the_reading_of_time(text: str) -> None:
    assert isinstance(is_fresh(text, NOON), bool)


@given(st.text(), st.text(), st.binary())
def test_no_header_breaks_the_comparison(timestamp: str, signature: str, body: bytes) -> None:
    assert not is_signed(("secret",), timestamp, body, signature)
