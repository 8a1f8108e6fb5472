"""One JSON line per record, without what an exception quotes."""

import io
import json
import logging

from bot.log import JsonLines


def line_of(record: logging.LogRecord) -> dict[str, object]:
    text = JsonLines().format(record)
    assert len(text.splitlines()) == 1
    line: dict[str, object] = json.loads(text)
    return line


def record(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("bot.web", logging.INFO, "x.py", 1, message, arguments, None)
    vars(made).update(extra)
    return made


def test_a_line_has_time_level_logger_message_and_what_was_added() -> None:
    line = line_of(record("event %s", "taken", ticket=4711, outcome="accepted"))

    assert line.pop("time")
    assert line == {
        "level": "info",
        "logger": "bot.web",
        "message": "event taken",
        "ticket": 4711,
        "outcome": "accepted",
    }


def test_line_breaks_and_other_scripts_stay_inside_their_line() -> None:
    assert line_of(record("a\nb\u2028é"))["message"] == "a\nb\u2028é"


def test_half_a_surrogate_pair_does_not_break_the_stream() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    handler.setLevel(logging.INFO)
    handler.emit(record("cut \ud83d"))
    stream.flush()

    written = stream.buffer
    assert isinstance(written, io.BytesIO)
    assert json.loads(written.getvalue())["message"] == "cut \ud83d"


def test_an_exception_is_its_type_and_its_place_without_its_words() -> None:
    made = record("failed")
    try:
        int("the customer's words")
    except ValueError as error:
        made.exc_info = (type(error), error, error.__traceback__)
    text = JsonLines().format(made)

    assert json.loads(text)["exception"] == "ValueError"
    assert json.loads(text)["where"].startswith("test_log.py:")
    assert "customer" not in text


def test_a_value_that_json_does_not_know_is_written_as_text() -> None:
    assert line_of(record("x", where_to=object))["where_to"] == "<class 'object'>"
