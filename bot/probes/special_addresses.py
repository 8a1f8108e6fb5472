"""Which addresses are not the public Internet, and what they are, in our own words.

`ipaddress.is_global` changes between Python releases (3.11 to 3.13 moved several blocks), and the
verdict must not: so the IANA special-purpose registries are written out here.
"""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, Literal

Network = IPv4Network | IPv6Network
Kind = Literal["sinkhole", "private"]

_METADATA: Final = frozenset(
    ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192",
                 "168.63.129.16", "fd00:ec2::254", "fd20:ce::254")
)  # fmt: skip

#: First match wins, so the narrower block stands first.
_BLOCKS: Final[tuple[tuple[Network, str], ...]] = tuple(
    (ip_network(block), name)
    for block, name in (
        ("0.0.0.0/32", "the unspecified address"),
        ("0.0.0.0/8", "in this-network space (RFC 791)"),
        ("10.0.0.0/8", "private (RFC 1918)"),
        ("100.64.0.0/10", "carrier-grade NAT space (RFC 6598)"),
        ("127.0.0.0/8", "loopback"),
        ("146.112.61.0/24", "a DNS filter's block page (Umbrella)"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private (RFC 1918)"),
        ("192.0.0.0/24", "reserved for protocols (RFC 6890)"),
        ("192.0.2.0/24", "documentation space"),
        ("192.88.99.0/24", "a 6to4 relay (RFC 7526)"),
        ("192.168.0.0/16", "private (RFC 1918)"),
        ("198.18.0.0/15", "benchmarking space (RFC 2544)"),
        ("198.51.100.0/24", "documentation space"),
        ("203.0.113.0/24", "documentation space"),
        ("208.91.112.52/30", "a DNS filter's block page (FortiGuard)"),
        ("224.0.0.0/4", "multicast"),
        ("255.255.255.255/32", "the broadcast address"),
        ("240.0.0.0/4", "reserved (RFC 1112)"),
        ("::/128", "the unspecified address"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "an IPv4-mapped IPv6 address"),
        ("::ffff:0:0:0/96", "an IPv4-translated IPv6 address"),
        ("::/96", "an IPv4-compatible IPv6 address"),
        ("64:ff9b:1::/48", "local NAT64 space (RFC 8215)"),
        ("100::/64", "the discard prefix (RFC 6666)"),
        ("2001::/32", "a Teredo address"),
        ("2001:2::/48", "benchmarking space"),
        ("2001:db8::/32", "documentation space"),
        ("3fff::/20", "documentation space"),
        ("2001::/23", "reserved for protocols"),
        ("2002::/16", "a 6to4 address"),
        ("5f00::/16", "segment routing space"),
        ("fc00::/7", "private (RFC 4193)"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
_PUBLIC6: Final = IPv6Network("2000::/3")
_ISATAP: Final = 0x5EFE
#: What filters and broken resolvers answer, in contrast to an address of somebody's own network.
_SINKHOLES: Final = (
    "block page",
    "unspecified",
    "this-network",
    "loopback",
    "documentation",
    "discard",
)


def why_special(ip: IPv4Address | IPv6Address) -> str:
    """Return what the address is when it is not a public one, else an empty string."""
    if ip in _METADATA:
        return "a cloud metadata service"
    if isinstance(ip, IPv6Address) and ip in _NAT64:
        # DNS64 makes these of public addresses for hosts without IPv4: what counts is inside.
        inner = why_special(IPv4Address(int(ip) & 0xFFFFFFFF))
        return f"NAT64 of an address that is {inner}" if inner else ""
    for network, name in _BLOCKS:
        if network.version == ip.version and ip in network:
            return name
    if isinstance(ip, IPv6Address):
        if ip not in _PUBLIC6:
            return "not global unicast"
        if (int(ip) >> 32) & 0xFFFF == _ISATAP and why_special(IPv4Address(int(ip) & 0xFFFFFFFF)):
            return "an ISATAP address of a private one"
    return ""


def kind_of(reason: str) -> Kind:
    """Is such an answer for a public name a sinkhole, or somebody's private network?"""
    return "sinkhole" if any(word in reason for word in _SINKHOLES) else "private"
