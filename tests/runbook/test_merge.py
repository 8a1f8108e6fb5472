"""Our look, the customer's evidence and the product's words make one verdict, with what differs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from bot.evidence.look import Look
from bot.evidence.observation import Assessment, Fact, Observation, Verdict
from bot.manifests import load_manifests
from bot.runbook.check_clashes import check_clashes
from bot.runbook.clash import Clash
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.differs import plain, signer
from bot.runbook.html import to_html
from bot.runbook.merge import merge
from bot.runbook.note import fits_short, write_note
from bot.runbook.observe import observe_ticket
from bot.runbook.plan import semantic_digest
from tests.factories import NOW, make_comment, make_context, make_look, make_ticket

BOOK = load_manifests().runbook
PORTAL = "customers.example_company.com"
CURL_WORKS = (
    f"$ curl -I https://{PORTAL}\nHTTP/2 302\nlocation: https://{PORTAL}/customers/sign_in\n"
)
NC_FAILS = (
    f"$ nc -zv {PORTAL} 443\n"
    f"nc: connect to {PORTAL} port 443 (tcp) timed out: Operation now in progress"
)
TIMED_OUT = f"curl: (28) Failed to connect to {PORTAL} port 443 after 9001 ms: Timeout was reached"
INSPECTED = f"""$ openssl s_client -connect {PORTAL}:443
CONNECTED(00000003)
verify error:num=19:self-signed certificate in certificate chain
---
Certificate chain
 0 s:CN = {PORTAL}
   i:C = US, O = Contoso, CN = Contoso Root
 1 s:C = US, O = Contoso, CN = Contoso Root
   i:C = US, O = Contoso, CN = Contoso Root
