"""The pocket portal answers like customers.example_company.com."""

import ssl
from pathlib import Path

import httpx
import trustme

from bot.sandbox.portal import PortalServer
from tests.sandbox.conftest import NO_TLS


def test_the_root_redirects_to_sign_in(loopback: None) -> None:
    with PortalServer() as portal:
        head = httpx.head(portal.url, verify=NO_TLS)
        page = httpx.get(portal.url, verify=NO_TLS, follow_redirects=True)

    assert head.status_code == 302
    assert head.headers["Location"] == f"{portal.url}/customers/sign_in"
    assert page.status_code == 200
    assert "Sign in" in page.text


def test_graphql_answers_json_even_to_nothing(loopback: None) -> None:
    with PortalServer() as portal:
        empty = httpx.post(f"{portal.url}/graphql", verify=NO_TLS)
        unknown = httpx.post(f"{portal.url}/graphql", json={"query": "{ moon }"}, verify=NO_TLS)
        activation = httpx.post(
            f"{portal.url}/graphql",
            json={"query": "mutation { cloudActivationActivate(input: {}) { errors } }"},
            verify=NO_TLS,
        )

    assert empty.json() == {"errors": [{"message": "No query string was present"}]}
    assert "doesn't exist on type 'Query'" in unknown.json()["errors"][0]["message"]
    assert activation.json()["data"]["cloudActivationActivate"]["errors"]


def test_it_speaks_tls_with_a_given_certificate(tmp_path: Path, loopback: None) -> None:
    authority = trustme.CA()
    pem = tmp_path / "portal.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)

    with PortalServer(certificate=pem) as portal:
        reply = httpx.head(portal.url, verify=context)

    assert portal.url.startswith("https://")
    assert reply.status_code == 302
