"""When the bot may speak: one test for every rule of DESIGN 4.6."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.runbook.speak import Mode, Occasion, Posted, SpeakRules, Wait, decide
from bot.runbook.ticket import Comment, Ticket

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
RULES = SpeakRules()
TICKET = Ticket(
    id="7", tags=("cloud-licensing",), status="open", created_at=NOW - timedelta(minutes=1)
)
OCCASION = Occasion(
    now=NOW,
    event_at=NOW - timedelta(seconds=2),
    mode="on",
    watermark=NOW - timedelta(days=1),
    scenario="opted_in_by_bug",
    digest="new",
)
OLD_NOTE = Posted(digest="old", at=NOW - timedelta(minutes=30), automatic=True)


def test_a_fresh_ticket_gets_its_note() -> None:
    assert decide(TICKET, OCCASION, RULES) is None


def test_a_ticket_without_the_tag_gets_none() -> None:
    assert decide(replace(TICKET, tags=("billing",)), OCCASION, RULES) == "tag_missing"


@pytest.mark.parametrize("command", [None, "full_runbook"])
def test_a_shared_ticket_gets_none_even_on_command(command: str | None) -> None:
    occasion = replace(OCCASION, command=command)

    assert decide(replace(TICKET, shared=True), occasion, RULES) == "shared_ticket"


@pytest.mark.parametrize("command", [None, "full_runbook"])
def test_a_closed_ticket_cannot_be_written_to(command: str | None) -> None:
    occasion = replace(OCCASION, command=command)

    assert decide(replace(TICKET, status="closed"), occasion, RULES) == "ticket_closed"


@pytest.mark.parametrize(
    ("mode", "automatic", "on_command"),
    [
        ("off", "mode_off", "mode_off"),
        ("shadow", "mode_shadow", "mode_shadow"),
        ("on_request", "mode_on_request", None),
        ("on", None, None),
    ],
)
def test_each_mode_lets_through_what_it_says(
    mode: Mode, automatic: str | None, on_command: str | None
) -> None:
    occasion = replace(OCCASION, mode=mode)

    assert decide(TICKET, occasion, RULES) == automatic
    assert decide(TICKET, replace(occasion, command="reevaluate"), RULES) == on_command


def test_a_ticket_that_is_to_be_left_alone_speaks_only_on_command() -> None:
    ticket = replace(TICKET, tags=("cloud-licensing", "cl_bot_off"))

    assert decide(ticket, OCCASION, RULES) == "left_alone"
    assert decide(ticket, replace(OCCASION, command="run_probes"), RULES) is None


def test_a_solved_ticket_gets_no_automatic_note() -> None:
    ticket = replace(TICKET, status="solved")

    assert decide(ticket, OCCASION, RULES) == "ticket_solved"
    assert decide(ticket, replace(OCCASION, command="full_runbook"), RULES) is None


def test_another_topic_is_met_with_silence() -> None:
    occasion = replace(OCCASION, scenario="not_cloud_licensing")

    assert decide(TICKET, occasion, RULES) == "not_cloud_licensing"


def test_needs_info_is_silent_once_an_agent_has_replied() -> None:
    ticket = replace(TICKET, comments=(Comment("agent", "On it."),))
    occasion = replace(OCCASION, scenario="needs_info", posted=(OLD_NOTE,))

    assert decide(TICKET, occasion, RULES) is None
    assert decide(ticket, occasion, RULES) == "agent_is_on_it"


def test_the_first_note_is_not_given_once_an_agent_has_replied() -> None:
    ticket = replace(TICKET, comments=(Comment("agent", "On it."),))

    assert decide(ticket, OCCASION, RULES) == "agent_replied_first"


def test_an_internal_comment_of_an_agent_is_not_a_reply() -> None:
    ticket = replace(TICKET, comments=(Comment("agent", "Who takes it?", public=False),))

    assert decide(ticket, OCCASION, RULES) is None


def test_the_same_decision_is_not_posted_again_even_on_command() -> None:
    occasion = replace(OCCASION, digest="old", posted=(OLD_NOTE,))

    assert decide(TICKET, occasion, RULES) == "nothing_new"
    assert decide(TICKET, replace(occasion, command="reevaluate"), RULES) == "nothing_new"


def test_a_note_that_a_command_asked_for_says_the_verdict_too() -> None:
    commanded = replace(OLD_NOTE, digest="old:full_runbook", automatic=False)
    occasion = replace(OCCASION, posted=(commanded,))

    assert decide(TICKET, replace(occasion, digest="old"), RULES) == "nothing_new"
    assert (
        decide(TICKET, replace(occasion, digest="old:run_probes", command="run_probes"), RULES)
        is None
    )


def test_a_decision_that_changed_back_is_news() -> None:
    newer = Posted(digest="other", at=NOW - timedelta(minutes=20), automatic=True)
    occasion = replace(OCCASION, digest="old", posted=(OLD_NOTE, newer))

    assert decide(TICKET, occasion, RULES) is None


def test_a_ticket_from_before_the_watermark_gets_no_first_note() -> None:
    occasion = replace(OCCASION, watermark=NOW)

    assert decide(TICKET, occasion, RULES) == "before_watermark"
    assert decide(TICKET, replace(occasion, posted=(OLD_NOTE,)), RULES) is None


def test_a_ticket_of_the_watermarks_own_second_is_not_from_before_it() -> None:
    occasion = replace(OCCASION, watermark=NOW + timedelta(milliseconds=900))

    assert decide(replace(TICKET, created_at=NOW), occasion, RULES) is None


def test_a_ticket_of_unknown_age_gets_no_first_note() -> None:
    assert decide(replace(TICKET, created_at=None), OCCASION, RULES) == "before_watermark"


def test_an_old_event_gives_no_first_note_unless_an_operator_replays_it() -> None:
    occasion = replace(OCCASION, event_at=NOW - timedelta(hours=2, seconds=1))

    assert decide(TICKET, occasion, RULES) == "event_too_old"
    assert decide(TICKET, replace(occasion, replayed=True), RULES) is None


def test_three_automatic_notes_are_the_ceiling_and_commands_do_not_count() -> None:
    automatic = [replace(OLD_NOTE, digest=str(n)) for n in range(3)]
    commanded = Posted(digest="c", at=NOW - timedelta(minutes=30), automatic=False)

    assert decide(TICKET, replace(OCCASION, posted=automatic), RULES) == "ceiling_reached"
    assert decide(TICKET, replace(OCCASION, posted=[*automatic[:2], commanded]), RULES) is None
    assert decide(TICKET, replace(OCCASION, posted=automatic, command="x"), RULES) is None


def test_automatic_notes_keep_ten_minutes_between_them() -> None:
    recent = replace(OLD_NOTE, at=NOW - timedelta(minutes=4))
    occasion = replace(OCCASION, posted=(recent,))

    assert decide(TICKET, occasion, RULES) == Wait(360.0)
    assert decide(TICKET, replace(occasion, command="reevaluate"), RULES) is None
