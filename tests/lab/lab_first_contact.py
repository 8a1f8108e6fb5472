"""Faults and odd healthy networks whose truth was written before any probe had met them."""

import socket
import ssl

from tests.lab.lab_fault import FINE, GOOD, NO, NO_WAY_OUT, ONLY_V4, USES_PROXY, V4, Fault
from tests.lab.lab_handles import always, portal, says, with_tls
from tests.lab.lab_oddities import RESET_ON_CLOSE, banner, json, raw, reset_on_hello
from tests.lab.lab_pki import HOST
from tests.probes.loopback_servers import (
    Reply,
    Zone,
    http,
    portal_answers,
    read_head,
    wait_for_hangup,
)

SIGN_IN = f"https://{HOST}/customers/sign_in"
WELL = http(portal_answers(HOST))
LIAR = "20.40.60.82"
ALERT = "1503030002 02"
OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"
TO_WIFI = b"HTTP/1.1 302 Found\r\nLocation: http://wifi.hotel.example/\r\nContent-Length: 0\r\n\r\n"
CHALLENGE = Reply(403, "<title>Just a moment...</title>",
                  {"cf-mitigated": "challenge", "Server": "cloudflare"})  # fmt: skip
LONG_HEAD = (
    "HTTP/1.1 302 Found\r\n" + "".join(f"X-Note-{n}: {'n' * 900}\r\n" for n in range(40))
    + f"Location: {SIGN_IN}\r\n\r\n"
).encode()  # fmt: skip
BARE_HEAD = f"HTTP/1.1 302\r\nlocation:{SIGN_IN}\r\n\r\n".encode()
SETTINGS = bytes.fromhex("000000040000000000")
GO_AWAY = bytes.fromhex("0000080700000000000000000000000001")


def old_tls(context: ssl.SSLContext) -> None:
    """A device that stopped at TLS 1.0."""
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1


def only_http2(connection: socket.socket) -> None:
    """Speak HTTP/2 whatever is asked."""
    connection.sendall(SETTINGS)
    connection.recv(4096)
    connection.sendall(GO_AWAY)


