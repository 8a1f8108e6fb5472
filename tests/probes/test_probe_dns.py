"""What a look at name servers tells apart."""

import socket
from collections.abc import Sequence

import pytest

from bot.evidence.observation import Observation
from bot.probes import dns
from bot.probes.patience import Deadline
from bot.probes.surroundings import read_hosts, read_resolvers
from tests.probes.loopback_servers import HOST, PATIENT, RECORDER, Zone, answering, unused_port

pytestmark = pytest.mark.usefixtures("loopback")


def ask(port: int, kind: str = "A", seconds: float = PATIENT) -> Observation:
    question = dns.Question(HOST, "127.0.0.1", kind, port=port)
    special = {"0.0.0.0": "the unspecified address", "10.9.9.9": "private (RFC 1918)"}
    return dns.ask(
        RECORDER, question, lambda address: special.get(address, ""), Deadline.after(seconds)
    )


def test_addresses_come_in_the_order_of_the_answer() -> None:
    with answering(Zone({"A": ("104.18.21.224", "104.18.20.224")})) as port:
        seen = ask(port)

    assert (seen.cause, seen.verdict) == ("dns_ok", "ok")
    assert seen.facts["answers"] == ("104.18.21.224", "104.18.20.224")


@pytest.mark.parametrize(
    ("rcode", "cause"),
    [("NXDOMAIN", "dns_nxdomain"), ("SERVFAIL", "dns_servfail"), ("REFUSED", "dns_refused")],
)
def test_each_code_of_a_server_keeps_its_meaning(rcode: str, cause: str) -> None:
    with answering(Zone(rcode=rcode)) as port:
        seen = ask(port)

    assert seen.cause == cause
    assert seen.facts["rcode"] == rcode


def test_an_empty_answer_is_not_an_unknown_name() -> None:
    with answering(Zone()) as port:
        assert ask(port).cause == "dns_no_address"
        assert ask(port, "AAAA").cause == "dns_no_aaaa"


def test_a_closed_port_is_not_a_silent_server() -> None:
    assert ask(unused_port()).cause == "dns_resolver_unreachable"


def test_silence_is_reported_when_the_deadline_passes() -> None:
    with answering(Zone(silent_for=("AAAA",))) as port:
        seen = ask(port, "AAAA", seconds=0.2)

    assert seen.cause == "dns_timeout"


def test_a_truncated_answer_is_fetched_over_tcp() -> None:
    with answering(Zone({"A": ("104.18.20.224",)}, truncated=True)) as port:
        seen = ask(port)

    assert seen.facts["answers"] == ("104.18.20.224",)


@pytest.mark.parametrize(
    ("address", "cause"), [("0.0.0.0", "dns_sinkhole"), ("10.9.9.9", "dns_private_answer")]
)
def test_an_address_that_is_no_public_one_is_a_finding(address: str, cause: str) -> None:
    with answering(Zone({"A": (address,)})) as port:
        seen = ask(port)

    assert (seen.cause, seen.verdict) == (cause, "fail")


def test_one_bad_address_among_good_ones_is_a_warning() -> None:
    with answering(Zone({"A": ("104.18.20.224", "10.9.9.9")})) as port:
        seen = ask(port)

    assert (seen.cause, seen.verdict) == ("dns_private_answer", "warn")
    assert seen.facts["refused"] == ("10.9.9.9",)


def test_the_system_resolver_keeps_its_order_and_its_error() -> None:
    def failing(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    good = dns.ask_system(
        RECORDER, HOST, 443, lambda _h, _p: ("2606:4700::1", "104.18.20.224"), str
    )
    bad = dns.ask_system(RECORDER, HOST, 443, failing, str)

    assert good.facts["answers"] == ("2606:4700::1", "104.18.20.224")
    assert bad.cause == "dns_resolution_failed"
    assert "Temporary failure" in bad.detail


def test_the_machines_own_files_are_read_as_glibc_reads_them() -> None:
    resolv_conf = (
        "search lan\nnameserver 192.0.2.1\n# nameserver 9.9.9.9\nnameserver fe80::1%eth0\n"
    )
    hosts = "127.0.0.1 localhost\n104.18.20.224 Portal.test alias # pinned in 2023\nnonsense x\n"

    assert read_resolvers(resolv_conf) == ("192.0.2.1", "fe80::1%eth0")
    assert read_resolvers("") == ("127.0.0.1",)
    assert read_hosts(hosts)["portal.test"] == ("104.18.20.224",)
