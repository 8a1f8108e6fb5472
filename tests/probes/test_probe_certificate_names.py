"""Which hosts a certificate speaks for: as Ruby and curl compare, underscores included."""

import pytest

from bot.probes.names_of_certificate import is_named

HOST = "customers.example_company.com"


@pytest.mark.parametrize(
    "name",
    [
        HOST,
        HOST.upper(),
        "*.example_company.com",
        "*.EXAMPLE_company.com",
        "cust*.example_company.com",
    ],
)
def test_a_name_means_the_host(name: str) -> None:
    assert is_named(name, HOST)


@pytest.mark.parametrize(
    "name",
    [
        "example_company.com",
        "*.com",
        "*.*.com",
        "*.customers.example_company.com",
        "www.example_company.com",
        "customers.*.com",
        "xn--*.example_company.com",
        "customers.example_company.com.evil.net",
        "*",
        "",
    ],
)
def test_a_name_means_another_host(name: str) -> None:
    assert not is_named(name, HOST)


def test_an_address_is_compared_as_an_address() -> None:
    assert is_named("2606:4700:0:0:0:0:0:1", "2606:4700::1")
    assert not is_named("*.0.0.1", "127.0.0.1")
