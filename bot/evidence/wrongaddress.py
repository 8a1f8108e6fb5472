"""A connection that worked, but to an address that cannot be the portal's."""

from typing import Final

from bot.evidence.addresses import address_cause
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import is_portal

_BY_NAME: Final = frozenset(
    {"nc", "telnet", "traceroute", "nmap", "curl", "wget", "powershell", "ping"}
)


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
