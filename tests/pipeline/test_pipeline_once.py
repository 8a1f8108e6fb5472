"""Whatever goes wrong, a ticket gets each note exactly once."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pipeline.ports import AttachmentsHint, GiveUp, Later
from bot.runbook.ticket import Ticket
from bot.runbook.writing import Receipt
from bot.store.ledger import LedgerNote
from bot.zendesk.errors import NotFound, OutcomeUnknown, Rejected
from tests.fakes import Killed
from tests.pipeline.house import JOB, TICKET, House

#: So much earlier another worker meant the same note.
AGO = timedelta(milliseconds=300)


def test_a_new_ticket_gets_one_internal_note_with_one_read_and_one_write() -> None:
    house = House()

    house.settle()

    assert [note.html is not None for note in house.desk.applied] == [True]
    assert house.desk.reads == 1
    assert "123123123" in (house.desk.notes[0].html or "")
    assert house.events.outcomes == {"event-1": "noted"}


def test_the_note_sets_our_scenario_and_keeps_every_other_tag() -> None:
    house = House()

    house.settle()

    note = house.desk.notes[0]
    assert note.fields == {"scenario": "opted_in_by_bug"}
    assert set(note.tags or ()) >= {"cloud-licensing", "emea", "cl_scenario_opted_in_by_bug"}


def test_the_same_event_twice_gives_one_note() -> None:
    house = House()

    house.settle()
    house.settle(replace(JOB, key="event-2"))

    assert len(house.desk.notes) == 1
    assert house.events.outcomes["event-2"] == "silent: nothing_new"


@pytest.mark.parametrize(
    "faults",
    [
        ("lost",),
        ("late:1",),
        ("late:5",),
        ("late:30",),
        ("conflict",),
        ("conflict", "conflict"),
        ("refused", "refused"),
        ("limited",),
        ("killed_before",),
        ("killed_after",),
        ("late:3", "lost"),
        ("refused", "conflict", "lost"),
        ("killed_before", "late:4", "killed_after"),
    ],
)
def test_a_fault_at_the_write_costs_no_note_and_doubles_none(faults: tuple[str, ...]) -> None:
    house = House(faults=faults)

    house.settle()
    house.clock.tick(60)
    house.desk.arrive()
    house.settle(replace(JOB, key="event-2"))

    assert len(house.desk.notes) == 1


@given(
    faults=st.lists(
        st.sampled_from(
            ["ok", "lost", "late:1", "late:8", "late:40", "conflict", "refused", "limited",
             "killed_before", "killed_after"]
        ),
        max_size=6,
    ),
    ledger_dies=st.integers(0, 2),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_any_row_of_faults_ends_in_exactly_one_note(faults: list[str], ledger_dies: int) -> None:
    house = House(faults=tuple(faults))
    house.ledger.dies_at = ["done"] * ledger_dies

    house.settle()
    house.clock.tick(120)
    house.desk.arrive()
    house.settle(replace(JOB, key="event-2", received_at=house.clock()))

    assert len(house.desk.notes) == 1


def test_an_unanswered_write_is_not_looked_for_at_once() -> None:
    house = House(faults=("lost",))

    with pytest.raises(OutcomeUnknown):
        house.handler(JOB)
    with pytest.raises(Later) as later:
        house.handler(JOB)

    assert 0 < later.value.seconds <= 2


def test_a_stopped_worker_that_wakes_up_writes_nothing() -> None:
    """The ticket it read is history: its stamp is refused, and the ledger knows the note."""
    house = House()
    asleep = house.desk.ticket

    house.settle()
    house.clock.tick(30)
    read = house.desk.read_ticket
    house.desk.read_ticket = lambda *_: asleep if asleep is not None else None  # type: ignore[method-assign]
    house.handler(replace(JOB, key="event-2"))
    house.desk.read_ticket = read  # type: ignore[method-assign]

    assert len(house.desk.notes) == 1


def test_a_worker_that_another_overtakes_after_both_have_looked_leaves_the_note_to_it() -> None:
    """Within one second both would pass `safe_update`: its stamps have whole seconds."""
    house = House()
    intend = house.ledger.intend

    def overtaken(note: LedgerNote, *rest: object, **more: object) -> LedgerNote:
        house.ledger.rows[note.key] = replace(note, created_at=note.created_at - AGO)
        return intend(note, *rest, **more)  # type: ignore[arg-type]

    house.ledger.intend = overtaken  # type: ignore[method-assign]
    with pytest.raises(Later, match="another worker"):
        house.handler(JOB)

    assert house.desk.applied == []


def test_a_pause_gives_the_job_back() -> None:
    house = House()
    house.switches.is_paused = True

    with pytest.raises(Later):
        house.handler(JOB)

    assert house.desk.reads == 0


def test_a_reply_with_a_newer_event_behind_it_is_merged() -> None:
    house = House()
    house.events.newest = "event-9"

    house.settle(replace(JOB, kind="replied"))

    assert house.desk.reads == 0
    assert house.events.outcomes == {"event-1": "merged into another event"}


def test_a_new_ticket_told_twice_is_read_once_and_waits_for_no_reply() -> None:
    doubled, replied = House(), House()
    doubled.events.newest_created = "event-9"
    replied.events.newest = "event-9"
    doubled.settle()
    replied.settle()

    assert doubled.desk.reads == 0
    assert doubled.events.outcomes == {"event-1": "merged into another event"}
    assert len(replied.desk.notes) == 1


def test_a_changed_decision_is_a_second_note_after_ten_minutes() -> None:
    house = House()
    house.settle()
    house.desk.someone_writes("We changed our mind: we DO want cloud licensing.", public=True)
    house.clock.tick(60)

    with pytest.raises(Later) as later:
        house.handler(replace(JOB, key="event-2", kind="replied"))
    house.clock.tick(later.value.seconds)
    house.settle(replace(JOB, key="event-2", kind="replied"))

    assert len(house.desk.notes) == 2


def test_a_humans_scenario_is_never_overwritten() -> None:
    corrected = replace(
        TICKET, fields={"scenario": "proxy"}, tags=("cloud-licensing", "cl_scenario_proxy")
    )
    house = House(corrected)

    house.settle()

    assert house.desk.notes[0].fields == {}
    assert "cl_scenario_proxy" in house.desk.ticket.tags
    assert house.diagnoses.records[0].scenario == "proxy"


def test_our_own_scenario_is_not_taken_for_a_correction() -> None:
    house = House()
    house.settle()

    house.settle(replace(JOB, key="event-2"))

    assert json.loads(house.diagnoses.records[-1].details)["corrected_by_agent"] is False


def test_a_commands_tag_goes_with_its_note() -> None:
    house = House(replace(TICKET, tags=("cloud-licensing", "cl_full_runbook")))

    house.settle(replace(JOB, kind="command"))

    assert "cl_full_runbook" not in house.desk.ticket.tags
    assert len(house.desk.notes) == 1


def test_a_command_given_twice_is_one_note_and_its_tag_goes_all_the_same() -> None:
    house = House(replace(TICKET, tags=("cloud-licensing", "cl_full_runbook")))
    house.settle(replace(JOB, kind="command"))
    house.desk.ticket = replace(
        house.desk.ticket, tags=(*house.desk.ticket.tags, "cl_full_runbook")
    )

    house.settle(replace(JOB, key="event-2", kind="command"))

    assert "cl_full_runbook" not in house.desk.ticket.tags
    assert len(house.desk.notes) == 1


def test_shadow_keeps_the_note_and_writes_nothing() -> None:
    house = House()
    house.switches.in_mode = "shadow"

    house.settle()

    assert house.desk.applied == []
    assert "123123123" in house.diagnoses.records[0].markdown
    assert house.diagnoses.records[0].silence == "mode_shadow"


def test_a_refused_note_is_laid_aside_with_the_reason() -> None:
    house = House()

    def refuse(*_: object) -> Receipt:
        raise Rejected("tickets.update: Zendesk refuses this (422): Assignee is required")

    house.desk.write = refuse  # type: ignore[method-assign, assignment]
    with pytest.raises(GiveUp, match="Assignee is required"):
        house.handler(JOB)


def test_a_killed_process_leaves_the_intent_behind() -> None:
    house = House(faults=("killed_before",))

    with pytest.raises(Killed):
        house.handler(JOB)

    assert [row.state for row in house.ledger.rows.values()] == ["intent"]


def test_a_new_ticket_that_is_not_there_yet_is_looked_for_once_more() -> None:
    house = House()
    read, missing = house.desk.read_ticket, [True]

    def not_yet(ticket_id: int, attachments: AttachmentsHint) -> Ticket:
        if missing:
            missing.pop()
            raise NotFound("tickets.read: not found (404)")
        return read(ticket_id, attachments)

    house.desk.read_ticket = not_yet  # type: ignore[method-assign]
    with pytest.raises(Later) as later:
        house.handler(JOB)
    house.clock.tick(later.value.seconds)

    assert house.handler(JOB) == "noted"


def test_a_ticket_that_stays_away_was_deleted() -> None:
    house = House()

    def gone(*_: object) -> Ticket:
        raise NotFound("tickets.read: not found (404)")

    house.desk.read_ticket = gone  # type: ignore[method-assign, assignment]

    assert house.settle() > 0
    assert house.events.outcomes[JOB.key] == "ticket not found"
