"""Once the product's answer to the attempt is known, nobody asks for it again."""

from datetime import UTC, datetime

import pytest

from bot.evidence.har.analysis import HarReport
from bot.evidence.har.observed import observed
from bot.manifests import load_manifests
from bot.runbook.choose import course_of
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.note import NoteContext, write_note
from bot.runbook.observe import observe_ticket
from bot.runbook.ticket import Ticket
from tests.factories import make_ticket

BOOK = load_manifests().runbook
CONTEXT = NoteContext("0", "test", "test", datetime(2026, 11, 24, tzinfo=UTC))


def sent() -> Ticket:
    return make_ticket("An error occurred while activating your subscription. HAR attached.")


def diagnosed(report: HarReport) -> Diagnosis:
    return classify(BOOK, sent(), (observed(report, "try.har"),))


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("Activation window closed for region EMEA-7", "unclear"),
        ("The activation code is not valid", "app_invalid_activation_code"),
    ],
)
def test_words_in_a_har_are_quoted_and_no_further_har_is_asked_for(words: str, cause: str) -> None:
    diagnosis = diagnosed(HarReport("failed", cause, (words,), attempts=1))
    note = write_note(BOOK, diagnosis, CONTEXT)

    assert diagnosis.scenario == "activation_error_needs_har"
    assert diagnosis.missing is None
    assert words in note
    assert "its reason is known" in note
    assert "Ask for a HAR" not in note
    assert "record one activation attempt" not in note


def test_a_har_without_bodies_leaves_the_question_open() -> None:
    diagnosis = diagnosed(HarReport("unknown", "har_bodies_omitted", attempts=1))

    assert diagnosis.missing == "graphql_error"
    assert "Ask for a HAR" in write_note(BOOK, diagnosis, CONTEXT)


def test_words_that_no_table_knows_are_an_answer_all_the_same() -> None:
    look = observed(HarReport("failed", "unclear", ("Quota of wonders exhausted",)), "a.har")

    assert (look.cause, look.layer, look.verdict) == ("app_answer_unknown", "app", "fail")


def test_an_unknown_billing_source_is_escalated_and_never_certain() -> None:
    ticket = make_ticket("Activation: Unable to find billing source for the instance")
    diagnosis = classify(BOOK, ticket, observe_ticket(ticket, BOOK))
    steps = {step.id for step in course_of(BOOK, diagnosis).steps}

    assert diagnosis.confidence == "likely"
    assert "opted_in_by_bug" in {other.scenario for other in diagnosis.alternatives}
    assert "billing_account" in steps
    assert "ineligible" not in steps
