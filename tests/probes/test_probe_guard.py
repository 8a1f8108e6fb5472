"""What the guard refuses, and that a connection goes to the address that was checked."""

import pytest

from bot.probes.guard import Guard, Refused

HOSTILE_URLS = {
    "https://2130706433/": "decimal",
    "https://0177.0.0.1/": "octal",
    "https://0x7f.0.0.1/": "hexadecimal",
    "https://0x7f000001/": "hexadecimal",
    "https://017700000001/": "octal",
    "https://127.1/": "short form",
    "https://127.0.1/": "short form",
    "https://0/": "short form",
    "https://10.1/": "short form",
    "https://1.2.3.4.5/": "short form",
    "https://256.1.1.1/": "short form",
    "https://127.0.0.1./": "short form",
    "https://①②⑦.0.0.1/": "ASCII",
    "https://127.0.0.1/": "loopback",
    "https://127.8.9.10/": "loopback",
    "https://0.0.0.0/": "unspecified",
    "https://0.1.2.3/": "this-network",
    "https://10.0.0.1/": "RFC 1918",
    "https://172.16.0.1/": "RFC 1918",
    "https://172.31.255.254/": "RFC 1918",
    "https://192.168.1.1/": "RFC 1918",
    "https://100.64.0.1/": "carrier-grade",
    "https://169.254.169.254/latest/meta-data/": "metadata",
    "https://169.254.170.2/": "metadata",
    "https://100.100.100.200/": "metadata",
    "https://192.0.0.192/": "metadata",
    "https://168.63.129.16/": "metadata",
    "https://169.254.1.1/": "link-local",
    "https://192.0.2.7/": "documentation",
    "https://198.51.100.7/": "documentation",
    "https://203.0.113.7/": "documentation",
    "https://198.18.0.1/": "benchmarking",
    "https://192.88.99.1/": "6to4",
    "https://224.0.0.1/": "multicast",
    "https://239.255.255.250/": "multicast",
    "https://240.0.0.1/": "reserved",
    "https://255.255.255.255/": "broadcast",
    "https://[::]/": "unspecified",
    "https://[::1]/": "loopback",
    "https://[::ffff:127.0.0.1]/": "IPv4-mapped",
    "https://[::ffff:7f00:1]/": "IPv4-mapped",
    "https://[::ffff:104.18.20.224]/": "IPv4-mapped",
    "https://[::127.0.0.1]/": "IPv4-compatible",
    "https://[::ffff:0:127.0.0.1]/": "IPv4-translated",
    "https://[64:ff9b::127.0.0.1]/": "NAT64",
    "https://[64:ff9b::10.0.0.1]/": "NAT64",
    "https://[64:ff9b::a9fe:a9fe]/": "NAT64",
    "https://[64:ff9b:1::1]/": "local NAT64",
    "https://[2002:7f00:1::]/": "6to4",
    "https://[2002:a00:1::1]/": "6to4",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/": "Teredo",
    "https://[2001:db8::1]/": "documentation",
    "https://[3fff::1]/": "documentation",
    "https://[fc00::1]/": "RFC 4193",
    "https://[fd00:ec2::254]/": "metadata",
    "https://[fe80::1]/": "link-local",
    "https://[fe80::1%25eth0]/": "zone id",
    "https://[fec0::1]/": "site-local",
    "https://[ff02::1]/": "multicast",
    "https://[100::1]/": "discard",
    "https://[4000::1]/": "not global unicast",
    "https://[2606:4700::5efe:10.0.0.1]/": "ISATAP",
    "https://user@customers.example_company.com/": "user name",
    "https://user:secret@customers.example_company.com/": "user name",
    "https://customers.example_company.com@127.0.0.1/": "user name",
    "https://customers.example_company.com%40evil.example.net/": "percent",
    "https://customers.example_company.com\\@evil.example.net/": "backslash",
    "https://customers.example_company.com./": "dot",
    "https://customers..example_company.com/": "not a host name",
    "https://-dash.example.net/": "not a host name",
    "https://xn--customers-example-company-com-9y4n.example.net/": "punycode",
    "https://custоmers.example_company.com/": "ASCII",
    "https://localhost/": "private network",
    "https://portal.localhost/": "private network",
    "https://portal.local/": "private network",
    "https://metadata.google.internal/": "private network",
    "https://router.lan/": "private network",
    "https://intranet/": "private network",
    "https://kubernetes.default.svc/": "private network",
    "https://1.0.0.127.in-addr.arpa/": "private network",
    "https://customers.example_company.com:22/": "port 22",
    "https://customers.example_company.com:25/": "port 25",
    "https://customers.example_company.com:6379/": "port 6379",
    "https://customers.example_company.com:5432/": "port 5432",
    "https://customers.example_company.com:11211/": "port 11211",
    "https://customers.example_company.com:2375/": "port 2375",
    "https://customers.example_company.com:0/": "no host or port",
    "https://customers.example_company.com:99999/": "cannot be read",
    "https://customers.example_company.com:44x3/": "cannot be read",
    "https://[::1/": "cannot be read",
    "https://[v1.fe80]/": "cannot be read",
    "https:///path": "no host",
    "ftp://customers.example_company.com/": "only http and https",
    "file:///etc/passwd": "only http and https",
    "gopher://127.0.0.1:6379/_x": "only http and https",
    "javascript:alert(1)": "only http and https",
    "customers.example_company.com": "only http and https",
    "//customers.example_company.com/": "only http and https",
    "https://customers.example_company.com /": "space",
    "https://customers.example_company.com\r\nHost: evil/": "control character",
    "": "only http and https",
    "https://0x7f.1/": "hexadecimal",
    "https://0251.0376.0251.0376/": "octal",
    "https://025177524776/": "octal",
    "https://2852039166/": "decimal",
    "https://127.1:443/": "short form",
    "https://192.168.0.1.:443/": "short form",
    "https://１２７.０.０.１/": "ASCII",
    "https://127。0。0。1/": "ASCII",
    "https://۱۲۷.۰.۰.۱/": "ASCII",
    "https://customers.example_company.com\u200b/": "ASCII",
    "https://networ\u212a.example.net/": "ASCII",
    "https://127.0.0.1／@x/": "cannot be read",
    "https://[::ffff:a00:1]/": "IPv4-mapped",
    "https://[::a00:1]/": "IPv4-compatible",
    "https://[64:ff9b::a00:1]/": "NAT64",
    "https://[fe80::1%eth0]/": "zone id",
    "https://[2001:20::1]/": "reserved for protocols",
    "https://198.19.255.255/": "benchmarking",
    "https://100.127.255.255/": "carrier-grade",
    "http://169.254.170.23/v1/credentials": "link-local",
    "https://146.112.61.104/": "block page",
    "https://localhost./": "dot",
    "https://localhost.localdomain/": "private network",
    "https://consul.service.consul/": "private network",
    "https://host.docker.internal/": "private network",
    "https://customers.example_company.com.localhost/": "private network",
    "https://customers.example_company.com:443@10.0.0.1/": "user name",
    "https://10.0.0.1:443@customers.example_company.com/": "user name",
    "https://10.0.0.1#@customers.example_company.com/": "RFC 1918",
    "https://10.0.0.1?@customers.example_company.com/": "RFC 1918",
    "https://10.0.0.1\\@customers.example_company.com/": "backslash",
    "https://customers.example_company.com\t.evil.net/": "control character",
    "https://customers.example_company.com%2eevil.net/": "percent",
    "https://customers.example_company.com:443:80/": "cannot be read",
    "https://customers.example_company.com:４４３/": "ASCII|cannot be read",
    "https:////10.0.0.1/": "no host",
    "https:10.0.0.1": "no host",
    "ws://customers.example_company.com/": "only http and https",
}


