"""What the portal's answers, and the answers of others in its place, are called."""

import gzip
import itertools
import socket
import time
from collections.abc import Mapping

import pytest

from bot.evidence.observation import Observation
from bot.probes import https
from bot.probes.pages import Answer, name_answer, name_graphql_answer, name_redirect
from bot.probes.patience import Deadline
from bot.probes.route import straight_to
from tests.probes.certificate_factory import Authority
from tests.probes.loopback_servers import (
    GUARD,
    HOST,
    PATIENT,
    RECORDER,
    Handle,
    Reply,
    http,
    listening,
    over_tls,
    portal_answers,
    wait_for_hangup,
)

BLOCKED = "<title>Access Denied</title><h1>Web Page Blocked</h1>Category: Business"
URL = "https://portal.test/"


def visit(
    authority: Authority,
    answers: Mapping[str, Reply | Handle],
    *,
    seconds: float = PATIENT,
) -> dict[str, Observation]:
    """Look at the front, the sign-in page and the API of a server; by request."""
    context = authority.server(HOST)
    with listening(over_tls(context, http(answers))) as port:
        target = GUARD.check_url(f"https://{HOST}:{port}/")
        made = https.Visit(
            straight_to("127.0.0.1", port), target, authority.client()(), https.Portal(), pause=0.01
        )
        looks = (https.look_at_front, https.look_at_sign_in, https.look_at_graphql)
        return {
            str(seen.facts["request"]).partition(" ")[0]: seen
            for seen in (look(RECORDER, made, Deadline.after(seconds)) for look in looks)
        }


@pytest.mark.usefixtures("loopback")
def test_the_portal_answers_as_it_should(authority: Authority) -> None:
    seen = visit(authority, portal_answers())

    assert {look.cause for look in seen.values()} == {"http_ok_redirect_signin"}
    assert {look.verdict for look in seen.values()} == {"ok"}
    assert seen["HEAD"].facts["http_status"] == 302


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply(500), "http_server_error"),
        (Reply(503, headers={"Retry-After": "60"}), "http_server_error"),
        (Reply(429), "http_rate_limited"),
        (Reply(404), "http_unexpected_status"),
        (Reply(403, BLOCKED), "http_block_page"),
        (Reply(200, BLOCKED), "http_block_page"),
        (Reply(503, BLOCKED), "http_block_page"),
        (Reply(403, "<title>Attention Required!</title>", {"CF-Ray": "8f1-FRA"}), "http_forbidden"),
        (Reply(302, headers={"Location": "https://wifi.hotel.test/login"}), "http_captive_portal"),
        (Reply(302, headers={"Location": "https://filter.acme.test/blocked"}), "http_block_page"),
        (Reply(511, "Network authentication required"), "http_captive_portal"),
        (Reply(407), "proxy_auth_required"),
    ],
)
def test_an_answer_to_everything_has_one_name(
    authority: Authority, reply: Reply, cause: str
) -> None:
    seen = visit(authority, {"*": reply})

    assert seen["HEAD"].cause == cause
    assert seen["POST"].cause == cause


@pytest.mark.usefixtures("loopback")
def test_redirects_that_come_round_are_a_loop(authority: Authority) -> None:
    seen = visit(
        authority,
        {
            "HEAD /": Reply(302, headers={"Location": "/a"}),
            "GET /a": Reply(302, headers={"Location": "/b"}),
            "GET /b": Reply(302, headers={"Location": "/"}),
            "GET /customers/sign_in": Reply(302, headers={"Location": "/a"}),
            "GET /": Reply(302, headers={"Location": "/a"}),
        },
    )

    assert seen["HEAD"].cause == "http_redirect_loop"
    assert seen["GET"].cause == "http_redirect_loop"


@pytest.mark.usefixtures("loopback")
def test_head_passes_where_post_is_blocked(authority: Authority) -> None:
    seen = visit(authority, {**portal_answers(), "POST /graphql": Reply(403, BLOCKED)})

    assert seen["HEAD"].verdict == "ok"
    assert (seen["POST"].cause, seen["POST"].verdict) == ("http_block_page", "fail")


@pytest.mark.usefixtures("loopback")
def test_a_cut_within_the_header_is_no_answer(authority: Authority) -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: https://portal.te")

    seen = visit(authority, {"*": cut})

    assert {look.cause for look in seen.values()} == {"http_connection_closed"}


@pytest.mark.usefixtures("loopback")
def test_a_body_that_is_shorter_than_said_is_a_cut(authority: Authority) -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")

    seen = visit(authority, {**portal_answers(), "POST /graphql": cut})

    assert seen["POST"].cause == "http_connection_closed"


