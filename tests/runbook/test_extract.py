"""Typed values: what is taken from a ticket, and what only looks like one."""

import pytest

from bot.runbook.diagnosis import Extracted
from bot.runbook.extract import extract, values_of
from bot.runbook.passages import passages
from tests.factories import make_comment, make_ticket


def _values(text: str, **fields: str) -> Extracted:
    ticket = make_ticket(text, fields=fields)
    return extract(ticket, passages(ticket), None)


@pytest.mark.parametrize(
    "text",
    [
        "https://customers.example_company.com/admin/license/123123123",
        "The license number is 123123123.",
        "Lizenznummer 123123123",
        "Numéro de licence : 123123123",
        "ライセンス番号は123123123です",
        "license id: 123123123",
        "License number in customersDot: 123123123",
        "cloud license 123123123 must go",
        "the number in your admin url is 123123123",
        "portal number of the old cloud licence is 123123123",
        "Cloud-Lizenz laut Portal: 123123123",
    ],
)
def test_a_license_number_is_taken_where_the_words_say_so(text: str) -> None:
    assert values_of(_values(text), "license_id") == ("123123123",)


@pytest.mark.parametrize(
    "text",
    [
        "We have 410 users, license 400.",
        "License for 250 users",
        "call +1 555 010 9988",
        "Zendesk ticket 236163",
        "the license has 200000 seats",
        "gid://example_company/License/12345",
        "l = License.find 123",
    ],
)
def test_a_number_that_only_looks_like_a_license_number_is_not_taken(text: str) -> None:
    assert "license_id" not in _values(text)


def test_the_customer_and_the_subscription_are_read_from_a_portal_url_and_a_name() -> None:
    found = _values(
        "https://customers.example_company.com/admin/customer/123123/zuora_subscriptions,"
        " a-s00012345"
    )

    assert found["customer_id"] == "123123"
    assert found["subscription_name"] == "A-S00012345"


def test_a_portal_url_in_a_field_gives_its_numbers() -> None:
    found = _values("", customersdot_url="https://customers.example_company.com/admin/license/77")

    assert found["license_id"] == "77"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Version 16.6", "16.6"),
        ("we are on 16.9.2-ee", "16.9.2"),
        ("バージョンは17.1です", "17.1"),
        ("Example Company EE 15.11.3", "15.11.3"),
        ("17.3.4 omnibus, nothing special", "17.3.4"),
        ("> Which version is it?\n\n17.4\n", "17.4"),
    ],
)
def test_a_version_is_read_in_several_spellings(text: str, version: str) -> None:
    assert values_of(_values(text), "version") == (version,)


@pytest.mark.parametrize(
    "text",
    [
        "curl 7.88.1",
        "OpenSSL/3.0.22",
        "ruby 3.1",
        "104.18.20.224",
        "Ubuntu 18.04.5",
        "seit dem 14.11.26",
        "am 18.11. um neun",
        "postgres 16.4.0",
        "14.50",
    ],
)
def test_another_programs_version_is_not_the_products(text: str) -> None:
    assert "version" not in _values(text)


def test_a_version_after_an_upgrade_beats_the_stale_field() -> None:
    found = _values("Am Wochenende auf 16.4.6 gehoben.", version="15.11.13")

    assert values_of(found, "version") == ("16.4.6",)


def test_a_field_that_says_more_swallows_the_shorter_version() -> None:
    assert values_of(_values("Version 16.6", version="16.6.0"), "version") == ("16.6.0",)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("HTTP/2 403", "403"),
        ("503 Service Unavailable", "503"),
        ("サーバーは500エラーを返します", "500"),
        ("une erreur 502", "502"),
        ("código 200", "200"),
        ("response 407", "407"),
    ],
)
def test_a_status_is_read_where_the_words_make_it_one(text: str, status: str) -> None:
    assert values_of(_values(text), "http_status") == (status,)


