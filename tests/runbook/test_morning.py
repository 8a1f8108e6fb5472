"""Can it wait until morning? The license's end is read where it is stated, and never guessed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.manifests import load_manifests
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.extract import extract, values_of
from bot.runbook.note import NoteContext, write_note
from bot.runbook.observe import observe_ticket
from bot.runbook.passages import passages
from bot.runbook.ticket import Ticket
from tests.factories import make_ticket

BOOK = load_manifests().runbook
NIGHT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
UNRESOLVED = "curl: (6) Could not resolve host: customers.example_company.com"


def _written(text: str, **fields: str) -> Ticket:
    return replace(make_ticket(text, fields=fields), created_at=NIGHT)


def _diagnose(text: str, **fields: str) -> Diagnosis:
    ticket = _written(text, **fields)
    return classify(BOOK, ticket, observe_ticket(ticket, BOOK))


def _morning(text: str) -> str:
    context = NoteContext(version="1", revision="r", marker="m", now=NIGHT)
    note = write_note(BOOK, _diagnose(text), context)
    return next(line for line in note.splitlines() if line.startswith("**Until morning?**"))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Our license expires on 2026-11-30.", "2026-11-30"),
        ("The license will expire on Nov 30, 2026", "2026-11-30"),
        ("Notre licence expire le 30 novembre 2026.", "2026-11-30"),
        ("Die Lizenz läuft am 30. November 2026 aus.", "2026-11-30"),
        ("eine Lizenzdatei, die am 30.11.2026 ausläuft", "2026-11-30"),
        ("La licencia caduca el 30 de noviembre de 2026", "2026-11-30"),
        ("ライセンスは2026年11月30日に失効します", "2026-11-30"),
        ("license end date 11/30/2026", "2026-11-30"),
        ("The license starts on 2026-12-01 and ends on 2027-11-30", "2027-11-30"),
        ("The production license expires tonight", "2026-11-24"),
        ("Unsere Lizenz läuft in 6 Tagen ab", "2026-11-30"),
    ],
)
def test_the_end_of_the_license_is_read(text: str, day: str) -> None:
    ticket = _written(text)

    assert values_of(extract(ticket, passages(ticket), None), "license_ends") == (day,)


@pytest.mark.parametrize(
    "text",
    [
        "The certificate of the license portal is valid until 2026-11-30.",
        "The license was activated on 2026-11-01.",
        "The license expires on 03/04/2027",
        "Change freeze until 2026-11-30; the license is fine.",
        "We have 12 days of holidays, the license is fine.",
        "The subscription starts on 2026-12-01.",
    ],
)
def test_another_date_is_not_the_end_of_the_license(text: str) -> None:
    ticket = _written(text)

    assert "license_ends" not in extract(ticket, passages(ticket), None)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("The license expires on 2026-11-30.", "Yes: by the ticket the license ends on 2026-11-30"),
        ("The license expires tomorrow.", "Yes, and first thing then: by the ticket"),
        ("The license expired on 2026-11-14.", "Until 2026-11-28: by the ticket"),
        ("The license expired on 2026-11-01.", "No: by the ticket the license ended on 2026-11-01"),
        ("The license ends on 2026-11-30, or the subscription on 2027-11-30.", "Not clear:"),
        ("The license expired on 2023-11-01.", "Usually yes:"),
        ("", "Usually yes:"),
    ],
)
def test_the_note_says_it_from_the_stated_end(said: str, answer: str) -> None:
    assert _morning(f"{UNRESOLVED}\n\n{said}").startswith(f"**Until morning?** {answer}")


def test_an_end_to_come_beside_an_expired_license_is_not_clear() -> None:
    line = _morning(
        'Activation says "This license has already expired". The subscription ends on 2027-03-31.'
    )

    assert line.startswith("**Until morning?** Not clear:")


@pytest.mark.parametrize(
    ("version", "finding"),
    [
        ("18.1.0", "billing_source"),
        ("16.4.0", "app_subscription_not_found"),
        ("", "billing_source"),
    ],
)
def test_a_product_string_means_what_it_means_in_this_version(version: str, finding: str) -> None:
    found = _diagnose("Activation: Unable to find billing source for the instance", version=version)

    assert finding in found.findings


@pytest.mark.parametrize(
    "said",
    [
        "This license has already expired",
        "only get, head, options, and trace methods are allowed in silent mode",
        "The activation code is not valid",
        "Your subscription cannot be located.",
    ],
)
def test_a_known_reason_comes_with_a_step(said: str) -> None:
    context = NoteContext(version="1", revision="r", marker="m", now=NIGHT)
    note = write_note(BOOK, _diagnose(f'Activation fails: "{said}"'), context)

    assert "**Do next**\n1. " in note
