"""Which addresses can be the portal's, and which betray a filter, a hosts file or split DNS."""

import ipaddress
import re
from typing import Final

IPV4: Final = r"(?:\d{1,3}\.){3}\d{1,3}"
IPV6: Final = r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])"
_ADDRESS = re.compile(rf"(?<![\w.:]){IPV4}(?!\w|\.\d)|{IPV6}", re.IGNORECASE)

#: The last two are the block pages of Cisco Umbrella and FortiGuard.
_SINKHOLES = tuple(
    ipaddress.ip_network(net)
    for net in (
        "0.0.0.0/8", "127.0.0.0/8", "::/128", "::1/128", "146.112.61.0/24", "208.91.112.52/30",
    )
)  # fmt: skip
_PRIVATE = tuple(
    ipaddress.ip_network(net)
    for net in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "fc00::/7",
        "fe80::/10",
    )
)
#: NAT64 and IPv4-mapped addresses carry the real address in the last 32 bits.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

#: Names that DNS filters answer with, instead of the portal's own.
FILTER_NAMES: Final = re.compile(
    (
        r"(?:rpz|sinkhole|blackhole|blockpage|block-?page|blocked|block\.|filter"
        r"|safesearch|malware|phish\w*|opendns|umbrella|hit-?block|paloalto|fortiguard"
        r"|zscaler|websense|netskope|dnsfilter|quad9|nextdns|adguard|pi-?hole|captive"
        r"|walled|warning|policy)"
    ),
    re.IGNORECASE,
)


def addresses_in(text: str) -> tuple[str, ...]:
    """Every address in the text, in order, each once."""
    found = (_without_colon(match.group(0)) for match in _ADDRESS.finditer(text))
    return tuple(dict.fromkeys(address for address in found if _parse(address)))


def _without_colon(address: str) -> str:
    """``connect to 2606:4700::1: Connection refused`` ends the address with a colon."""
    return address if address.endswith("::") else address.removesuffix(":")


def address_cause(address: str) -> str:
    """``dns_ok``, ``dns_sinkhole`` or ``dns_private_answer``, for an answer about the portal."""
    parsed = _parse(address)
    if parsed is None:
        return "dns_ok"
    if any(parsed.version == net.version and parsed in net for net in _SINKHOLES):
        return "dns_sinkhole"
    if any(parsed.version == net.version and parsed in net for net in _PRIVATE):
        return "dns_private_answer"
    return "dns_ok"


def worst_cause(found: tuple[str, ...]) -> str:
    """The worst of several answers: one wrong address among good ones is still wrong."""
    causes = [address_cause(address) for address in found]
    for cause in ("dns_sinkhole", "dns_private_answer"):
        if cause in causes:
            return cause
    return "dns_ok"


def is_v6(address: str) -> bool:
    """Is this an IPv6 address?"""
    parsed = _parse(address)
    return parsed is not None and parsed.version == 6  # noqa: PLR2004 - the protocol's number


def is_literal(host: str) -> bool:
    """Is this an address, and not a name?"""
    return _parse(host) is not None


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        return _embedded(parsed)
    return parsed


def _embedded(
    address: ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
