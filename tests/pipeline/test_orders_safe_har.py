"""A HAR is replaced by its safe copy: asked twice, never lost, never written twice."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.evidence.har.analysis import analyse
from bot.pipeline.ports import Later
from bot.store.database import Database
from bot.zendesk.errors import ScopeMissing
from tests.fakes import Killed
from tests.pipeline.order_house import AGENT, OTHER, OrderHouse, order_house
from tests.pipeline.test_pipeline_attached import CODE, COOKIE, har

TAG = "cl_safe_har"
HAR = har(["The activation code is invalid"])


@pytest.fixture
def house(loopback: None, database: Database) -> Iterator[OrderHouse]:
    with order_house(database) as opened:
        yield opened


def has_secret(content: bytes) -> bool:
    return COOKIE.encode() in content or CODE.encode() in content


def replace_by_copy(house: OrderHouse, ticket: int) -> str:
    house.order(ticket, TAG)
    return house.order(ticket, TAG)


def test_the_first_use_only_asks_and_takes_the_tag_away(house: OrderHouse) -> None:
    ticket = house.file_ticket(("session.har", HAR))

    house.order(ticket, TAG)

    (note,) = house.notes(ticket)
    assert "Replace 1 HAR file by safe copies?" in note
    assert "session.har" in note
    assert "1 session" in note or "cookie" in note
    assert "cannot be undone" in note
    assert COOKIE not in note
    assert TAG not in house.ticket(ticket).tags
    assert house.files(ticket) == {"session.har": HAR}


def test_the_second_use_brings_the_copy_and_redacts_the_original(house: OrderHouse) -> None:
    ticket = house.file_ticket(("session.har", HAR), ("shot.png", b"\x89PNG picture"))

    replace_by_copy(house, ticket)

    files = house.files(ticket)
    assert set(files) - {"redacted.txt"} == {"shot.png", "session.safe.har"}
    assert not any(has_secret(content) for content in files.values())
    _, copies, done = house.notes(ticket)
    assert "attached here" in copies
    assert f"user {AGENT}" in copies
    assert "Redacted: 1 HAR file" in done
    assert TAG not in house.ticket(ticket).tags


def test_the_safe_copy_is_a_har_that_says_the_same(house: OrderHouse) -> None:
    ticket = house.file_ticket(("session.har", HAR))

    replace_by_copy(house, ticket)

    copy = house.files(ticket)["session.safe.har"]
    assert json.loads(copy)["log"]["entries"]
    report = analyse(io.BytesIO(copy))
    assert (report.outcome, report.error_strings) == ("failed", ("The activation code is invalid",))


@pytest.mark.parametrize(
    "where",
    ["before upload", "after upload", "before redact", "after redact"],
)
def test_a_kill_at_any_step_loses_nothing_and_writes_nothing_twice(
    house: OrderHouse, where: str
) -> None:
    ticket = house.file_ticket(("one.har", HAR), ("two.har", har(["Other words"])))
    house.order(ticket, TAG)
    house.vault.dies = [where, where]

    house.order(ticket, TAG)

    files = house.files(ticket)
    assert {"one.safe.har", "two.safe.har"} <= set(files)
    assert not any(has_secret(content) for content in files.values())
    assert len(house.notes(ticket)) == 3
    assert house.vault.dies == []
    assert TAG not in house.ticket(ticket).tags


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("match", "nth"),
    [
        (r"PUT /api/v2/tickets/\d+$", 1),
        (r"PUT /api/v2/tickets/\d+$", 2),
        (r"PUT /api/v2/comment_redactions/", 2),
        (r"POST /api/v2/uploads", 2),
    ],
    ids=["copies", "told", "redaction", "upload"],
)
def test_a_lost_answer_at_any_write_is_looked_for_and_never_repeated_blindly(
    house: OrderHouse, match: str, nth: int, when: str
) -> None:
    ticket = house.file_ticket(("session.har", HAR))
    house.order(ticket, TAG)
    house.clock.tick(10)
    house.pick(ticket, TAG)
    house.pocket.set_faults({"match": match, "nth": nth, "what": "drop", "when": when})

    house.handle(house.event(ticket))

    files = house.files(ticket)
    assert "session.safe.har" in files
    assert not any(has_secret(content) for content in files.values())
    assert len(house.notes(ticket)) == 3
    assert TAG not in house.ticket(ticket).tags


def test_a_pause_between_the_steps_holds_the_redaction_back(house: OrderHouse) -> None:
    ticket = house.file_ticket(("session.har", HAR))
    house.order(ticket, TAG)
    house.clock.tick(10)
    house.pick(ticket, TAG)
    house.vault.dies = ["after upload"]
    job = house.event(ticket)
    with pytest.raises(Killed):
        house.handler()(job)
    house.switches.is_paused = True

    with pytest.raises(Later, match="paused"):
        house.handler()(job)
    house.switches.is_paused = False
    house.handle(job)

    assert "Redacted: 1 HAR file" in house.notes(ticket)[-1]


def test_a_log_with_a_live_session_is_named_as_what_stays(house: OrderHouse) -> None:
    log = f"Cookie: _gitlab_session={COOKIE}\n".encode()
    ticket = house.file_ticket(("session.har", HAR), ("headers.txt", log))

    house.order(ticket, TAG)

    assert "headers.txt stays: it is no HAR" in house.notes(ticket)[0]


def test_an_original_is_never_redacted_before_its_copy_stands(house: OrderHouse) -> None:
    ticket = house.file_ticket(("session.har", HAR))
    house.order(ticket, TAG)
    house.clock.tick(10)
    house.pick(ticket, TAG)
    house.pocket.set_faults({"match": rf"PUT /api/v2/tickets/{ticket}$", "what": "403"})

    with pytest.raises(ScopeMissing):
        house.handler()(house.event(ticket))

    assert house.vault.steps == ["upload"]
    assert house.files(ticket)["session.har"] == HAR


def test_a_double_click_confirms_nothing(house: OrderHouse) -> None:
    ticket = house.file_ticket(("session.har", HAR))
    house.order(ticket, TAG, after=0.0)

    outcome = house.order(ticket, TAG, after=0.0)

    assert "double click" in outcome
    assert len(house.notes(ticket)) == 1
    assert house.files(ticket) == {"session.har": HAR}
    assert TAG not in house.ticket(ticket).tags


def test_after_a_quarter_of_an_hour_it_asks_anew(house: OrderHouse) -> None:
    ticket = house.file_ticket(("session.har", HAR))
    house.order(ticket, TAG)

    house.order(ticket, TAG, after=16 * 60)

    assert ["Replace 1" in note for note in house.notes(ticket)] == [True, True]
    assert house.files(ticket) == {"session.har": HAR}


def test_a_file_that_came_since_the_question_is_asked_about(house: OrderHouse) -> None:
    ticket = house.file_ticket(("one.har", HAR))
    house.order(ticket, TAG)
    token = house.upload("two.har", har(["x"]))
    comment = {"comment": {"body": "another", "uploads": [token], "public": True}}
    house.ask("PUT", f"/api/v2/tickets/{ticket}", {"ticket": comment})

    house.order(ticket, TAG)

    assert "Replace 2 HAR files" in house.notes(ticket)[-1]
    assert house.vault.steps == []


def test_somebody_else_of_the_group_may_confirm_and_nobody_beside_it(house: OrderHouse) -> None:
    ticket = house.file_ticket(("session.har", HAR))
    house.order(ticket, TAG)

    refused = house.order(ticket, TAG, OTHER)
    after_refusal = house.files(ticket)
    house.join(OTHER)
    house.order(ticket, TAG, AGENT)

    assert "refused (group)" in refused
    assert after_refusal == {"session.har": HAR}
    assert "session.safe.har" in house.files(ticket)


def test_a_har_without_anything_to_remove_is_left_alone(house: OrderHouse) -> None:
    ticket = house.file_ticket(("notes.txt", b"just words"))

    house.order(ticket, TAG)

    assert "No HAR to replace" in house.notes(ticket)[0]


def test_a_truncated_har_is_not_replaced(house: OrderHouse) -> None:
    ticket = house.file_ticket(("cut.har", HAR[:-40]))

    house.order(ticket, TAG)

    assert "damaged" in house.notes(ticket)[0]
    assert house.files(ticket) == {"cut.har": HAR[:-40]}


def test_where_redaction_is_forbidden_the_note_says_what_is_left(house: OrderHouse) -> None:
    ticket = house.file_ticket(("session.har", HAR))
    house.order(ticket, TAG)
    house.pocket.set_faults(
        {"match": r"PUT /api/v2/comment_redactions/", "what": "403"},
        {"match": r"PUT .*/redact$", "what": "403"},
    )

    house.order(ticket, TAG)

    assert "Not redacted: session.har" in house.notes(ticket)[-1]
    assert house.files(ticket)["session.har"] == HAR
    assert "session.safe.har" in house.files(ticket)
    assert [note.state for note in house.kept(ticket) if ":done:" in note.digest] == ["abandoned"]


def test_the_ledger_keeps_who_ordered_what(house: OrderHouse) -> None:
    ticket = house.file_ticket(("session.har", HAR))
    file = house.ticket(ticket).description_attachments[0].id

    replace_by_copy(house, ticket)

    with house.database.connection() as connection:
        rows = connection.execute(
            "SELECT rule_ids FROM notes WHERE ticket_id = %s AND digest LIKE '%%:done:%%'"
            " AND state = 'done'",
            (ticket,),
        ).fetchall()
    assert rows == [(["safe_har", f"user:{AGENT}", f"attachment:{file}"],)]


def test_redacting_the_live_session_brings_no_second_verdict(house: OrderHouse) -> None:
    ticket = house.file_ticket(("session.har", HAR))
    house.switches.mark = house.clock() - timedelta(days=1)
    house.handle(house.event(ticket, "created"))
    first = house.notes(ticket)

    replace_by_copy(house, ticket)
    house.clock.tick(3600)
    outcome = house.handle(house.event(ticket, "replied"))

    assert len(first) == 1
    assert "nothing_new" in outcome
    assert len(house.notes(ticket)) == 4
