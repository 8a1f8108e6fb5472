"""Globalping as a vantage, against a stand-in after its public API description."""

import pytest

from bot.vantages.globalping import read_place
from tests.vantages.globalping_looks import globalping, look
from tests.vantages.pocket_globalping import (
    CERTIFICATE,
    IN_PROGRESS,
    OFFLINE,
    PORTAL,
    dns_result,
    failed,
    http_result,
    mtr_hop,
    mtr_result,
    ping_result,
    pocket_globalping,
)

pytestmark = pytest.mark.usefixtures("loopback")


def test_a_healthy_portal_is_healthy_from_there() -> None:
    seen, _ = look()

    assert seen.vantage == "globalping:DE"
    assert (seen.assessment.layer, seen.assessment.activates) == ("ok", "yes")
    assert seen.families == ("IPv4",)
    assert {item.vantage for item in seen.observations} == {
        "globalping:DE Frankfurt AS3320", "globalping:DE Berlin AS8881",
    }  # fmt: skip
    assert {item.probe for item in seen.observations} == {"https", "tls", "dns", "icmp"}


def test_only_the_portal_is_named_and_nothing_is_posted_to_it() -> None:
    _, desk = look("FR")

    assert {body["target"] for body in desk.asked} == {PORTAL}
    assert {body["type"] for body in desk.asked} == {"http", "dns", "ping"}
    assert {
        body["measurementOptions"]["request"]["method"]
        for body in desk.asked
        if body["type"] == "http"
    } == {"HEAD", "GET"}


def test_the_same_probes_answer_every_question() -> None:
    _, desk = look("FR")

    assert desk.asked[0]["locations"] == [{"country": "FR"}]
    assert desk.asked[0]["limit"] == 2
    assert {str(body["locations"]) for body in desk.asked[1:]} == {"m0abc"}
    assert all("limit" not in body for body in desk.asked[1:])


def test_a_country_without_probes_falls_back_to_ours() -> None:
    seen, desk = look("LI", empty={"LI"})

    assert seen.vantage == "globalping:DE"
    assert seen.assessment.activates == "yes"
    assert desk.asked[0]["locations"] == [{"country": "LI"}]


def test_progress_is_waited_for_with_etags() -> None:
    seen, desk = look(polls=3)

    assert seen.assessment.activates == "yes"
    assert desk.unchanged > 0


def test_what_does_not_finish_in_time_says_nothing() -> None:
    with pocket_globalping(polls=10**9) as desk:
        seen, _ = globalping(desk, run_seconds=0.5)("")

    assert seen.assessment.activates == "unknown"
    assert {item.cause for item in seen.observations} <= {"truncated"}


def test_one_slow_probe_leaves_the_other_ones_answer() -> None:
    seen, _ = look(results={"http HEAD": [http_result(), IN_PROGRESS]})

    assert seen.assessment.activates == "yes"


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ("connect ECONNREFUSED 203.0.113.9:443", "tcp_refused"),
        ("read ECONNRESET", "tcp_reset"),
        ("Request timeout.", "tcp_timeout"),
        ("getaddrinfo ENOTFOUND customers.example_company.com", "dns_nxdomain"),
        ("connect EHOSTUNREACH 203.0.113.9:443", "host_unreachable"),
        ("EPROTO ssl3_read_bytes:tlsv1 alert handshake failure", "tls_handshake_failure"),
    ],
)
def test_a_failure_of_the_target_is_named(raw: str, cause: str) -> None:
    result = [failed("target", raw)]
    seen, _ = look(results={"http HEAD": result, "http GET": result})

    assert (seen.assessment.cause, seen.assessment.activates) == (cause, "no")


@pytest.mark.parametrize("source", ["internal", "resolver"])
def test_a_failure_of_the_probe_itself_accuses_nobody(source: str) -> None:
    result = [failed(source, "connect ETIMEDOUT")]
    names = ("http HEAD", "http GET", "dns A", "dns AAAA", "ping")
    seen, _ = look(results=dict.fromkeys(names, result))

    assert seen.assessment.activates == "unknown"
    assert not seen.fails


def test_an_older_probe_that_names_no_source_is_read_by_its_words() -> None:
    seen, _ = look(results={"http HEAD": [failed(None, "connect ECONNREFUSED 203.0.113.9:443")]})

    assert seen.assessment.cause == "tcp_refused"


def test_one_failing_probe_of_two_says_nothing() -> None:
    broken = failed("target", "connect ETIMEDOUT")
    seen, _ = look(results={"http HEAD": [http_result(), broken], "http GET": [
        http_result(200, body="Sign in"), broken]})  # fmt: skip

    assert seen.assessment.activates == "yes"


