"""Nothing new, nothing said: new wording, a new version, old tickets, a first start."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from bot.cli.ticket_file import ticket_of
from bot.pipeline.handle import Handler
from bot.runbook.book import Runbook
from bot.runbook.speak import Occasion, SpeakRules, decide
from bot.runbook.ticket import Ticket
from tests.fakes import START
from tests.pipeline.house import JOB, MANIFESTS, House

GOLDEN = sorted((Path(__file__).parents[1] / "golden").iterdir())


def golden_ticket(folder: Path) -> Ticket:
    ticket = ticket_of(json.loads((folder / "ticket.json").read_text("utf-8")))
    return replace(
        ticket,
        id="236163",
        tags=("cloud-licensing", *(tag for tag in ticket.tags if not tag.startswith("cl"))),
        status="open",
        created_at=START - timedelta(minutes=1),
        updated_stamp=(START - timedelta(minutes=1)).isoformat(),
        comments=tuple(
            replace(comment, public=comment.author == "customer") for comment in ticket.comments
        ),
    )


def reworded(book: Runbook) -> Runbook:
    """The same runbook with every headline, next step and reply in other words."""
    scenarios = {
        label: msgspec.structs.replace(
            scenario,
            headline=f"Anew: {scenario.headline}"[:70],
            next=f"Now: {scenario.next}",
            refute="Otherwise.",
            wait="Perhaps.",
            branches=tuple(
                msgspec.structs.replace(branch, headline="Other words", next="Other step")
                for branch in scenario.branches
            ),
        )
        for label, scenario in book.scenarios.items()
    }
    return replace(book, scenarios=scenarios)


def newer(handler: Handler) -> Handler:
    return replace(handler, runbook=reworded(handler.runbook), version="9.9.9", revision="ffffffff")


@pytest.mark.parametrize("folder", GOLDEN, ids=lambda folder: folder.name)
def test_new_wording_and_a_new_version_never_note_again(folder: Path) -> None:
    house = House(golden_ticket(folder))
    house.settle()
    before = len(house.desk.notes)
    house.clock.tick(3600)

    house.handler = newer(house.handler)
    house.settle(replace(JOB, key="event-2", received_at=house.clock()))

    assert len(house.desk.notes) == before


def test_five_thousand_old_tickets_and_a_first_start_are_no_note() -> None:
    occasion = Occasion(
        now=START,
        event_at=START,
        mode="on",
        watermark=START,
        scenario="opted_in_by_bug",
        digest="anything",
    )
    answers = {
        decide(
            Ticket(
                id=str(number),
                tags=("cloud-licensing",),
                status="open",
                created_at=START - timedelta(minutes=number + 1),
            ),
            occasion,
            SpeakRules(),
        )
        for number in range(5000)
    }

    assert answers == {"before_watermark"}


def test_an_old_ticket_is_diagnosed_for_the_sidebar_and_not_noted() -> None:
    house = House()
    house.switches.mark = START

    house.settle()

    assert house.desk.applied == []
    assert house.diagnoses.records[0].scenario == "opted_in_by_bug"
    assert MANIFESTS.runbook.scenarios["opted_in_by_bug"]
