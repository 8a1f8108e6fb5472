"""A block in a ticket: what the diagnosis hears of it."""

import pytest

from bot.evidence.checkscript import telling
from bot.evidence.checkscript_block import blank_blocks
from bot.evidence.pasted import read_pasted
from bot.manifests import load_manifests
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.observe import observe_ticket
from bot.runbook.ticket import Ticket
from tests.checkscript.blocks import sample

RUNBOOK = load_manifests(None).runbook


def diagnosed(text: str) -> Diagnosis:
    said = "We cannot activate our cloud license. Output of your script:\n\n"
    ticket = Ticket("1", subject="Activation fails", description=said + text)
    return classify(RUNBOOK, ticket, observe_ticket(ticket, RUNBOOK))


@pytest.mark.parametrize(
    ("name", "scenario"),
    [
        ("dns_nxdomain", "dns_failure"),
        ("tcp443_rst", "ip_tcp_unreachable"),
        ("tls_expired", "tls_failure"),
        ("http_403_filter", "http_unexpected"),
        ("proxy_407", "proxy"),
        ("proxy_no_proxy_needed", "proxy"),
    ],
)
def test_the_scenario_follows_the_block(name: str, scenario: str) -> None:
    assert diagnosed(sample(name).text).scenario == scenario


@pytest.mark.parametrize("name", ["healthy", "proxy_ok", "icmp_blocked", "proxy_no_proxy_set"])
def test_a_healthy_block_accuses_no_layer(name: str) -> None:
    found = diagnosed(sample(name).text)

    assert found.assessment is not None
    assert found.assessment.activates == "yes"
    assert found.scenario not in ("dns_failure", "ip_tcp_unreachable", "tls_failure")


def test_the_newer_of_two_runs_decides() -> None:
    both = f"before:\n{sample('tls_expired').text}\nnow:\n{sample('proxy_407').text}"

    found = diagnosed(both)

    assert found.assessment is not None
    assert found.assessment.cause == "proxy_auth_required"
    assert found.scenario == "proxy"


def test_single_looks_that_fail_are_not_told() -> None:
    told = telling(read_pasted(sample("proxy_ok").text))

    assert all(look.verdict == "ok" for look in told)
    assert told[-1].facts["judged"]


def test_what_else_was_pasted_is_told() -> None:
    text = f"$ dig {'customers.example_company.com'}\n;; status: NXDOMAIN\n\n"

    told = telling(read_pasted(text + sample("healthy").text))

    assert any(look.cause == "dns_nxdomain" for look in told)


def test_a_blanked_text_is_as_long_as_before() -> None:
    text = f"Hello\n{sample('healthy').text}\nBye"

    blank = blank_blocks(text)

    assert len(blank) == len(text)
    assert blank.split() == ["Hello", "Bye"]
