"""The sidebar's view of a decision, over every ticket that we keep."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from bot.cli.ticket_file import read_json, ticket_of
from bot.manifests import load_manifests
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.observe import observe_ticket
from bot.runbook.speak import Silence
from bot.runbook.ticket import Ticket
from bot.runbook.view import View, view_of
from bot.runbook.view_changes import Before
from bot.runbook.view_evidence import LiveFile
from tests.factories import NOW, make_context, make_look, make_ticket

BOOK = load_manifests().runbook
CORPUS = Path(__file__).parents[1] / "corpus"
SECRETS = re.compile(r"glpat-\w{20}|_gitlab_session=[0-9a-f]{8}|Bearer ey\w{10}")


def diagnosed(ticket: Ticket) -> Diagnosis:
    return classify(BOOK, ticket, observe_ticket(ticket, BOOK))


def viewed(ticket: Ticket, **more: Any) -> View:
    return view_of(BOOK, diagnosed(ticket), make_context(), **more)


def kept_tickets() -> Iterator[Ticket]:
    for file in sorted(CORPUS.glob("*.jsonl")):
        for number, line in enumerate(file.read_bytes().splitlines()):
            if line.strip() and number % 4 == 0:
                yield ticket_of(read_json(line))


def test_every_kept_ticket_has_a_view_that_can_be_shown() -> None:
    for ticket in kept_tickets():
        view = viewed(ticket)
        text = json.dumps(asdict(view), ensure_ascii=False)

        ids = [step.id for step in view.steps]
        assert len(ids) == len(set(ids)), ticket.id
        assert all(re.fullmatch(r"[a-z0-9_.]{1,120}", step) for step in ids)
        offered = {item.id for item in view.snippets}
        assert all(set(step.snippets) <= offered for step in view.steps)
        html = "".join(step.html for step in view.steps)
        html += view.reply.html if view.reply else ""
        assert "{{" not in html
        assert "{%" not in html
        assert "[[ " not in text
        assert "<script" not in html
        assert not SECRETS.search(text)
        assert len(text) < 60_000, ticket.id


def test_what_cannot_be_undone_is_marked_and_only_where_it_is_called_for() -> None:
    seen = 0
    for ticket in kept_tickets():
        view = viewed(ticket)
        guarded = {item.id for item in view.snippets if item.guarded}
        destroys = {item.id for item in view.snippets if item.id == "license_destroy"}

        assert destroys <= guarded
        assert not guarded or view.verdict.scenario == "opted_in_by_bug"
        seen += len(guarded)
    assert seen


def test_below_likely_no_step_does_more_than_look() -> None:
    unclear = [
        view
        for ticket in kept_tickets()
        if (view := viewed(ticket)).verdict.confidence == "unclear"
    ]

    assert unclear
    assert all(step.effect == "safe" for view in unclear for step in view.steps)


def test_the_warning_about_the_checkbox_is_never_lost() -> None:
    ticket = make_ticket(
        "Please switch our subscription A-S00012345 from a license file to cloud licensing, the "
        "portal only offers a file. https://customers.example_company.com/admin/customer/5"
    )

    view = viewed(ticket)

    assert view.verdict.scenario == "switch_subscription"
    assert any("not tick" in step.text.lower() for step in view.steps)


def test_a_step_keeps_its_id_whatever_the_ticket_says() -> None:
    first, second = (
        {step.id for step in viewed(make_ticket(text)).steps}
        for text in (
            "curl: (60) SSL certificate problem: self signed certificate in certificate chain",
            "SSL certificate problem: unable to get local issuer certificate, version 16.4.1",
        )
    )

    assert first
    assert first == second


def test_what_a_ticket_does_not_say_is_named_as_missing() -> None:
    ticket = make_ticket(
        "Our instance was opted into cloud licensing by the bug. We do not want cloud licensing, "
        "please remove the cloud license.",
        fields={"should_be_on_cloud_licensing": "no"},
    )

    destroy = next(item for item in viewed(ticket).snippets if item.id == "license_destroy")

    assert destroy.missing
    assert destroy.guarded


def test_in_portal_trouble_the_customer_is_sent_nowhere() -> None:
    ticket = make_ticket("curl: (7) Failed to connect to customers.example_company.com port 443: "
                         "Connection refused")  # fmt: skip
    context = replace(make_context(), trouble=("bot:local", "bot:frankfurt"), control=make_look(
        "tcp_timeout", vantage="bot:local"))  # fmt: skip

    view = view_of(BOOK, diagnosed(ticket), context)

    assert "Portal trouble" in view.verdict.trouble
    assert all(step.who != "customer network" for step in view.steps)
    assert view.reply is None


def test_a_live_session_is_warned_of() -> None:
    view = viewed(make_ticket("see the file"), files=(LiveFile("a.har", {"cookie": 3}),))

    assert view.live_session is not None
    assert "sign out" in view.live_session.warning
    assert view.live_session.files[0].secrets == {"cookie": 3}
    assert viewed(make_ticket("see the file")).live_session is None


@pytest.mark.parametrize("silence", get_args(Silence))
def test_every_silence_has_words(silence: str) -> None:
    words = viewed(make_ticket("hello"), silence=silence).silence

    assert words
    assert words != silence


def test_every_word_of_the_view_that_the_code_uses_stands_in_the_runbook() -> None:
    folder = Path(__file__).parents[2] / "bot" / "runbook"
    code = "".join(file.read_text("utf-8") for file in folder.glob("view*.py"))
    used = set(re.findall(r'"(view_[a-z_]+[a-z])"', code))

    assert used
    assert used <= set(BOOK.head.note)
    unused = {name for name in BOOK.head.note if name.startswith("view_")} - used
    assert all(name.startswith("view_silent_") for name in unused)


def test_news_is_told_once_and_stays_until_there_is_other_news() -> None:
    dns = viewed(make_ticket("curl: (6) Could not resolve host: customers.example_company.com"))
    tls = make_ticket("curl: (60) SSL certificate problem: self signed certificate in chain")

    changed = viewed(tls, before=Before(dns.facts, dns.changed))
    again = viewed(tls, before=Before(changed.facts, changed.changed))

    assert dns.changed == ()
    assert dns.verdict.name in changed.changed[0]
    assert changed.verdict.name in changed.changed[0]
    assert again.changed == changed.changed


def test_trouble_that_comes_and_goes_is_news() -> None:
    ticket = make_ticket("curl: (28) Connection timed out customers.example_company.com port 443")
    calm = viewed(ticket)
    troubled = view_of(
        BOOK, diagnosed(ticket), replace(make_context(), trouble=("bot:a", "bot:b")),
        before=Before(calm.facts),
    )  # fmt: skip

    over = viewed(ticket, before=Before(troubled.facts))

    assert "trouble now" in troubled.changed[0]
    assert "over" in over.changed[0]


def test_our_own_looks_are_no_evidence_of_the_customers() -> None:
    ticket = make_ticket("It does not activate.")
    diagnosis = replace(
        diagnosed(ticket),
        observations=(
            make_look("tcp_timeout", vantage="bot:local"),
            make_look("tls_inspection", vantage="customer:paste", detail="issuer: Acme"),
            make_look("tls_inspection", vantage="customer:paste", detail="issuer: Acme"),
            make_look("app_silent_mode", vantage="customer:har", facts={"file": "a.har"}),
        ),
    )

    found = view_of(BOOK, diagnosis, make_context()).evidence

    assert [(one.kind, one.name, one.cause) for one in found] == [
        ("paste", "curl", "tls_inspection"),
        ("har", "a.har", "app_silent_mode"),
    ]
    assert all(one.says for one in found)


def test_ages_are_no_part_of_a_view() -> None:
    """An answer that has not changed must not look new to a browser."""
    ticket = make_ticket("curl: (6) Could not resolve host: customers.example_company.com")
    diagnosis, context = diagnosed(ticket), make_context()

    later = replace(context, now=NOW + timedelta(hours=5))

    assert view_of(BOOK, diagnosis, context) == view_of(BOOK, diagnosis, later)