---
subject=CN = {PORTAL}
issuer=C = US, O = Contoso, CN = Contoso Root
---
Verify return code: 19 (self-signed certificate in certificate chain)"""
FORBIDDEN = (
    f"$ curl -I https://{PORTAL}\nHTTP/1.1 403 Forbidden\nServer: squid/4.1\n"
    "Content-Type: text/html"
)
OURS: Mapping[str, Fact] = {
    "activates": "yes",
    "families": ("IPv4", "IPv6"),
    "addresses": ("172.64.146.11", "2606:4700:4400::6812:292b"),
    "issuer": "CN=WE1,O=Google Trust Services,C=US",
    "http_status": 302,
}
WE_REACH = "We reach the portal over IPv4 and IPv6 (41 s ago)"
BOTH_REACH = f"{WE_REACH}, and so does the customer's own test"


def _ours(
    cause: str = "ok", verdict: Verdict = "ok", *, age: float = 41, **facts: Fact
) -> Observation:
    look = make_look(cause, verdict, vantage="bot:local", facts={**OURS, **facts})
    return replace(look, probe="suite", seen_at=NOW - timedelta(seconds=age))


def _seen(probe: str, cause: str, **facts: Fact) -> Observation:
    return replace(make_look(cause, "ok", vantage="bot:local", facts=facts), probe=probe)


def _diagnose(text: str) -> Diagnosis:
    ticket = make_ticket(text)
    return classify(BOOK, ticket, observe_ticket(ticket, BOOK))


def _lines(text: str, ours: Observation | None = None) -> tuple[str, ...]:
    return merge(BOOK, _diagnose(text), ours or _ours(), NOW).lines


def _note(text: str, ours: Observation | None = None, *, trouble: tuple[str, ...] = ()) -> str:
    context = replace(make_context(), control=ours or _ours(), trouble=trouble)
    return write_note(BOOK, _diagnose(text), context)


# Golden: the beginning of a note with our own look beside the customer's evidence.


def test_an_inspected_connection_is_told_by_its_issuer_beside_ours() -> None:
    note = _note(INSPECTED)

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
    note = _note(FORBIDDEN)

    assert (
        f'{WE_REACH}, this server does not: it gets 403 from "squid/4.1", we get 302.'
        in note.splitlines()[:3]
    )
    assert "Our probes" not in note
    assert fits_short(note)


def test_a_clash_replaces_the_trap_and_asks_one_question() -> None:
    note = _note(
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


# What differs.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"$ getent ahosts {PORTAL}\n10.1.2.3        STREAM {PORTAL}",
            "its lookup leads to the private address 10.1.2.3, ours to 172.64.146.11.",
        ),
        (
            f"$ getent ahosts {PORTAL}\n0.0.0.0        STREAM {PORTAL}",
            "its lookup leads to the sinkhole 0.0.0.0, ours to 172.64.146.11.",
        ),
        (
            f"curl: (6) Could not resolve host: {PORTAL}",
            "it gets no address, we get 172.64.146.11, 2606:4700:4400::6812:292b.",
        ),
        (
            f"$ curl -v https://{PORTAL}\n*   Trying 104.18.26.123:443...\n{TIMED_OUT}",
            (
                "it goes to 104.18.26.123, we to 172.64.146.11 (a fixed or old address, rewriting,"
                " or another edge of the CDN)."
            ),
        ),
        (
            f"$ curl -v https://{PORTAL}\n*   Trying 172.64.146.11:443...\n{TIMED_OUT}",
            "the same address 172.64.146.11 answers us, so something on its way stops it.",
        ),
        (
            (
                f"$ curl -I https://{PORTAL}\nHTTP/1.1 407 Proxy Authentication Required\n"
                "curl: (56) CONNECT tunnel failed, response 407\n"
                "$ env | grep -i proxy\nhttps_proxy=http://proxy.int.example:3128"
            ),
            "it goes through the proxy proxy.int.example:3128, we go straight.",
        ),
        (
            (
                f"$ curl -I https://{PORTAL}\n"
                "curl: (60) SSL certificate problem: unable to get local issuer certificate"
            ),
            'it cannot verify the certificate, we can ("Google Trust Services").',
        ),
        (
            (
                f"$ curl -I https://{PORTAL}\n"
                "curl: (60) SSL certificate problem: certificate is not yet valid"
            ),
            "the certificate is valid for us: probably its clock is wrong.",
        ),
    ],
)
def test_what_differs_is_named(text: str, said: str) -> None:
    assert _lines(text)[0] == f"{WE_REACH}, this server does not: {said}"


def test_one_family_that_fails_is_a_difference_in_part() -> None:
    text = (
        f"$ curl -6 -I https://{PORTAL}\ncurl: (7) Failed to connect to {PORTAL} port 443 after"
        f" 3 ms: Network is unreachable\n$ curl -4 -I https://{PORTAL}\nHTTP/2 302\n"
        f"location: https://{PORTAL}/customers/sign_in"
    )

    assert _lines(text) == (f"{WE_REACH}, this server only in part: its IPv6 fails, ours works.",)


def test_ipv6_is_not_compared_where_we_have_none() -> None:
    text = (
        f"$ curl -6 -I https://{PORTAL}\n"
        f"curl: (7) Failed to connect to {PORTAL} port 443: Network is unreachable"
    )

    assert _lines(text, _ours(families=("IPv4",))) == ()


def test_a_portal_on_loopback_has_no_address_to_compare() -> None:
    ours = _ours(addresses=("127.0.0.1",))

    (line,) = _lines(f"curl: (6) Could not resolve host: {PORTAL}", ours)

    assert line.startswith(f"{WE_REACH}, this server does not, at DNS: ")


def test_words_without_output_are_called_words() -> None:
    (line,) = _lines(
        "Our firewall team says outbound port 443 is blocked, connection to the portal times out,"
        " TCP timeout on port 443. Connection refused before that."
    )

    assert line == f"{WE_REACH}; the customer reports a fault at TCP, no output shows it yet."


def test_where_nothing_can_be_compared_the_finding_is_told_once() -> None:
    finding = "Port 443 does not answer: something drops the packets."
    note = _note(NC_FAILS)

    assert f"{WE_REACH}, this server does not, at TCP: {finding}" in note
    assert note.count(finding) == 1


@pytest.mark.parametrize(
    ("facts", "probe", "place"),
    [
        ({"machine": "windows"}, "powershell", "the desktop that was tested"),
        ({}, "curl", "the machine that was tested"),
        ({}, "ruby", "this server"),
    ],
)
def test_the_machine_is_named_as_far_as_it_is_known(
    facts: dict[str, Fact], probe: str, place: str
) -> None:
    found = _diagnose(NC_FAILS + "\nThis was run on my laptop.")
    look = replace(make_look("tcp_timeout", facts=facts), probe=probe)

    (line,) = merge(BOOK, replace(found, observations=(look,)), _ours(), NOW).lines

    assert line.startswith(f"{WE_REACH}, {place} does not")


def test_a_desktop_that_works_heals_no_server() -> None:
    works = replace(
        make_look("http_ok_redirect_signin", "ok", facts={"machine": "windows"}), layer="http"
    )
    fails = replace(make_look("tcp_timeout", facts={"machine": "node a"}), probe="nc")

    (line,) = merge(
        BOOK, replace(_diagnose(NC_FAILS), observations=(works, fails)), _ours(), NOW
    ).lines

    assert line.startswith(f"{WE_REACH}, this server does not")


@pytest.mark.parametrize(
    ("activates", "verdict", "said"),
    [
        ("yes", "ok", ", and so does the customer's own test"),
        (
            "degraded",
            "warn",
            ", this server only in part, at TCP: Some addresses of the portal open",
        ),
        ("no", "fail", ", this server does not, at TCP: Some addresses of the portal open"),
    ],
)
def test_a_check_scripts_sum_decides_not_the_one_address_that_answers(
    activates: str, verdict: Verdict, said: str
) -> None:
    found = _diagnose("Cannot activate instance due to a connectivity issue")
    works = replace(
        make_look("http_ok_redirect_signin", "ok", vantage="customer:script"), probe="https"
    )
    summed = replace(
        make_look(
            "ok" if activates == "yes" else "tcp_partial", verdict,
            vantage="customer:script", facts={"judged": True, "activates": activates},
        ),
        probe="check",
    )  # fmt: skip

    (line, *_) = merge(BOOK, replace(found, observations=(works, summed)), _ours(), NOW).lines

    assert line.startswith(f"{WE_REACH}{said}")


def test_an_answer_without_verification_proves_nothing() -> None:
    text = f"$ curl -kI https://{PORTAL}\nHTTP/2 302\nlocation: https://{PORTAL}/customers/sign_in"

    assert not any("own test" in line for line in _lines("Cannot activate, connectivity.\n" + text))


def test_a_router_that_answers_is_no_address_of_the_portal() -> None:
    (line,) = _lines(
        f"$ ping {PORTAL}\nPING {PORTAL} (172.64.146.11) 56(84) bytes of data.\n"
        "From 10.42.8.1 icmp_seq=1 Destination Host Unreachable\n"
        "--- ping statistics ---\n4 packets transmitted, 0 received, +4 errors, 100% packet loss"
    )

    assert "10.42.8.1" not in line


# When nothing is compared.


@pytest.mark.parametrize(
    "ours",
    [
        _ours("tcp_timeout", "fail"),
        _ours("packet_loss", "warn"),
        _ours("unclear", "unknown"),
        _ours(age=16 * 60),
    ],
)
def test_a_look_of_ours_that_fails_or_is_old_accuses_nobody(ours: Observation) -> None:
    note = _note(INSPECTED, ours)

    assert _lines(INSPECTED, ours) == ()
    assert "We reach" not in note
    assert "Our probes" in note


def test_in_portal_trouble_nothing_is_compared() -> None:
    note = _note(INSPECTED, trouble=("bot:local", "bot:frankfurt"))

    assert "We reach" not in note
    assert "Portal trouble" in note.splitlines()[0]


def test_a_scenario_that_is_not_about_the_network_compares_nothing() -> None:
    assert _lines("Activation code for A-S00012345 not received, please resend.") == ()


def test_a_recording_of_the_browser_says_nothing_about_the_instances_way() -> None:
    found = _diagnose("Cannot activate instance due to a connectivity issue")
    page = replace(
        make_look("http_server_error", vantage="customer:har", facts={"http_status": 502}),
        probe="har",
    )

    merged = merge(BOOK, replace(found, observations=(page,)), _ours(), NOW)

    assert merged.lines == ()


# Contradictions.


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
    found = replace(_diagnose(text), scenario="connectivity_unknown")

    ours, clash = merge(BOOK, found, _ours(), NOW).lines

    assert ours.startswith(BOTH_REACH)
    assert clash.startswith("**Contradiction:** ")
    assert said in clash
    assert clash.count("**Settles it:** ") == 1


def test_a_clash_is_named_without_a_look_of_ours() -> None:
    (line,) = merge(BOOK, _diagnose(CURL_WORKS + NC_FAILS), None, NOW).lines

    assert "they ignore proxy variables, curl follows them" in line


def test_dig_beside_getent_says_what_differs_and_who_decides() -> None:
    text = (
        f"$ dig +short {PORTAL}\n172.64.146.11\n"
        f"$ getent ahosts {PORTAL}\n10.1.2.3        STREAM {PORTAL}"
    )

    ours, clash = _lines(text)

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
    found = replace(_diagnose(text), scenario="connectivity_unknown")

    lines = merge(BOOK, found, _ours(), NOW).lines

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

    assert not any("Contradiction" in line for line in merge(BOOK, found, _ours(), NOW).lines)


def test_two_machines_that_differ_do_not_clash() -> None:
    found = _diagnose("The sync fails with a connection timeout on port 443.")
    works = replace(
        make_look("http_ok_redirect_signin", "ok", facts={"machine": "windows"}), layer="http"
    )
    fails = replace(make_look("tcp_timeout", facts={"machine": "node a"}), probe="nc")

    merged = merge(BOOK, replace(found, observations=(works, fails)), _ours(), NOW)

    assert not any("Contradiction" in line for line in merged.lines)


@pytest.mark.parametrize("text", [INSPECTED, FORBIDDEN, CURL_WORKS + NC_FAILS])
def test_our_look_never_changes_the_digest(text: str) -> None:
    ticket, found = make_ticket(text), _diagnose(text)

    merge(BOOK, found, _ours(), NOW)

    assert semantic_digest(BOOK, ticket, found) == semantic_digest(BOOK, ticket, _diagnose(text))


def test_a_strangers_name_is_harmless_in_the_sentence() -> None:
    look = replace(
        make_look("tls_inspection", facts={"issuer": "CN = <b>**{{x}}** [% y %] Proxy CA"}),
        probe="openssl",
    )
    found = replace(_diagnose(INSPECTED), observations=(look,))

    html = to_html(write_note(BOOK, found, replace(make_context(), control=_ours())))

    assert "<b>" not in html
    assert "{{" not in html
    assert plain("<b>") == r"\<b\>"


# The facts and the table.


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
        _seen("dns", "dns_ok", answers=("192.0.2.7", "10.0.0.1"), refused=("10.0.0.1",)),
        _seen("tls", "tls_ok", issuer="CN=WE1", ip="192.0.2.7"),
        _seen("https", good, request="GET /x", http_status=200, family=4),
        _seen("https", good, request="HEAD /", http_status=302, location="/sign_in", family=4),
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
