"""What a handshake tells, and what the other ways to shake hands find out."""

import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest

from bot.evidence.observation import Observation
from bot.probes import tls
from bot.probes.patience import Deadline
from bot.probes.route import straight_to
from tests.probes.certificate_factory import Authority, make_pem
from tests.probes.loopback_servers import (
    HOST,
    PATIENT,
    RECORDER,
    Handle,
    Reply,
    http,
    listening,
    over_tls,
    wait_for_hangup,
)

pytestmark = pytest.mark.usefixtures("loopback")

DAY = timedelta(days=1)


def look(
    handle: Handle, authority: Authority, seconds: float = PATIENT, issuer: str = ""
) -> Observation:
    with listening(handle) as port:
        handshakes = tls.Handshakes(
            straight_to("127.0.0.1", port), HOST, authority.client()(), issuer
        )
        return tls.look(RECORDER, handshakes, Deadline.after(seconds))


def test_a_good_chain_is_ok_and_described(authority: Authority) -> None:
    seen = look(over_tls(authority.server(HOST), wait_for_hangup), authority)

    assert (seen.cause, seen.verdict) == ("tls_ok", "ok")
    assert seen.facts["names"] == (HOST,)
    assert "trustme" in str(seen.facts["issuer"])
    assert str(seen.facts["protocol"]).startswith("TLSv1")


def test_an_intermediate_that_was_sent_is_enough(authority: Authority) -> None:
    context = authority.server_with_intermediate(HOST, sent=True)

    assert look(over_tls(context, wait_for_hangup), authority).cause == "tls_ok"


def test_a_forgotten_intermediate_is_told_from_inspection_by_the_expected_issuer(
    authority: Authority,
) -> None:
    context = authority.server_with_intermediate(HOST, sent=False)

    seen = look(over_tls(context, wait_for_hangup), authority, issuer="trustme")

    assert seen.cause == "tls_incomplete_chain"
    assert seen.facts["chain_size"] == 1


def test_an_unknown_issuer_is_an_inspecting_proxy(authority: Authority) -> None:
    stranger = Authority(type(authority.root)(organization_name="ACME SSL Inspection"),
                         authority.folder)  # fmt: skip

    seen = look(over_tls(stranger.server(HOST), wait_for_hangup), authority)

    assert (seen.cause, seen.verdict) == ("tls_inspection", "fail")
    assert "ACME SSL Inspection" in str(seen.facts["issuer"])


def test_a_trusted_inspecting_proxy_is_named_and_works(authority: Authority) -> None:
    corporate = Authority(type(authority.root)(organization_name="ACME Web Gateway"),
                          authority.folder)  # fmt: skip

    seen = look(over_tls(corporate.server(HOST), wait_for_hangup), corporate)

    assert (seen.cause, seen.verdict) == ("tls_inspection", "warn")


def test_dates_and_names_are_read_although_verification_failed(authority: Authority) -> None:
    now = datetime.now(UTC)
    expired = authority.server(HOST, not_before=now - 9 * DAY, not_after=now - DAY)
    early = authority.server(HOST, not_before=now + DAY, not_after=now + 9 * DAY)
    other = authority.server("other.test")
    causes = [
        look(over_tls(context, wait_for_hangup), authority).cause
        for context in (expired, early, other, authority.self_signed(HOST))
    ]

    assert causes == [
        "tls_expired", "tls_not_yet_valid", "tls_hostname_mismatch", "tls_self_signed",
    ]  # fmt: skip


def test_plain_http_is_not_tls(authority: Authority) -> None:
    def speak_http(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    assert look(speak_http, authority).cause == "tls_not_tls"


def test_an_old_protocol_is_named(authority: Authority) -> None:
    context = authority.server(HOST)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with listening(over_tls(context, wait_for_hangup)) as port:
        modern = authority.client()()
        modern.minimum_version = ssl.TLSVersion.TLSv1_3
        handshakes = tls.Handshakes(straight_to("127.0.0.1", port), HOST, modern)
        seen = tls.look(RECORDER, handshakes, Deadline.after(PATIENT))

    assert seen.cause == "tls_protocol_version"


def test_a_silent_peer_is_a_handshake_timeout(authority: Authority) -> None:
    seen = look(wait_for_hangup, authority, seconds=0.5)

    assert seen.cause == "tls_handshake_timeout"


def test_a_peer_that_hangs_up_whatever_the_name_does_not_block_the_name(
    authority: Authority,
) -> None:
    seen = look(lambda connection: connection.close(), authority)

    assert seen.cause in ("tls_unexpected_eof", "tls_reset")


@pytest.mark.parametrize("polite", [True, False])
def test_a_filter_that_refuses_the_name_is_found_by_a_hello_without_it(
    authority: Authority, *, polite: bool
) -> None:
    context = authority.server(HOST)
    refusal = ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

    def choose(_sock: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        return refusal if name else None

    def filtered(connection: socket.socket) -> None:
        hello = connection.recv(4096, socket.MSG_PEEK)
        if HOST.encode() in hello:
            return
        over_tls(context, wait_for_hangup)(connection)

    if polite:
        context.sni_callback = choose
    seen = look(over_tls(context, wait_for_hangup) if polite else filtered, authority)

    assert seen.cause == "tls_sni_blocked"


def test_a_filter_that_swallows_the_name_is_found_after_a_while(authority: Authority) -> None:
    context = authority.server(HOST)

    def filtered(connection: socket.socket) -> None:
        hello = connection.recv(4096, socket.MSG_PEEK)
        handle = wait_for_hangup if HOST.encode() in hello else over_tls(context, wait_for_hangup)
        handle(connection)

    assert look(filtered, authority).cause == "tls_sni_blocked"


def test_alert_40_with_a_certificate_request_means_a_client_certificate(
    authority: Authority,
) -> None:
    context = authority.server(HOST)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    authority.root.configure_trust(context)

    seen = look(over_tls(context, http({"*": Reply()})), authority)

    assert seen.cause == "tls_client_cert_required"


def test_a_certificate_factory_signs_its_own() -> None:
    assert make_pem(HOST, HOST).count(b"BEGIN") == 2


def test_a_wildcard_above_an_underscore_counts_as_it_does_in_ruby(authority: Authority) -> None:
    server = over_tls(authority.self_signed("*.example_company.test"), wait_for_hangup)
    with listening(server) as port:
        route, context = straight_to("127.0.0.1", port), authority.client()()
        context.load_verify_locations(authority.folder / "server.pem")
        seen = [
            tls.look(RECORDER, tls.Handshakes(route, host, context), Deadline.after(PATIENT)).cause
            for host in ("customers.example_company.test", "a.b.example_company.test")
        ]

    assert seen == ["tls_ok", "tls_hostname_mismatch"]