@pytest.mark.parametrize(("url", "reason"), HOSTILE_URLS.items())
def test_a_hostile_target_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        Guard().check_url(url)


def test_the_table_of_hostile_targets_is_long_enough() -> None:
    assert len(HOSTILE_URLS) >= 60


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("https://customers.example_company.com/", 443),
        ("https://CUSTOMERS.example_company.com", 443),
        ("http://gitlab.acme-corp.de/", 80),
        ("https://gitlab.acme-corp.de:8443/users/sign_in", 8443),
        ("https://104.18.20.224/", 443),
        ("https://[2606:4700::6812:14e0]/", 443),
        ("https://[64:ff9b::104.18.20.224]/", 443),
    ],
)
def test_a_public_target_passes(url: str, port: int) -> None:
    assert Guard().check_url(url).port == port


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "::1", "fe80::1%eth0", "fd00::1", "x"]
)
def test_what_a_name_resolves_to_is_refused_as_well(address: str) -> None:
    with pytest.raises(Refused):
        Guard().check_address(address)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("https://127.0.0.1/", "loopback"),
        ("http://169.254.169.254/latest/", "metadata"),
        ("https://evil.example.net/", "leaves"),
        ("https://customers.example_company.com:6379/", "port 6379"),
        ("https://customers.example_company.com:8443/", "port 8443"),
        ("https://user@customers.example_company.com/", "user name"),
        ("file:///etc/passwd", "only http"),
        ("//10.0.0.1/", "RFC 1918"),
        ("//customers.example_company.com@10.0.0.1/", "user name"),
        ("https:\\\\10.0.0.1\\", "backslash"),
        ("/\t/10.0.0.1/", "control character"),
    ],
)
def test_a_redirect_obeys_the_same_rules(location: str, reason: str) -> None:
    guard = Guard()
    origin = guard.check_url("https://customers.example_company.com/")

    with pytest.raises(Refused, match=reason):
        guard.check_redirect(origin, location)


def test_a_redirect_within_the_portal_may_be_followed() -> None:
    guard = Guard()
    origin = guard.check_url("https://customers.example_company.com/")

    there = guard.check_redirect(origin, "https://customers.example_company.com/customers/sign_in")

    assert there.path == "/customers/sign_in"
    assert guard.check_redirect(origin, "/customers/sign_in") == there


def test_a_guard_for_named_hosts_refuses_all_others() -> None:
    guard = Guard(hosts=frozenset({"customers.example_company.com"}))

    with pytest.raises(Refused, match="may probe"):
        guard.check_url("https://gitlab.acme-corp.de/")


def test_a_test_may_open_loopback_and_nothing_else() -> None:
    guard = Guard.allowing("127.0.0.0/8")

    assert guard.check_address("127.0.0.1") == "127.0.0.1"
    with pytest.raises(Refused):
        guard.check_address("10.0.0.1")
