"""A look that worked, but at an address or a host that is not the portal."""

import re
from typing import Final

from bot.evidence.addresses import address_cause
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import (
    PORTAL,
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

#: Readers of messages that name what they failed to reach, whatever that is.
_OF_ANY_TARGET: Final = frozenset({"git", "generic", "text", "ruby", "log"})
#: Mail, directory, databases, Gitaly, registries: the portal and its proxies listen elsewhere.
_OTHER_PORTS: Final = re.compile(
    r"2[25]|389|465|587|636|2305|326[89]|3306|50[05]0|5432|5672|6379|8075|9200|9236|26379"
)
_TARGET: Final = re.compile(
    r"(?:https?://|open tcp connection to |connect\(2\) for \"?|dial tcp |ipv[46]:|lookup )"
    r"(?P<host>[\w.-]+)(?:\"? port |:)?(?P<port>\d{1,5}\b)?",
    re.IGNORECASE,
)
#: Where a tool sends its reader for an explanation is not what it was aimed at.
_MANUAL: Final = re.compile(
    r"(?:\b(?:here|see|visit|docs?|details)\b:? ?|<)https?://\S+|https?://\S*/docs?/\S*"
    r"|https?://cur\w\.(?:haxx\.)?se\b\S*",
    re.IGNORECASE,
)
_PROXY_NAME: Final = re.compile(r"proxy|squid|gateway|wsg|zscaler", re.IGNORECASE)
_PROXY_PORTS: Final = frozenset({"3128", "8888", "8118", "1080", "9400", "10080"})
_MADE_FOR_THE_WEB: Final = frozenset({None, "80", "443"})
#: An answer that is no filter's, no proxy's and not the portal's: somebody else's server.
_ANYBODYS: Final = "http_unexpected_status"
_NO_NAME: Final = re.compile(r"resolve host: ?https?(?![\w.-])", re.IGNORECASE)


def at_wrong_address(piece: Piece, seen: Observation) -> Observation:
    """Name resolution is the finding when the portal's name led to a private address or loopback.

    A proxy's address is private by right, and what fails above TCP is told by its own words.
    """
    if seen.probe not in _BY_NAME or seen.facts.get("proxy_host") or seen.cause == "proxy_ok":
        return seen
    if not is_portal(str(piece.facts.get("host", ""))) or seen.layer in {"dns", "proxy"}:
        return seen
    if seen.verdict == "fail" and seen.layer not in {"ip", "tcp"} and seen.cause != _ANYBODYS:
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
    if _of_another_service(piece, seen):
        return piece.see("irrelevant", "unknown", match=piece.where(seen.detail))
    if seen.layer == "dns" and _NO_NAME.search(seen.detail):
        return piece.see("unclear", "unknown", match=piece.where(seen.detail))
    if seen.probe not in _NETWORK or (seen.verdict == "fail" and seen.layer != "http"):
        return seen
    if is_control(host) or (is_other_name(host) and "sign_in" not in seen.detail):
        return piece.see("irrelevant", "unknown", match=piece.where(seen.detail), host=host)
    return seen


def _of_another_service(piece: Piece, seen: Observation) -> bool:
    """Is this the failure of a repository, a registry, a directory, a hook: not of the portal?"""
    if seen.verdict != "fail" or seen.layer in {"app", "http"} or seen.probe not in _OF_ANY_TARGET:
        return False
    if PORTAL.search(piece.command) or PORTAL.search(piece.flat):
        return False
    target = _TARGET.search(_MANUAL.sub(" ", seen.detail))
    target = target or _TARGET.search(_MANUAL.sub(" ", piece.flat))
    if target is None:
        return False
    host, port = target["host"].strip("."), target["port"]
    if port and _OTHER_PORTS.fullmatch(port):
        return True
    if seen.layer == "proxy" and (seen.probe != "ruby" or port in _PROXY_PORTS):
        return False
    foreign = is_other_name(host) and not _PROXY_NAME.search(host)
    return foreign and (port in _MADE_FOR_THE_WEB or seen.probe == "ruby")
