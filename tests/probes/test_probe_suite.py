"""The suite as a whole: what runs beside what, and what is left when it is cut."""

import socket
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.evidence.assess import assess
from bot.probes.guard import Guard, Refused
from bot.probes.suite import run_suite
from bot.probes.surroundings import Surroundings
from tests.probes.certificate_factory import Authority
from tests.probes.loopback_servers import (
    GUARD,
    HOST,
    Reply,
    Zone,
    answering,
    http,
    listening,
    over_tls,
    portal_answers,
    read_head,
)

if TYPE_CHECKING:
    from bot.evidence.observation import Observation

LONG = 60.0


def surroundings(authority: Authority, dns_port: int, *addresses: str) -> Surroundings:
    return Surroundings(
        resolvers=("127.0.0.1",),
        resolve=lambda _host, _port: addresses,
        context=authority.client(),
        dns_port=dns_port,
    )


@pytest.mark.usefixtures("many_loopbacks")
def test_a_healthy_portal_is_ok_on_every_address(authority: Authority) -> None:
    handle = over_tls(authority.server(HOST), http(portal_answers()))
    zone = Zone({"A": ("127.0.0.1", "127.0.0.2")})
    shown: list[Observation] = []
    with (
        listening(handle) as port,
        listening(handle, "127.0.0.2", port),
        answering(zone) as dns_port,
    ):
        seen = run_suite(
            f"https://{HOST}:{port}/",
            guard=GUARD,
            surroundings=surroundings(authority, dns_port, "127.0.0.1", "127.0.0.2"),
            deadline=LONG,
            on_result=shown.append,
        )

    judged = assess(seen)
    assert (judged.layer, judged.activates) == ("ok", "yes")
    assert {look.facts["ip"] for look in seen if look.probe == "https"} == {
        "127.0.0.1", "127.0.0.2",
    }  # fmt: skip
    assert tuple(shown) == seen
    assert {look.vantage for look in seen} == {"bot:local"}


@pytest.mark.usefixtures("many_loopbacks")
def test_one_address_that_refuses_degrades(authority: Authority) -> None:
    handle = over_tls(authority.server(HOST), http(portal_answers()))
    with listening(handle) as port, answering(Zone({"A": ("127.0.0.3", "127.0.0.1")})) as dns_port:
        seen = run_suite(
            f"https://{HOST}:{port}/",
            guard=GUARD,
            surroundings=surroundings(authority, dns_port, "127.0.0.3", "127.0.0.1"),
            deadline=LONG,
        )

    judged = assess(seen)
    assert (judged.layer, judged.cause, judged.activates) == ("tcp", "tcp_partial", "degraded")


@pytest.mark.usefixtures("loopback")
def test_a_stuck_system_resolver_never_holds_the_suite(authority: Authority) -> None:
    release = threading.Event()

    def stuck(_host: str, _port: int) -> Sequence[str]:
        release.wait(LONG)
        return ()

    handle = over_tls(authority.server(HOST), http(portal_answers()))
    with listening(handle) as port, answering(Zone({"A": ("127.0.0.1",)})) as dns_port:
        around = replace(surroundings(authority, dns_port), resolve=stuck)
        seen = run_suite(f"https://{HOST}:{port}/", guard=GUARD, surroundings=around, deadline=LONG)
    release.set()

    assert [look.cause for look in seen if look.probe == "getaddrinfo"] == ["dns_timeout"]
    assert any(look.probe == "https" for look in seen)


@pytest.mark.usefixtures("loopback")
def test_a_cut_run_reports_what_it_has(authority: Authority) -> None:
    release = threading.Event()

    def stuck(_host: str, _port: int) -> Sequence[str]:
        release.wait(LONG)
        return ()

    with answering(Zone(silent_for=("A", "AAAA"))) as dns_port:
        around = replace(surroundings(authority, dns_port), resolve=stuck)
        seen = run_suite(f"https://{HOST}/", guard=GUARD, surroundings=around, deadline=1.0)
    release.set()

    assert assess(seen).cause == "dns_timeout"
    assert {look.probe for look in seen} == {"proxy", "dns", "getaddrinfo"}