def test_offline_probes_say_nothing() -> None:
    names = ("http GET", "dns A", "dns AAAA", "ping")
    seen, _ = look(results={name: [OFFLINE] for name in names})

    assert seen.assessment.activates == "yes"
    assert any(item.detail == "the probe went offline" for item in seen.observations)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("certificate has expired", "tls_expired"),
        ("Hostname/IP does not match certificate's altnames", "tls_hostname_mismatch"),
        ("self signed certificate", "tls_self_signed"),
        ("unable to verify the first certificate", "tls_incomplete_chain"),
        ("self signed certificate in certificate chain", "tls_untrusted_ca"),
        ("certificate is not yet valid", "tls_not_yet_valid"),
    ],
)
def test_a_certificate_that_is_refused_is_named(error: str, cause: str) -> None:
    refused = {**CERTIFICATE, "authorized": False, "error": error}
    result = [http_result(tls=refused)]
    seen, _ = look(results={"http HEAD": result, "http GET": result})

    assert (seen.assessment.cause, seen.assessment.activates) == (cause, "no")


@pytest.mark.parametrize(
    ("status", "cause"),
    [(503, "http_server_error"), (403, "http_forbidden"), (429, "http_rate_limited"),
     (404, "http_unexpected_status")],
)  # fmt: skip
def test_an_unexpected_status_is_named(status: int, cause: str) -> None:
    result = [http_result(status, headers={"Set-Cookie": ["a=1", "b=2"]})]
    seen, _ = look(results={"http HEAD": result, "http GET": result})

    assert (seen.assessment.cause, seen.assessment.activates) == (cause, "no")


def test_a_filters_page_is_named() -> None:
    page = "<h1>This page is blocked by your organization's internet policy</h1>"
    seen, _ = look(results={"http GET": [http_result(200, body=page)]})

    assert seen.assessment.cause == "http_block_page"


@pytest.mark.parametrize(
    ("code", "cause"), [(2, "dns_servfail"), (3, "dns_nxdomain"), (5, "dns_refused")]
)
def test_a_resolver_that_says_no_is_named(code: int, cause: str) -> None:
    seen, _ = look(results={"dns A": [dns_result("A", code=code)]})

    assert cause in {item.cause for item in seen.observations if item.verdict == "fail"}


def test_no_aaaa_record_and_no_ping_are_no_faults() -> None:
    seen, _ = look(results={"ping": [ping_result(0)]})

    assert seen.assessment.activates == "yes"
    assert not any(item.verdict == "fail" for item in seen.observations)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("DE", {"country": "DE"}),
        ("de", {"country": "DE"}),
        ("AS3320", {"asn": 3320}),
        ("Berlin", {"city": "Berlin"}),
        ("DE+Berlin+AS3320", {"country": "DE", "city": "Berlin", "asn": 3320}),
        ("world", {"magic": "world"}),
        ("", {"magic": "world"}),
    ],
)
def test_a_place_is_a_country_a_network_or_a_city(text: str, place: dict[str, object]) -> None:
    assert read_place(text) == place


LOST = [failed("target", "connect ETIMEDOUT 203.0.113.9:443")]


@pytest.mark.parametrize(
    ("hops", "cause", "detail"),
    [
        ((mtr_hop("198.51.100.1"), mtr_hop("192.0.2.7", 3, 64500), mtr_hop(None, 0)),
         "route_stops", "ends after hop 2, 192.0.2.7 (AS64500)"),
        ((mtr_hop(None, 0), mtr_hop(None, 0)), "route_stops", "no hop answered"),
        ((mtr_hop("198.51.100.1"), mtr_hop("203.0.113.9", 2)),
         "packet_loss", "33.3 % lost at the portal"),
        ((), "tcp_ok", "reached at hop 2"),
    ],
)  # fmt: skip
def test_a_portal_that_is_not_reached_is_asked_for_its_path(
    hops: tuple[dict[str, object], ...], cause: str, detail: str
) -> None:
    seen, desk = look(results={"http HEAD": LOST, "http GET": LOST, "mtr": [mtr_result(*hops)]})

    assert (seen.assessment.cause, seen.assessment.activates) == ("tcp_timeout", "no")
    routes = [item for item in seen.observations if item.probe == "route"]
    assert {(item.cause, item.detail) for item in routes} == {(cause, detail)}
    assert [body["measurementOptions"]["protocol"] for body in desk.asked if body["type"] == "mtr"]


def test_a_portal_that_answers_is_not_asked_for_its_path() -> None:
    _, desk = look(results={"http HEAD": [http_result(503)], "http GET": [http_result(503)]})

    assert "mtr" not in {body["type"] for body in desk.asked}


def test_a_limit_before_the_path_leaves_the_look_as_it_is() -> None:
    seen, _ = look(results={"http HEAD": LOST, "http GET": LOST}, most=5)

    assert seen.assessment.cause == "tcp_timeout"
    assert "route" not in {item.probe for item in seen.observations}