def reset_within_answer(connection: socket.socket) -> None:
    """Begin an answer of the API and reset."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"data":')
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


def hang_up_at_once(connection: socket.socket) -> None:
    """Close without reading: a load balancer with nobody behind it."""
    connection.shutdown(socket.SHUT_RDWR)


def show_the_way_in_plain(connection: socket.socket) -> None:
    """Answer a hello with a plain redirect, as some hot spots do on 443."""
    connection.recv(4096)
    connection.sendall(TO_WIFI)


def no_connect(connection: socket.socket) -> None:
    """A proxy for plain HTTP only."""
    read_head(connection)
    connection.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n\r\n")


HANDSHAKES = (
    Fault("device_speaks_only_tls_1_0", "tls", "tls_protocol_version", NO,
          everywhere=with_tls(WELL, prepare=old_tls)),
    Fault("hello_meets_no_application_protocol", "tls", "tls_handshake_failure", NO,
          everywhere=always(banner(bytes.fromhex(ALERT + "78")))),
    Fault("hello_meets_protocol_version", "tls", "tls_protocol_version", NO,
          everywhere=always(banner(bytes.fromhex(ALERT + "46")))),
    Fault("connection_is_closed_at_once", "tls", "tls_unexpected_eof", NO, also_layers=("tcp",),
          also_causes=("tls_reset", "tcp_reset"), everywhere=always(hang_up_at_once)),
    Fault("hello_meets_a_plain_redirect", "tls", "tls_not_tls", NO, also_layers=("http",),
          also_causes=("http_captive_portal",), everywhere=always(show_the_way_in_plain)),
)  # fmt: skip
ANSWERS = (
    Fault("peer_speaks_only_http_2", "http", "http_unexpected_status", NO,
          also_causes=("http_connection_closed",), everywhere=with_tls(only_http2)),
    Fault("api_answer_is_reset_midway", "http", "http_connection_closed", NO,
          everywhere=portal(graphql=reset_within_answer)),
    Fault("network_wants_a_login_511", "http", "http_captive_portal", NO,
          everywhere=portal(everything=Reply(511, "<h1>Log in</h1>"))),
    Fault("inspector_sends_to_a_guest_login", "http", "http_captive_portal", NO, trust="company",
          also_causes=("http_block_page",), everywhere=portal("inspected", everything=Reply(
              302, "", {"Location": "http://login.hotel.example/?u=1"}))),
    Fault("only_the_post_is_challenged", "http", "http_forbidden", NO,
          also_causes=("http_block_page", "http_unexpected_status"),
          everywhere=portal(graphql=CHALLENGE)),
    Fault("only_the_post_is_rate_limited", "http", "http_rate_limited", NO,
          everywhere=portal(graphql=Reply(429, "", {"Retry-After": "60"}))),
    Fault("post_is_too_large", "http", "http_unexpected_status", NO,
          also_causes=("http_forbidden", "http_block_page"),
          everywhere=portal(graphql=Reply(413, "<h1>Request Entity Too Large</h1>"))),
    Fault("post_is_misdirected", "http", "http_unexpected_status", NO,
          everywhere=portal(graphql=Reply(421, "Misdirected Request"))),
    Fault("law_forbids_it", "http", "http_block_page", NO,
          everywhere=portal(everything=Reply(451, "Unavailable For Legal Reasons"))),
    Fault("head_hangs_and_the_rest_works", "http", "http_timeout", ("degraded", "yes"),
          also_causes=("http_slow",), everywhere=portal(head=wait_for_hangup)),
    Fault("everything_is_empty", "http", "http_unexpected_status", NO,
          everywhere=portal(everything=Reply(200, ""))),
    Fault("everything_says_no_content", "http", "http_unexpected_status", NO,
          everywhere=portal(everything=Reply(204, ""))),
    Fault("api_says_down_in_json", "http", "http_server_error", NO,
          everywhere=portal(graphql=json(503, '{"errors":[{"message":"maintenance"}]}'))),
)  # fmt: skip
NETWORKS = (
    Fault("first_resolver_fails_and_second_answers", "dns", "dns_servfail", ("degraded", "yes"),
          also_layers=("ok",), also_causes=("ok", "dns_first_resolver_dead"),
          zones=(Zone(rcode="SERVFAIL"), GOOD)),
    Fault("only_the_aaaa_question_fails", "dns", "dns_servfail", ("degraded", "yes", "no"),
          also_layers=("ok",), also_causes=("ok",),
          zones=(Zone(ONLY_V4.records, rcodes={"AAAA": "SERVFAIL"}),)),
    Fault("resolver_has_one_public_address_for_every_name", "tls", "tls_hostname_mismatch", NO,
          also_layers=("dns",), also_causes=("dns_sinkhole",), zones=(Zone({"A": (LIAR,)}),),
          addresses=(LIAR,), everywhere=portal("other-host")),
    Fault("packets_over_1280_vanish", "ip", "mtu_blackhole", NO,
          rules=("meta length > 1280 drop",), everywhere=portal("long")),
    Fault("connections_are_reset_after_two_kilobytes", "tls", "tls_reset", NO,
          also_layers=("http",), also_causes=("http_connection_closed",), zones=(ONLY_V4,),
          rules=("tcp dport 443 ct bytes > 2000 reject with tcp reset",)),
    Fault("route_leads_back_to_the_host", "ip", "ip_blackhole", NO, also_layers=("tcp",),
          also_causes=("no_route", "host_unreachable", "tcp_timeout"),
          zones=(Zone({"A": (V4,)}),),
          router_lines=(f"route replace {V4} via 192.168.77.10",)),
    Fault("proxy_opens_a_tunnel_and_resets_the_hello", "proxy", "proxy_upstream_failed", NO,
          environ=USES_PROXY, proxy=says(OPENED, then=reset_on_hello), rules=(NO_WAY_OUT,)),
    Fault("proxy_is_asked_too_often", "proxy", "proxy_forbidden", NO, environ=USES_PROXY,
          also_causes=("proxy_upstream_failed",), rules=(NO_WAY_OUT,),
          proxy=says(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\n\r\n")),
    Fault("proxy_does_not_know_connect", "proxy", "proxy_forbidden", NO, environ=USES_PROXY,
          proxy=always(no_connect), rules=(NO_WAY_OUT,)),
)  # fmt: skip
HEALTHY = tuple(Fault(name, "ok", "ok", FINE, healthy=True, **more) for name, more in (
    ("answer_has_forty_long_headers", {"everywhere": raw([("HEAD", LONG_HEAD)])}),
    ("answer_has_no_reason_and_no_blank", {"everywhere": raw([("HEAD", BARE_HEAD)])}),
    ("redirect_names_the_port_and_a_language", {"everywhere": portal(head=Reply(
        302, "", {"Location": f"https://{HOST}:443/customers/sign_in?locale=en"}))}),
    ("redirect_shouts_the_host", {"everywhere": portal(head=Reply(
        302, "", {"Location": f"https://{HOST.upper()}/customers/sign_in"}))}),
    ("resolver_drops_questions_with_edns", {
        "resolver_rules": ("udp dport 53 udp length > 60 drop",)}),
    ("router_drops_ecn", {"rules": ("tcp flags & (ecn | cwr) == ecn | cwr drop",)}),
    ("resolver_answers_nonsense_and_knows_the_portal", {
        "zones": (Zone(GOOD.records, names={"*.invalid": Zone({"A": (V4,)})}),)}),
))  # fmt: skip
FIRST_CONTACT = (*HANDSHAKES, *ANSWERS, *NETWORKS, *HEALTHY)