@pytest.mark.usefixtures("loopback")
def test_our_own_haste_is_not_held_against_the_portal(authority: Authority) -> None:
    turns = itertools.count()

    def first_sorry(connection: socket.socket) -> None:
        status = b"429 Too Many Requests" if next(turns) == 0 else b"200 OK"
        connection.sendall(b"HTTP/1.1 " + status + b'\r\nContent-Length: 11\r\n\r\n{"data":{}}')

    seen = visit(authority, {**portal_answers(), "POST /graphql": first_sorry})

    assert seen["POST"].verdict == "ok"


@pytest.mark.usefixtures("loopback")
def test_what_only_announces_an_answer_is_read_past(authority: Authority) -> None:
    def hints_first(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"data":{}}')

    seen = visit(authority, {**portal_answers(), "POST /graphql": hints_first})

    assert (seen["POST"].verdict, seen["POST"].facts["http_status"]) == ("ok", 200)


@pytest.mark.usefixtures("loopback")
def test_a_body_that_was_compressed_unasked_is_read(authority: Authority) -> None:
    def packed(connection: socket.socket) -> None:
        body = gzip.compress(b'{"data":{}}')
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)

    seen = visit(authority, {**portal_answers(), "POST /graphql": packed})

    assert seen["POST"].verdict == "ok"


@pytest.mark.usefixtures("loopback")
def test_a_drip_cannot_stretch_the_deadline_and_is_not_silence(authority: Authority) -> None:
    def drip(connection: socket.socket) -> None:
        for letter in b"HTTP/1.1 302 Found\r\nServer: slow\r\n" * 100:
            connection.sendall(bytes([letter]))
            time.sleep(0.02)

    dripping = visit(authority, {"*": drip}, seconds=0.6)
    silent = visit(authority, {"*": wait_for_hangup}, seconds=0.6)

    assert dripping["HEAD"].cause == "http_slow"
    assert dripping["HEAD"].verdict == "fail"
    assert silent["HEAD"].cause == "http_timeout"


@pytest.mark.parametrize(
    ("location", "cause"),
    [
        ("https://wifi.acme.test/login", "http_captive_portal"),
        ("https://webfilter.acme.test/?url=https://portal.test/", "http_block_page"),
        ("https://portal.test/", "http_redirect_loop"),
        ("/", "http_redirect_loop"),
        ("/elsewhere", "http_unexpected_status"),
        ("http://portal.test/", "http_redirect_loop"),
        ("http://portal.test/elsewhere", "http_unexpected_status"),
        ("https://status.portal.test/down", "http_unexpected_status"),
        ("https://blocked.portal.test/", "http_block_page"),
        ("", "http_unexpected_status"),
    ],
)
def test_a_redirect_is_named_by_where_it_leads(location: str, cause: str) -> None:
    assert name_redirect(URL, location) == cause


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, '{"data":null,"errors":[{"message":"No query string"}]}'),
        (200, '{"errors":[]}'),
        (400, '{"error":"query missing"}'),
        (401, '{"message":"unauthorized"}'),
        (422, '{"errors":"unprocessable"}'),
    ],
)
def test_any_json_of_the_api_proves_the_path(status: int, body: str) -> None:
    answer = Answer(status, body=body)

    assert name_graphql_answer(answer, URL, inspected=False) == "http_ok_redirect_signin"


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (403, '{"error":"blocked by policy","category":"business"}', "http_block_page"),
        (200, '{"status":"blocked","reason":"URL filter"}', "http_block_page"),
        (200, "<html>Welcome</html>", "http_block_page"),
        (500, '{"errors":[{"message":"internal"}]}', "http_server_error"),
        (429, '{"errors":[{"message":"slow down"}]}', "http_rate_limited"),
        (502, '{"message":"bad gateway"}', "http_server_error"),
        (405, "Method Not Allowed", "http_block_page"),
    ],
)
def test_polite_json_of_a_filter_proves_nothing(status: int, body: str, cause: str) -> None:
    answer = Answer(status, body=body)
    inspected = cause == "http_block_page"

    found = name_graphql_answer(answer, URL, inspected=inspected)

    assert found in (cause, "http_forbidden")
    assert found != "http_ok_redirect_signin"


def test_the_portals_own_403_is_not_a_filters() -> None:
    own = Answer(403, {"cf-ray": "8f1", "server": "cloudflare"}, "Sorry, you have been blocked")
    filtered = Answer(403, {"server": "squid/5.7"}, "ERR_ACCESS_DENIED")
    behind = Answer(403, {}, "no")

    cannot = Answer(503, {"server": "squid/5.7", "x-squid-error": "ERR_CONNECT_FAIL 110"}, "no")

    assert name_answer(cannot, URL, inspected=True) == "http_server_error"
    assert name_answer(own, URL, inspected=False) == "http_forbidden"
    assert name_answer(filtered, URL, inspected=False) == "http_block_page"
    assert name_answer(behind, URL, inspected=True) == "http_block_page"
    assert name_answer(behind, URL, inspected=False) == "http_forbidden"
