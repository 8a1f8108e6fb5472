"""A line of the hosts file outlives the good news of tools that do not read it."""

import pytest

from bot.evidence.pasted import read_as
from tests.evidence.pasted_samples import decisive

PORTAL = "customers.example_company.com"
ENTRY = f"$ cat /etc/hosts\n127.0.0.1   localhost\n104.16.99.1  {PORTAL}  # old, ticket 2231\n"
DIG = f"$ dig +short {PORTAL}\n172.64.146.11\n104.18.41.245\n"
GETENT = f"$ getent hosts {PORTAL}\n104.16.99.1     {PORTAL}\n"
HEAD = f"$ curl -sI https://{PORTAL}\nHTTP/2 302\nlocation: https://{PORTAL}/customers/sign_in\n"
TIMED_OUT = (
    f"$ curl -v https://{PORTAL}\n*   Trying 104.16.99.1:443...\n"
    "* connect to 104.16.99.1 port 443 failed: Connection timed out\n"
    f"curl: (28) Failed to connect to {PORTAL} port 443 after 133000 ms: Connection timed out\n"
)


def _read(text: str) -> tuple[str, str, str]:
    seen = decisive(text)
    assert seen is not None
    return seen.layer, seen.verdict, seen.cause


@pytest.mark.parametrize(
    "paste",
    [
        ENTRY + DIG + GETENT,
        ENTRY + GETENT + DIG,
        DIG + ENTRY,
        ENTRY.replace("cat /etc/hosts", "grep customers /etc/hosts") + DIG,
        ENTRY + DIG.replace(f"+short {PORTAL}", f"+short {PORTAL} @1.1.1.1"),
        ENTRY + DIG + f"$ nc -zv {PORTAL} 443\n"
        f"Connection to {PORTAL} (104.16.99.1) 443 port [tcp/https] succeeded!\n",
        ENTRY + DIG + TIMED_OUT,
    ],
)
def test_an_entry_that_leads_where_dns_does_not_is_the_finding(paste: str) -> None:
    assert _read(paste) == ("dns", "fail", "dns_hosts_override")


@pytest.mark.parametrize(
    "paste",
    [
        ENTRY,
        ENTRY + GETENT,
        DIG + GETENT,
        ENTRY + DIG + HEAD,
        DIG + f"$ ping -c1 {PORTAL}\nPING {PORTAL} (104.16.99.1) 56(84) bytes of data.\n"
        "64 bytes from 104.16.99.1: icmp_seq=1 ttl=57 time=4.11 ms\n",
        (
            f"# getent hosts {PORTAL}\n104.18.20.224   {PORTAL}\n"
            f"# dig {PORTAL}\n;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1822\n"
            f";{PORTAL}. IN A\n"
        ),
    ],
)
def test_another_address_than_dns_has_is_worth_a_warning(paste: str) -> None:
    assert _read(paste) == ("dns", "warn", "dns_hosts_override")


@pytest.mark.parametrize(
    "paste",
    [
        ENTRY.replace("104.16.99.1", "104.18.41.245") + HEAD,
        DIG.replace(PORTAL, f"{PORTAL} | head -1") + GETENT,
        DIG + GETENT.replace("104.16.99.1", "104.18.41.245"),
        DIG + GETENT.replace("104.16.99.1", "2606:4700::6812:14e0"),
        DIG + GETENT.replace("104.16.99.1", "104.18.40.245"),
        DIG + f"$ curl -v --resolve {PORTAL}:443:104.16.99.1 https://{PORTAL}\n"
        f"* Connected to {PORTAL} (104.16.99.1) port 443 (#0)\n< HTTP/2 302\n"
        f"< location: https://{PORTAL}/customers/sign_in\n",
    ],
)
def test_another_address_of_the_same_answer_is_fine(paste: str) -> None:
    assert _read(paste)[1] == "ok"


def test_a_tool_that_the_text_names_itself_is_not_read_by_hearsay() -> None:
    elsewhere = (
        "$ curl -I https://git.customer.example\ncurl: (7) Failed to connect to "
        "git.customer.example port 443 after 3 ms: Connection refused\n"
    )

    assert read_as(elsewhere, "curl") == ()
