"""What a look at one address tells apart."""

import socket

import pytest

from bot.probes import icmp, port80, tcp
from bot.probes.patience import Deadline
from tests.probes.loopback_servers import (
    GUARD,
    PATIENT,
    RECORDER,
    Reply,
    http,
    listening,
    unused_port,
)

pytestmark = pytest.mark.usefixtures("loopback")


def test_an_open_port_is_seen_with_its_round_trip() -> None:
    with listening(lambda _: None) as port:
        seen = tcp.look(RECORDER, "127.0.0.1", port, Deadline.after(PATIENT))

    assert (seen.cause, seen.verdict) == ("tcp_ok", "ok")
    assert "ms" in seen.facts


def test_a_refused_port_is_not_a_timeout() -> None:
    seen = tcp.look(RECORDER, "127.0.0.1", unused_port(), Deadline.after(PATIENT))

    assert (seen.cause, seen.verdict) == ("tcp_refused", "fail")


def test_a_silent_port_is_a_timeout() -> None:
    # A full backlog: Linux drops further SYNs, as a filter does.
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting = [socket.socket() for _ in range(2)]
        for sock in waiting:
            sock.setblocking(False)  # noqa: FBT003  the standard library
            sock.connect_ex(server.getsockname())
        seen = tcp.look(RECORDER, "127.0.0.1", server.getsockname()[1], Deadline.after(0.4))
        for sock in waiting:
            sock.close()

    assert seen.cause == "tcp_timeout"


def test_small_segments_are_agreed_before_the_connection() -> None:
    with (
        listening(lambda _: None) as port,
        tcp.connect("127.0.0.1", port, Deadline.after(PATIENT), segment=536) as sock,
    ):
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= 536


def test_an_ipv6_address_is_reached_as_well() -> None:
    with listening(lambda _: None, "::1") as port:
        seen = tcp.look(RECORDER, "::1", port, Deadline.after(PATIENT))

    assert (seen.cause, seen.facts["family"]) == ("tcp_ok", 6)
    assert seen.target == f"[::1]:{port}"


def test_ping_is_never_a_failure() -> None:
    seen = icmp.look(RECORDER, "127.0.0.1", Deadline.after(PATIENT), count=2)

    assert seen.verdict != "fail"
    assert seen.cause in ("icmp_ok", "icmp_no_reply", "packet_loss", "tool_missing")


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply(302, headers={"Location": "http://wifi.hotel.test/login"}), "http_captive_portal"),
        (Reply(200, "<h1>Web page blocked</h1> Category: Business"), "http_block_page"),
        (Reply(301, headers={"Location": "https://portal.test/"}), "tcp_ok"),
    ],
)
def test_port_80_tells_who_answers_there(
    reply: Reply, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = GUARD.check_url("https://portal.test/")
    with listening(http({"*": reply})) as port:
        monkeypatch.setattr(port80, "PORT", port)
        seen = port80.look(RECORDER, target, "127.0.0.1", Deadline.after(PATIENT))

    assert (seen.cause, seen.verdict) == (cause, "unknown")


def test_an_attempt_that_connects_needs_no_look_at_port_80() -> None:
    attempt = port80.Attempt()
    attempt.end(connected=True)

    assert attempt.connects_within(PATIENT)
    assert not port80.Attempt().connects_within(0.0)
