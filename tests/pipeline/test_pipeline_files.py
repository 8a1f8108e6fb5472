"""What a ticket's files say reaches the note, and so does a live session inside."""

from dataclasses import replace

import pytest

from bot.pipeline.attached import AttachmentReader
from bot.pipeline.ports import Later
from bot.runbook.ticket import Attachment, Comment, Ticket
from bot.zendesk.errors import RateLimited, Unreachable
from tests.fakes import START
from tests.pipeline.house import JOB, House
from tests.pipeline.test_pipeline_attached import CODE, COOKIE, Files, har

FAILED = har(["The activation code is not valid"])
TICKET = Ticket(
    id="236163",
    subject="Activation fails",
    description="Our cloud license cannot be activated, see the HAR file.",
    tags=("cloud-licensing",),
    status="open",
    created_at=START,
    updated_stamp=START.isoformat(),
    comment_count=1,
    description_attachments=(Attachment(7, "trace.har", "https://acme.zendesk.com/7"),),
)


def house_with(files: Files, ticket: Ticket = TICKET) -> House:
    house = House(ticket)
    house.handler = replace(house.handler, files=AttachmentReader(files))
    return house


def note_of(house: House) -> str:
    (note,) = house.desk.notes
    assert note.html is not None
    return note.html


def test_the_note_warns_of_a_live_session_without_showing_it() -> None:
    house = house_with(Files({7: FAILED}))

    house.handler(JOB)

    note = note_of(house)
    assert "Live session" in note
    assert "trace.har" in note
    assert COOKIE not in note
    assert CODE not in note


def test_the_har_decides_the_scenario() -> None:
    house = house_with(Files({7: FAILED}))

    house.handler(JOB)

    note = note_of(house)
    assert "The activation code is not valid" in note


def test_a_file_that_does_not_come_costs_no_note() -> None:
    house = house_with(Files({7: Unreachable("no connection")}))

    house.handler(JOB)

    assert "could not be fetched" in note_of(house)


def test_a_new_live_session_is_news() -> None:
    second = Attachment(8, "again.har", "https://acme.zendesk.com/8")
    files = Files({7: FAILED, 8: FAILED})
    house = house_with(files)
    reading = AttachmentReader(files)
    newer = replace(TICKET, comments=(Comment("customer", "again", 9, attachments=(second,)),))

    before = house.handler.files(TICKET)
    after = reading(newer)

    assert [one.file for one in before.cautions] == ["trace.har"]
    assert [one.file for one in after.cautions] == ["again.har", "trace.har"]


def test_a_spent_budget_gives_the_job_back() -> None:
    house = house_with(Files({7: RateLimited("spent", 5)}))

    with pytest.raises(Later):
        house.handler(JOB)
    assert not house.desk.notes
