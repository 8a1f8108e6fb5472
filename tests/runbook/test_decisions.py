"""What makes a decision new, and which actions follow from it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.manifests import load_manifests
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.note import write_note
from bot.runbook.observe import observe_ticket
from bot.runbook.plan import (
    PostNote,
    RemoveTags,
    RunProbes,
    SetFields,
    make_plan,
    semantic_digest,
)
from bot.runbook.ticket import Ticket
from tests.factories import NOW, make_context, make_look, make_ticket

BOOK = load_manifests().runbook


def _diagnose(ticket: Ticket) -> Diagnosis:
    return classify(BOOK, ticket, observe_ticket(ticket, BOOK))


def test_wording_age_and_version_never_change_the_digest() -> None:
    ticket = make_ticket("curl: (6) Could not resolve host: customers.example_company.com")
    later = replace(ticket, created_at=NOW - timedelta(days=3))
    worded = replace(ticket, description=ticket.description + "\nThank you very much!")

    digests = {semantic_digest(BOOK, t, _diagnose(t)) for t in (ticket, later, worded)}

    assert len(digests) == 1


@pytest.mark.parametrize(
    "other",
    [
        make_ticket("Activation code for A-S00099999 not received, please resend."),
        make_ticket("curl: (6) Could not resolve host: customers.example_company.com"),
        make_ticket("Activation code not received, please resend."),
    ],
)
def test_another_decision_has_another_digest(other: Ticket) -> None:
    ticket = make_ticket("Activation code for A-S00012345 not received, please resend.")

    assert semantic_digest(BOOK, ticket, _diagnose(ticket)) != semantic_digest(
        BOOK, other, _diagnose(other)
    )


def test_a_command_has_its_own_digest() -> None:
    ticket = make_ticket("curl: (6) Could not resolve host")
    found = _diagnose(ticket)

    assert semantic_digest(BOOK, ticket, found) != semantic_digest(
        BOOK, ticket, found, "full_runbook"
    )


def test_a_network_ticket_gets_a_note_probes_and_its_scenario() -> None:
    ticket = make_ticket("curl: (6) Could not resolve host: customers.example_company.com")
    plan = make_plan(BOOK, ticket, _diagnose(ticket), make_context())

    assert [type(action) for action in plan] == [PostNote, RunProbes, SetFields]
    assert plan[2] == SetFields({"scenario": "dns_failure"})


def test_a_fresh_control_saves_the_probes() -> None:
    ticket = make_ticket("curl: (6) Could not resolve host: customers.example_company.com")
    look = replace(make_look("ok", "ok", vantage="bot:local"), seen_at=NOW - timedelta(minutes=4))
    context = replace(make_context(), control=look)
    plan = make_plan(BOOK, ticket, _diagnose(ticket), context)

    assert not any(isinstance(action, RunProbes) for action in plan)
    assert "We reach the portal (4 min ago), this server does not" in write_note(
        BOOK, _diagnose(ticket), context
    )


def test_another_topic_is_silent_until_it_is_asked() -> None:
    ticket = make_ticket("Please send the invoice.")
    found = _diagnose(ticket)

    silent = make_plan(BOOK, ticket, found, make_context())
    asked = make_plan(BOOK, ticket, found, make_context(), "reevaluate")

    assert not any(isinstance(action, PostNote) for action in silent)
    assert any(isinstance(action, PostNote) for action in asked)


def test_a_humans_field_is_never_overwritten() -> None:
    ticket = make_ticket("sync fails", fields={"scenario": "cl_scenario_proxy"})
    plan = make_plan(BOOK, ticket, _diagnose(ticket), make_context())

    assert not any(isinstance(action, SetFields) for action in plan)


def test_a_commands_tag_is_taken_away_and_the_switch_off_stays() -> None:
    ticket = make_ticket("sync fails", tags=("cl_full_runbook", "cl_bot_off"))
    plan = make_plan(BOOK, ticket, _diagnose(ticket), make_context(), "full_runbook")

    assert plan[-1] == RemoveTags(("cl_full_runbook",))


def test_a_ticket_that_is_left_alone_gets_nothing() -> None:
    ticket = make_ticket("sync fails", tags=("cl_bot_off",))

    assert make_plan(BOOK, ticket, _diagnose(ticket), make_context(), "bot_off") == ()
