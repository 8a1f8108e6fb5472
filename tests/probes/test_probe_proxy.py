"""Which proxy is chosen, and what its answers to CONNECT are called."""

import socket
from collections.abc import Sequence

import pytest

from bot.evidence.observation import Observation
from bot.probes import proxy
from bot.probes.patience import Deadline
from bot.probes.proxy import Proxy
from bot.probes.route import Route
from tests.probes.loopback_servers import (
    GUARD,
    HOST,
    PATIENT,
    RECORDER,
    Handle,
    listening,
    read_head,
    unused_port,
    wait_for_hangup,
)

TARGET = GUARD.check_url(f"https://{HOST}/")


def says(answer: bytes) -> Handle:
    def handled(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(answer)

    return handled


def no_names(_host: str, _port: int) -> Sequence[str]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def look(handle: Handle, seconds: float = PATIENT) -> tuple[Observation, Route | None]:
    with listening(handle) as port:
        chosen = Proxy("127.0.0.1", port)
        return proxy.look(RECORDER, chosen, TARGET, no_names, Deadline.after(seconds))


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "proxy_auth_required"),
        (b"HTTP/1.0 403 Filtered\r\n\r\n<h1>no</h1>", "proxy_forbidden"),
        (b"HTTP/1.1 302 Found\r\nLocation: https://login/\r\n\r\n", "proxy_forbidden"),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "proxy_upstream_failed"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "proxy_upstream_failed"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "proxy_unreachable"),
    ],
)
def test_each_refusal_of_a_tunnel_has_its_name(answer: bytes, cause: str) -> None:
    seen, route = look(says(answer))

    assert (seen.cause, seen.verdict) == (cause, "fail")
    assert route is None


@pytest.mark.usefixtures("loopback")
def test_an_open_tunnel_gives_a_route_that_opens_again() -> None:
    opened = b"HTTP/1.1 200 Connection established\r\n\r\n"

    def tunnel(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(opened)
        wait_for_hangup(connection)

    with listening(tunnel) as port:
        chosen = Proxy("127.0.0.1", port)
        seen, route = proxy.look(RECORDER, chosen, TARGET, no_names, Deadline.after(PATIENT))
        assert route is not None
        route.open(Deadline.after(PATIENT), None).close()

    assert (seen.cause, route.path) == ("proxy_ok", "proxy")


@pytest.mark.usefixtures("loopback")
def test_a_dead_port_and_an_unknown_name_differ() -> None:
    dead = Proxy("127.0.0.1", unused_port())
    unknown = Proxy("oldproxy.acme.test", 3128)
    deadline = Deadline.after(PATIENT)

    assert proxy.look(RECORDER, dead, TARGET, no_names, deadline)[0].cause == "proxy_unreachable"
    assert (
        proxy.look(RECORDER, unknown, TARGET, no_names, deadline)[0].cause == "proxy_unresolvable"
    )


@pytest.mark.usefixtures("loopback")
def test_silence_means_a_dead_proxy_or_a_dead_way_behind_it() -> None:
    def waits_for_the_portal(connection: socket.socket) -> None:
        if read_head(connection).startswith(b"CONNECT"):
            wait_for_hangup(connection)
        connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

    assert look(wait_for_hangup, seconds=0.5)[0].cause == "proxy_unreachable"
    assert look(waits_for_the_portal, seconds=0.5)[0].cause == "proxy_upstream_failed"


@pytest.mark.usefixtures("loopback")
def test_a_hang_up_means_a_refusal_or_no_proxy_at_all() -> None:
    def hangs_up_on_connect(connection: socket.socket) -> None:
        if not read_head(connection).startswith(b"CONNECT"):
            connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

    assert look(hangs_up_on_connect)[0].cause == "proxy_forbidden"
    assert look(lambda connection: connection.close())[0].cause == "proxy_unreachable"


def test_a_password_is_sent_and_never_shown() -> None:
    chosen = proxy.choose({"https_proxy": "http://ann:se%20cret@proxy.acme.test:3128"}, TARGET)

    assert chosen == Proxy("proxy.acme.test", 3128, "Basic YW5uOnNlIGNyZXQ=")
    assert chosen.name == "proxy.acme.test:3128"


@pytest.mark.parametrize(
    ("environ", "chosen"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://p:1"}, "p:1"),
        ({"https_proxy": "http://low:1", "HTTPS_PROXY": "http://high:1"}, "low:1"),
        ({"http_proxy": "http://p:1"}, None),
        # Measured in Ruby 3.1: no host in it, so no proxy; digits first is no URL at all.
        ({"https_proxy": "p.acme.test:3128"}, None),
        ({"https_proxy": "10.0.0.80:3128"}, ":0"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://high:1"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "", "NO_PROXY": "portal.test"}, "p:1"),
        ({"https_proxy": "http://[2001:db8::1]:8080"}, "[2001:db8::1]:8080"),
        ({"https_proxy": "http://p:1", "no_proxy": "portal.test"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": ".test"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "test"}, None),
        ({"https_proxy": "http://p:1", "no_proxy": "other.test, tal.test"}, "p:1"),
        ({"https_proxy": "http://p:1", "no_proxy": "portal.test:8443"}, "p:1"),
        ({"https_proxy": "http://p:1", "no_proxy": "*"}, "p:1"),
        ({"https_proxy": "http://p:1", "NO_PROXY": "PORTAL.TEST"}, None),
    ],
)
def test_the_proxy_is_chosen_as_ruby_does(environ: dict[str, str], chosen: str | None) -> None:
    found = proxy.choose(environ, TARGET)

    assert (found.name if found else None) == chosen


def test_an_exception_may_name_the_network_that_the_host_is_in() -> None:
    def excepted(no_proxy: str) -> bool:
        environ = {"https_proxy": "http://p:1", "no_proxy": no_proxy}
        return proxy.is_excepted_by_address(
            environ, TARGET, lambda _host, _port: ("10.1.2.3",), Deadline.after(PATIENT)
        )

    assert excepted("a.test,10.0.0.0/8")
    assert not excepted("a.test,11.0.0.0/8")


@pytest.mark.usefixtures("loopback")
def test_a_variable_that_is_no_url_names_no_proxy() -> None:
    seen, route = proxy.look(RECORDER, Proxy("", 0), TARGET, no_names, Deadline.after(PATIENT))

    assert (seen.cause, seen.verdict, route) == ("proxy_unreachable", "fail", None)
    assert "http://" in seen.detail
