"""Words about a layer that accuse nothing, and faults that belong to somebody else."""

import pytest

from bot.manifests import load_manifests
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.observe import observe_ticket
from tests.factories import make_comment, make_ticket

BOOK = load_manifests().runbook
REFUSED = "nc: connect to customers.gitlab.com port 443 (tcp) failed: Connection refused"


def _diagnose(text: str, *comments: str) -> Diagnosis:
    ticket = make_ticket(text, comments=tuple(make_comment(body) for body in comments))
    return classify(BOOK, ticket, observe_ticket(ticket, BOOK))


@pytest.mark.parametrize(
    "praise",
    [
        "DNS answers as usual.",
        "It is not DNS, and the certificate is genuine.",
        "Die Namensauflösung passt, TLS ist sauber.",
        "La résolution fonctionne.",
        "El DNS funciona bien.",
        "名前解決は正常です。",
    ],
)
def test_a_layer_that_is_praised_is_not_accused(praise: str) -> None:
    found = _diagnose(f"{praise}\n\n{REFUSED}")

    assert found.scenario == "ip_tcp_unreachable"


def test_a_cured_fault_gives_way_to_the_present_one() -> None:
    found = _diagnose("The certificate problem is gone, thanks.", f"Now this: {REFUSED}")

    assert found.scenario == "ip_tcp_unreachable"


def test_a_guess_about_layers_proves_none() -> None:
    found = _diagnose("Connectivity issue. No idea whether it is DNS, the firewall or the proxy.")

    assert found.scenario == "connectivity_unknown"


@pytest.mark.parametrize(
    "line",
    [
        "Failed to open TCP connection to webgw.lan.example:8080 (Connection refused)",
        "curl: (7) Failed to connect to 10.1.9.9 port 3128 after 2 ms: Connection refused",
        "The proxy old-proxy.lan.example:3128 answers Connection refused.",
    ],
)
def test_what_is_refused_at_the_proxy_is_the_proxys_fault(line: str) -> None:
    assert _diagnose(f"Activation fails. {line}").scenario == "proxy"


@pytest.mark.parametrize(
    "text",
    [
        "docker push to our registry: x509: certificate signed by unknown authority.",
        "SMTP: certificate verify failed at mail.ours.example:587.",
        "CI jobs on the runner: Could not resolve host: git.ours.example.",
    ],
)
def test_another_services_fault_is_no_fault_of_the_portal(text: str) -> None:
    found = _diagnose(f"{text} The license is fine.")

    assert found.scenario == "not_cloud_licensing"
    assert not found.observations


def test_a_healthy_laptop_says_nothing_of_the_server() -> None:
    found = _diagnose(
        "From my MacBook:\n$ nc -zv customers.gitlab.com 443\nConnection to customers.gitlab.com"
        " port 443 [tcp/https] succeeded!\n\nThe server reports a connectivity issue."
    )

    assert found.scenario == "connectivity_unknown"


def test_a_direct_test_that_fails_behind_a_working_proxy_is_normal() -> None:
    found = _diagnose(
        "nc -zv customers.gitlab.com 443 times out, curl through the proxy works (302)."
        " https_proxy=http://px.lan.example:3128 is set in the shell only."
    )

    assert found.scenario == "proxy"
    assert found.extracted["proxy_host"] == "px.lan.example:3128"


def test_the_address_of_tcpdumps_notation_is_read() -> None:
    found = _diagnose("5x SYN to 104.18.21.224.443, no answer. The firewall drops it.")

    assert found.extracted["ip"] == "104.18.21.224"


def test_a_resolver_that_only_its_reader_knows_is_extracted() -> None:
    found = _diagnose("$ dig @10.5.5.53 customers.gitlab.com\n;; status: REFUSED, id: 7")

    assert found.extracted["dns_server"] == "10.5.5.53"
