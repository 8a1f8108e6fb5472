"""Statements that clash are named with the question that settles them."""

from dataclasses import replace

import msgspec
import pytest

from bot.evidence.look import Look
from bot.evidence.observation import Assessment
from bot.runbook.check_clashes import check_clashes
from bot.runbook.clash import Clash
from bot.runbook.classify import classify
from bot.runbook.differs import plain, signer
from bot.runbook.html import to_html
from bot.runbook.merge import merge
from bot.runbook.note import write_note
from bot.runbook.observe import observe_ticket
from bot.runbook.plan import semantic_digest
from tests.factories import NOW, make_comment, make_context, make_look, make_ticket
from tests.runbook.merge_case import (
    BOOK,
    BOTH_REACH,
    CURL_WORKS,
    FORBIDDEN,
    INSPECTED,
    NC_FAILS,
    PORTAL,
    diagnose,
    merged_lines,
    one_look,
    our_look,
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            CURL_WORKS + "\nGitlab::HTTP::BlockedUrlError (execution expired)",
            "curl works, the product gives up: a bare *execution expired*",
        ),
        (
            CURL_WORKS + "\nOpenSSL::SSL::SSLError (SSL_connect returned=1 errno=0 state=error:"
            " certificate verify failed (unable to get local issuer certificate))",
            "curl trusts the system's certificates, the product those of its own openssl",
        ),
        (
            CURL_WORKS + "\nActivation says: only get, head, options, and trace methods are"
            " allowed in silent mode",
            "Silent mode blocks POST but not HEAD",
        ),
        (
            CURL_WORKS + f"\nURL 'https://{PORTAL}/' is blocked: Requests to hosts and IP addresses"
            " not on the Allow List are denied",
            "The admin setting *block all requests except the allow list*",
        ),
        (
            "Cannot activate instance due to a connectivity issue.\n" + CURL_WORKS,
            "*Connectivity* in the UI hides any answer that is not 2xx",
        ),
        (CURL_WORKS + NC_FAILS, "nc, telnet and openssl fail, curl works"),
        (
            "$ env | grep -i proxy\nhttps_proxy=http://proxy.int.example:3128\n"
            f"$ curl -I https://{PORTAL}\nHTTP/1.1 200 Connection established\n\nHTTP/2 302\n"
            f"location: https://{PORTAL}/customers/sign_in\n" + NC_FAILS,
            "that they fail is normal here",
        ),
    ],
)
def test_statements_that_clash_are_named_with_the_question_that_settles_them(
    text: str, said: str
) -> None:
    found = replace(diagnose(text), scenario="connectivity_unknown")

    ours, clash = merge(BOOK, found, our_look(), NOW).lines

    assert ours.startswith(BOTH_REACH)
    assert clash.startswith("**Contradiction:** ")
    assert said in clash
    assert clash.count("**Settles it:** ") == 1


def test_a_clash_is_named_without_a_look_of_ours() -> None:
    (line,) = merge(BOOK, diagnose(CURL_WORKS + NC_FAILS), None, NOW).lines

    assert "they ignore proxy variables, curl follows them" in line


def test_dig_beside_getent_says_what_differs_and_who_decides() -> None:
    text = (
        f"$ dig +short {PORTAL}\n172.64.146.11\n"
        f"$ getent ahosts {PORTAL}\n10.1.2.3        STREAM {PORTAL}"
    )

    ours, clash = merged_lines(text)

    assert "private address 10.1.2.3, ours to 172.64.146.11" in ours
    assert "hosts file or nsswitch" in clash


@pytest.mark.parametrize(
    "text",
    [
        (
            f"PS C:\\> Test-NetConnection {PORTAL} -Port 443\nTcpTestSucceeded : True\n"
            "Cannot activate instance due to a connectivity issue"
        ),
        "Activation fails: connectivity error. From my laptop it works:\n" + CURL_WORKS,
    ],
)
def test_a_desktop_that_works_asks_for_the_server(text: str) -> None:
    found = replace(diagnose(text), scenario="connectivity_unknown")

    lines = merge(BOOK, found, our_look(), NOW).lines

    assert "says nothing about the server" in lines[-1]
    assert "print on the server itself?" in lines[-1]
    assert not any("read the application" in line for line in lines)


