"""Our look, the customer's evidence and the product's words make one verdict, if any."""

from dataclasses import replace

import pytest

from bot.evidence.observation import Observation
from bot.runbook.merge import merge
from bot.runbook.note import fits_short
from tests.factories import NOW, make_look
from tests.runbook.merge_case import (
    BOOK,
    BOTH_REACH,
    CURL_WORKS,
    FORBIDDEN,
    INSPECTED,
    PORTAL,
    WE_REACH,
    diagnose,
    merged_lines,
    merged_note,
    our_look,
)


def test_an_inspected_connection_is_told_by_its_issuer_beside_ours() -> None:
    note = merged_note(INSPECTED)

    assert note.splitlines()[:3] == [
        'DNS ✓ · TCP ✓ · TLS ✗ issuer "Contoso Root" · HTTP – · App –',
        (
            "**TLS: no trusted connection to the portal** (certain). **Next:** see the issuer;"
            " trust the root CA or exempt the portal."
        ),
        (
            f'{WE_REACH}, this server does not: its inspection CA "Contoso Root" answers instead'
            ' (to us: "Google Trust Services").'
        ),
    ]
    assert "Our probes" not in note
    assert fits_short(note)


def test_a_filter_is_told_by_its_status_beside_ours() -> None:
    note = merged_note(FORBIDDEN)

    assert (
        f'{WE_REACH}, this server does not: it gets 403 from "squid/4.1", we get 302.'
        in note.splitlines()[:3]
    )
    assert "Our probes" not in note
    assert fits_short(note)


def test_a_clash_replaces_the_trap_and_asks_one_question() -> None:
    note = merged_note(
        CURL_WORKS + "\nirb(main):001:0> Gitlab::HTTP.head('https://" + PORTAL + "')\n"
        "Net::OpenTimeout (Failed to open TCP connection to " + PORTAL + ":443 (execution expired))"
    )
    head = note.split("\n\n", maxsplit=1)[0].splitlines()

    assert f"{BOTH_REACH}." in head
    assert (
        "**Contradiction:** curl works, the product fails: Ruby uses only the first address of the"
        " name. Compare `curl -6` and `curl -4`, look at `getent ahosts`. **Settles it:** does"
        f" `curl -6 -I https://{PORTAL}` fail where `curl -4` works?"
    ) in head
    assert note.count("Ruby uses only the first address of the name") == 1
    assert fits_short(note)


@pytest.mark.parametrize(
    "ours",
    [
        our_look("tcp_timeout", "fail"),
        our_look("packet_loss", "warn"),
        our_look("unclear", "unknown"),
        our_look(age=16 * 60),
    ],
)
def test_a_look_of_ours_that_fails_or_is_old_accuses_nobody(ours: Observation) -> None:
    note = merged_note(INSPECTED, ours)

    assert merged_lines(INSPECTED, ours) == ()
    assert "We reach" not in note
    assert "Our probes" in note


def test_in_portal_trouble_nothing_is_compared() -> None:
    note = merged_note(INSPECTED, trouble=("bot:local", "bot:frankfurt"))

    assert "We reach" not in note
    assert "Portal trouble" in note.splitlines()[0]


def test_a_scenario_that_is_not_about_the_network_compares_nothing() -> None:
    assert merged_lines("Activation code for A-S00012345 not received, please resend.") == ()


def test_a_recording_of_the_browser_says_nothing_about_the_instances_way() -> None:
    found = diagnose("Cannot activate instance due to a connectivity issue")
    page = replace(
        make_look("http_server_error", vantage="customer:har", facts={"http_status": 502}),
        probe="har",
    )

    merged = merge(BOOK, replace(found, observations=(page,)), our_look(), NOW)

    assert merged.lines == ()