@pytest.mark.parametrize("text", ["we have 500 users", "port 443", "it took 404 ms", "200 seats"])
def test_a_count_is_no_status(text: str) -> None:
    assert "http_status" not in _values(text)


def test_the_resolver_is_not_an_address_of_the_portal() -> None:
    found = _values(";; SERVER: 10.42.0.56#53(10.42.0.56) (UDP)\nanswer 104.18.21.224")

    assert found["dns_server"] == "10.42.0.56"
    assert found["ip"] == "104.18.21.224"


def test_an_ipv6_address_is_taken_and_a_time_is_not() -> None:
    for text in ("Trying 2606:4700::6812:14e0... at 10:22:31", "fail for 2606:4700::6812:14e0: no"):
        assert _values(text)["ip"] == "2606:4700::6812:14e0"


def test_who_wrote_what_was_forwarded_is_kept() -> None:
    found = _values("See below.\n\nFrom: Pilar Ortuño <pilar@solmar.example>\nStill no code.")

    assert found["email"] == "pilar@solmar.example"


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("https_proxy=http://squid.lan.example:3128", "squid.lan.example:3128"),
        ("through http://wcg.bank.example:3128 only", "wcg.bank.example:3128"),
        ("Proxy 10.1.1.1:8080", "10.1.1.1:8080"),
        ("curl: (7) Failed to connect to proxy.corp.example port 8080", "proxy.corp.example:8080"),
    ],
)
def test_a_proxy_is_host_and_port(text: str, proxy: str) -> None:
    assert values_of(_values(text), "proxy_host") == (proxy,)


def test_a_proxys_account_is_left_out() -> None:
    found = _values("https_proxy=http://svc:Secret1@proxy.int.example:3128")

    assert "Secret1" not in str(dict(found))
    assert found["proxy_host"] == "proxy.int.example:3128"


def test_the_portal_is_no_proxy() -> None:
    text = "Failed to open TCP connection to customers.example_company.com:443; no proxy"

    assert "proxy_host" not in _values(text)


def test_an_issuer_is_taken_to_the_end_of_its_line() -> None:
    found = _values("issuer=C = US, O = Zscaler Inc., CN = Zscaler Root CA\nis it normal?")

    assert found["issuer"] == "C = US, O = Zscaler Inc., CN = Zscaler Root CA"


@pytest.mark.parametrize(
    "text",
    [
        "our code is AbCdEfGh1234IjKlMnOp5678",
        "activation code: abcdefgh1234ijklmnop5678",
        "EXAMPLE_COMPANY_ACTIVATION_CODE=AbCdEfGh1234IjKlMnOp5678",
    ],
)
def test_of_an_activation_code_only_the_presence_is_kept(text: str) -> None:
    found = _values(text)

    assert found["activation_code_present"] is True
    assert "5678" not in str(dict(found))


@pytest.mark.parametrize("text", ["activation code: <activation code>", "no code arrived", ""])
def test_a_placeholder_is_no_activation_code(text: str) -> None:
    assert _values(text)["activation_code_present"] is False


def test_our_own_addresses_are_no_customers_address() -> None:
    found = _values("support@example_company.com wrote to jana.k@brightfield.example")

    assert found["email"] == "jana.k@brightfield.example"


def test_an_instance_is_known_by_its_path_or_its_name() -> None:
    found = _values("open https://gitlab.acme.example/admin/subscription or https://curl.se/docs")

    assert found["instance_url"] == "https://gitlab.acme.example"


def test_the_newest_message_comes_first() -> None:
    ticket = make_ticket("Version 15.11", comments=(make_comment("Now on version 16.3"),))

    assert values_of(extract(ticket, passages(ticket), None), "version") == ("16.3", "15.11")


@pytest.mark.parametrize(
    ("text", "install"),
    [("kubectl get pods", "helm"), ("Docker install", "docker"), ("omnibus package", "package")],
)
def test_the_install_type_is_read(text: str, install: str) -> None:
    assert _values(text)["install"] == install
