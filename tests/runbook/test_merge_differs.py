"""What differs between our look and the customer's is named, as far as it can be compared."""

from dataclasses import replace

import pytest

from bot.evidence.observation import Fact, Verdict
from bot.runbook.merge import merge
from tests.factories import NOW, make_look
from tests.runbook.merge_case import (
    BOOK,
    NC_FAILS,
    PORTAL,
    TIMED_OUT,
    WE_REACH,
    diagnose,
    merged_lines,
    merged_note,
    our_look,
)


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
    assert merged_lines(text)[0] == f"{WE_REACH}, this server does not: {said}"


def test_one_family_that_fails_is_a_difference_in_part() -> None:
    text = (
        f"$ curl -6 -I https://{PORTAL}\ncurl: (7) Failed to connect to {PORTAL} port 443 after"
        f" 3 ms: Network is unreachable\n$ curl -4 -I https://{PORTAL}\nHTTP/2 302\n"
        f"location: https://{PORTAL}/customers/sign_in"
    )

    assert merged_lines(text) == (
        f"{WE_REACH}, this server only in part: its IPv6 fails, ours works.",
    )


def test_ipv6_is_not_compared_where_we_have_none() -> None:
    text = (
        f"$ curl -6 -I https://{PORTAL}\n"
        f"curl: (7) Failed to connect to {PORTAL} port 443: Network is unreachable"
    )

    assert merged_lines(text, our_look(families=("IPv4",))) == ()


def test_a_portal_on_loopback_has_no_address_to_compare() -> None:
    ours = our_look(addresses=("127.0.0.1",))

    (line,) = merged_lines(f"curl: (6) Could not resolve host: {PORTAL}", ours)

    assert line.startswith(f"{WE_REACH}, this server does not, at DNS: ")


def test_words_without_output_are_called_words() -> None:
    (line,) = merged_lines(
        "Our firewall team says outbound port 443 is blocked, connection to the portal times out,"
        " TCP timeout on port 443. Connection refused before that."
    )

    assert line == f"{WE_REACH}; the customer reports a fault at TCP, no output shows it yet."


def test_where_nothing_can_be_compared_the_finding_is_told_once() -> None:
    finding = "Port 443 does not answer: something drops the packets."
    note = merged_note(NC_FAILS)

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
    found = diagnose(NC_FAILS + "\nThis was run on my laptop.")
    look = replace(make_look("tcp_timeout", facts=facts), probe=probe)

    (line,) = merge(BOOK, replace(found, observations=(look,)), our_look(), NOW).lines

    assert line.startswith(f"{WE_REACH}, {place} does not")


def test_a_desktop_that_works_heals_no_server() -> None:
    works = replace(
        make_look("http_ok_redirect_signin", "ok", facts={"machine": "windows"}), layer="http"
    )
    fails = replace(make_look("tcp_timeout", facts={"machine": "node a"}), probe="nc")

    (line,) = merge(
        BOOK, replace(diagnose(NC_FAILS), observations=(works, fails)), our_look(), NOW
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
    found = diagnose("Cannot activate instance due to a connectivity issue")
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

    (line, *_) = merge(BOOK, replace(found, observations=(works, summed)), our_look(), NOW).lines

    assert line.startswith(f"{WE_REACH}{said}")


def test_an_answer_without_verification_proves_nothing() -> None:
    text = f"$ curl -kI https://{PORTAL}\nHTTP/2 302\nlocation: https://{PORTAL}/customers/sign_in"

    assert not any(
        "own test" in line for line in merged_lines("Cannot activate, connectivity.\n" + text)
    )


def test_a_router_that_answers_is_no_address_of_the_portal() -> None:
    (line,) = merged_lines(
        f"$ ping {PORTAL}\nPING {PORTAL} (172.64.146.11) 56(84) bytes of data.\n"
        "From 10.42.8.1 icmp_seq=1 Destination Host Unreachable\n"
        "--- ping statistics ---\n4 packets transmitted, 0 received, +4 errors, 100% packet loss"
    )

    assert "10.42.8.1" not in line
