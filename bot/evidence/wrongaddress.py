"""A look that worked, but at an address or a host that is not the portal."""

from typing import Final

from bot.evidence.addresses import address_cause
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import (
    is_control,
    is_mistyped,
    is_other_name,
    is_other_of_vendor,
    is_portal,
)

_BY_NAME: Final = frozenset(
    {"nc", "telnet", "traceroute", "nmap", "curl", "wget", "powershell", "ping"}
)
_UNKNOWN_NAME: Final = frozenset({"dns_nxdomain", "dns_resolution_failed"})
_NETWORK: Final = _BY_NAME | {"dig", "host", "nslookup", "getent", "openssl", "http"}


def at_wrong_address(piece: Piece, seen: Observation) -> Observation:
    """Name resolution is the finding when the portal's name led to a private address or loopback.

    A proxy's address is private by right, and what fails above TCP is told by its own words.
    """
    if seen.probe not in _BY_NAME or seen.facts.get("proxy_host") or seen.cause == "proxy_ok":
        return seen
    if not is_portal(str(piece.facts.get("host", ""))) or seen.layer in {"dns", "proxy"}:
        return seen
    if seen.verdict == "fail" and seen.layer not in {"ip", "tcp"}:
        return seen
    found = seen.facts.get("ip")
    cause = address_cause(found[0]) if isinstance(found, tuple) and found else "dns_ok"
    if cause == "dns_ok":
        return seen
    return piece.see(cause, match=piece.where(seen.detail), facts=seen.facts)


def about_the_portal(piece: Piece, seen: Observation) -> Observation:
    """What works towards google.com or the customer's own instance says nothing of the portal."""
    host = str(seen.facts.get("host", "") or piece.facts.get("host", ""))
    if seen.cause in _UNKNOWN_NAME and (is_mistyped(host) or is_other_of_vendor(host)):
        return piece.see("wrong_hostname", match=piece.where(seen.detail), facts=seen.facts)
    if seen.probe not in _NETWORK or (seen.verdict == "fail" and seen.layer != "http"):
        return seen
    if is_control(host) or (is_other_name(host) and "sign_in" not in seen.detail):
        return piece.see("irrelevant", "unknown", match=piece.where(seen.detail), host=host)
    return seen