def test_what_works_since_is_no_clash() -> None:
    ticket = make_ticket(
        CURL_WORKS + "\n" + NC_FAILS,
        comments=(
            make_comment(f"$ nc -zv {PORTAL} 443\nConnection to {PORTAL} port 443 succeeded!"),
        ),
    )
    found = classify(BOOK, ticket, observe_ticket(ticket, BOOK))

    assert not any("Contradiction" in line for line in merge(BOOK, found, our_look(), NOW).lines)


def test_two_machines_that_differ_do_not_clash() -> None:
    found = diagnose("The sync fails with a connection timeout on port 443.")
    works = replace(
        make_look("http_ok_redirect_signin", "ok", facts={"machine": "windows"}), layer="http"
    )
    fails = replace(make_look("tcp_timeout", facts={"machine": "node a"}), probe="nc")

    merged = merge(BOOK, replace(found, observations=(works, fails)), our_look(), NOW)

    assert not any("Contradiction" in line for line in merged.lines)


@pytest.mark.parametrize("text", [INSPECTED, FORBIDDEN, CURL_WORKS + NC_FAILS])
def test_our_look_never_changes_the_digest(text: str) -> None:
    ticket, found = make_ticket(text), diagnose(text)

    merge(BOOK, found, our_look(), NOW)

    assert semantic_digest(BOOK, ticket, found) == semantic_digest(BOOK, ticket, diagnose(text))


def test_a_strangers_name_is_harmless_in_the_sentence() -> None:
    look = replace(
        make_look("tls_inspection", facts={"issuer": "CN = <b>**{{x}}** [% y %] Proxy CA"}),
        probe="openssl",
    )
    found = replace(diagnose(INSPECTED), observations=(look,))

    html = to_html(write_note(BOOK, found, replace(make_context(), control=our_look())))

    assert "<b>" not in html
    assert "{{" not in html
    assert plain("<b>") == r"\<b\>"


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        ("CN=WE1,O=Google Trust Services,C=US", "Google Trust Services"),
        ("C = US, O = Contoso, CN = Contoso Root", "Contoso Root"),
        ("/C=US/O=Contoso/CN=Contoso Root", "Contoso Root"),
        ('C = US, O = Zscaler Inc., CN = "Zscaler Root CA (zs) "', "Zscaler Root CA (zs)"),
        (r"CN=R11,O=Let's Encrypt\, Inc,C=US", "Let's Encrypt, Inc"),
        ("Contoso", "Contoso"),
    ],
)
def test_a_signer_is_named_shortly(issuer: str, name: str) -> None:
    assert signer(issuer) == name


def test_a_look_of_ours_carries_what_is_compared() -> None:
    good = "http_ok_redirect_signin"
    seen = (
        one_look("dns", "dns_ok", answers=("192.0.2.7", "10.0.0.1"), refused=("10.0.0.1",)),
        one_look("tls", "tls_ok", issuer="CN=WE1", ip="192.0.2.7"),
        one_look("https", good, request="GET /x", http_status=200, family=4),
        one_look("https", good, request="HEAD /", http_status=302, location="/sign_in", family=4),
    )
    look = Look("bot:local", PORTAL, Assessment("ok", "ok", "yes", "certain"), seen, NOW)

    facts = look.headline().facts

    assert facts["addresses"] == ("192.0.2.7",)
    assert facts["issuer"] == "CN=WE1"
    assert facts["http_status"] == 302
    assert facts["location"] == "/sign_in"
    assert facts["families"] == ("IPv4",)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Clash(id="x", works=("dns_ok",), fails=("tcp_*",), trap="none"), "not in findings.toml"),
        (Clash(id="x", works=("dns_ok",), fails=("tcp_*",)), "either trap or says"),
        (Clash(id="x", works=("dns_ok",), says="s"), "either fails, or nothing_fails"),
        (Clash(id="x", works=("dnsok",), fails=("tcp_*",), says="s"), "'dnsok' is no cause"),
        (Clash(id="x", works=("dns_ok",), fails=("tcp_*",), says="[[ no ]]"), "[[ no ]] has no"),
    ],
)
def test_a_row_that_cannot_work_is_refused(row: Clash, said: str) -> None:
    book = replace(BOOK, head=msgspec.structs.replace(BOOK.head, clashes=(row,)))

    (problem,) = check_clashes(book)

    assert problem.startswith("runbook.toml: clashes x: ")
    assert said in problem