@pytest.mark.usefixtures("loopback")
def test_a_name_that_resolves_inward_is_never_connected_to(authority: Authority) -> None:
    touched = threading.Event()
    with (
        listening(lambda _connection: touched.set()) as port,
        answering(Zone({"A": ("127.0.0.1",)})) as dns_port,
    ):
        seen = run_suite(
            f"https://portal.example.net:{port}/",
            guard=Guard(),
            surroundings=surroundings(authority, dns_port, "127.0.0.1"),
            deadline=LONG,
        )

    assert not touched.is_set()
    assert not any(look.probe in ("tcp", "tls", "https", "icmp", "port80") for look in seen)
    assert assess(seen).cause == "dns_sinkhole"


@pytest.mark.usefixtures("many_loopbacks")
def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked(
    authority: Authority,
) -> None:
    # Rebinding: the first answer is allowed, each later one is not, and none is asked for again.
    asked: list[str] = []

    def rebinding(_host: str, _port: int) -> Sequence[str]:
        asked.append("asked")
        return ("127.0.0.1",) if len(asked) == 1 else ("127.0.0.9",)

    handle = over_tls(authority.server(HOST), http(portal_answers()))
    with listening(handle) as port, answering(Zone({"A": ("127.0.0.1",)})) as dns_port:
        around = replace(surroundings(authority, dns_port), resolve=rebinding)
        seen = run_suite(
            f"https://{HOST}:{port}/",
            guard=Guard.allowing("127.0.0.1/32"),
            surroundings=around,
            deadline=LONG,
        )

    assert asked == ["asked"]
    assert {look.facts["ip"] for look in seen if look.probe == "tcp"} == {"127.0.0.1"}


def test_a_refused_target_starts_nothing(authority: Authority) -> None:
    with pytest.raises(Refused):
        run_suite(
            "https://169.254.169.254/", guard=Guard(), surroundings=surroundings(authority, 53)
        )


@pytest.mark.usefixtures("many_loopbacks")
def test_a_proxy_is_used_as_the_product_would_and_the_direct_path_beside_it(
    authority: Authority,
) -> None:
    def refuse(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 403 Filtered\r\n\r\n")

    handle = over_tls(authority.server(HOST), http(portal_answers()))
    with (
        listening(refuse) as proxy_port,
        listening(handle) as port,
        answering(Zone({"A": ("127.0.0.1",)})) as dns_port,
    ):
        around = replace(
            surroundings(authority, dns_port, "127.0.0.1"),
            environ={"https_proxy": f"http://127.0.0.1:{proxy_port}"},
        )
        seen = run_suite(f"https://{HOST}:{port}/", guard=GUARD, surroundings=around, deadline=LONG)

    judged = assess(seen)
    assert (judged.layer, judged.cause, judged.activates) == ("proxy", "proxy_bypass_needed", "no")


@pytest.mark.usefixtures("loopback")
def test_two_faults_name_the_one_that_stops_activation(authority: Authority) -> None:
    answers = {**portal_answers(), "POST /graphql": Reply(403, "<h1>Web page blocked</h1>")}
    handle = over_tls(authority.server(HOST), http(answers))
    zone = Zone({"A": ("127.0.0.1", "10.0.0.7")})
    with listening(handle) as port, answering(zone) as dns_port:
        seen = run_suite(
            f"https://{HOST}:{port}/",
            guard=GUARD,
            surroundings=surroundings(authority, dns_port, "127.0.0.1", "10.0.0.7"),
            deadline=LONG,
        )

    judged = assess(seen)
    assert (judged.cause, judged.activates) == ("http_block_page", "no")
    assert judged.also == ("dns_private_answer",)
