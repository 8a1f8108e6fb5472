"""Numbers that no HAR should hold: read as nothing, and never written as what is no JSON."""

import io
import json

import pytest

from bot.evidence.har.analysis import analyse
from bot.evidence.har.node import number_at
from bot.evidence.har.redaction import redact_har
from tests.evidence.har_scenarios import connectivity, made

ODD = ["1e309", "-1e999", "NaN", "Infinity", "1" * 5000, '"--5"', '"------------5"', '"٣"', "1e3"]


def strict(text: str) -> object:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("number", ODD, ids=lambda number: number[:12])
@pytest.mark.parametrize("key", ["status", "bodySize", "time", "_transferSize", "version"])
def test_a_number_that_is_none_raises_nothing_and_the_copy_is_json(number: str, key: str) -> None:
    log = made(connectivity, "chrome", 3, hiding=False).log
    entries = log["entries"]
    assert isinstance(entries, list)
    for holder in (
        log,
        *entries,
        *(e["response"] for e in entries),
        *(e["request"] for e in entries),
    ):
        holder[key] = "PUT-IT-HERE"
    raw = json.dumps({"log": log}).replace('"PUT-IT-HERE"', number).encode()
    once, again = io.BytesIO(), io.BytesIO()

    analyse(io.BytesIO(raw))
    redact_har(io.BytesIO(raw), once)
    redact_har(once, again)

    strict(once.getvalue().decode())
    assert again.getvalue() == once.getvalue()


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (200, 200), ("200", 200), (" -1 ", -1), (204.0, 204), ("1" * 20, int("1" * 12)),
        ("--5", None), ("-" * 12 + "5", None), ("200 OK", None), ("", None), (True, None),
        (None, None), ("²", None),
    ],
)  # fmt: skip
def test_a_whole_number_is_read_and_nothing_else(
    value: str | float | None, number: int | None
) -> None:
    assert number_at({"status": value}, "status") == number
