"""Does `no_proxy` name this host? Ruby's rules, which the product follows."""

import re
from ipaddress import ip_address, ip_network
from typing import Final

_ENTRY: Final = re.compile(r"([^:,\s]+)(?::(\d{1,5}))?")


def is_excepted(host: str, port: int, no_proxy: str, address: str = "") -> bool:
    """Return whether an entry is a suffix of the host, or a network; `*` means nothing to Ruby.

    `address`: the first one that the host resolves to, which networks are compared with.
    """
    for entry, entry_port in _ENTRY.findall(no_proxy):
        if entry_port and int(entry_port) != port:
            continue
        suffix = entry.lower() if entry.startswith(".") else f".{entry.lower()}"
        dotted = host.lower() if entry.startswith(".") else f".{host.lower()}"
        if dotted.endswith(suffix) or _in_network(address or host, entry):
            return True
    return False


def names_networks(no_proxy: str) -> bool:
    """Does an entry speak of addresses, so that the host has to be resolved first?"""
    return any(_is_network(entry) for entry, _ in _ENTRY.findall(no_proxy))


def _is_network(entry: str) -> bool:
    try:
        ip_network(entry, strict=False)
    except ValueError:
        return False
    return True


def _in_network(host: str, entry: str) -> bool:
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except (ValueError, TypeError):
        return False
