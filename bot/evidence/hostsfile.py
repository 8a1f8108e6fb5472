"""Does the hosts file override DNS for the portal?"""

import re

from bot.evidence.addresses import address_cause
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import PORTAL

_ENTRY = re.compile(
    r"^\s*(?:\S*hosts:)?(?:\d{1,4}[:)]\s*)?(?P<ip>(?:\d{1,3}\.){3}\d{1,3}|[\da-f:]{2,45})\s+"
    r"(?P<names>[^\n#]{1,500})",
    re.IGNORECASE | re.MULTILINE,
)


def read_hosts(piece: Piece) -> tuple[Observation, ...]:
    """An entry for the portal overrides DNS, and ages even when it is right today."""
    for entry in _ENTRY.finditer(piece.text):
        if PORTAL.search(entry["names"]):
            wrong = address_cause(entry["ip"]) != "dns_ok"
            return (
                piece.see(
                    "dns_hosts_override",
                    "fail" if wrong else "warn",
                    match=entry,
                    ip=(entry["ip"],),
                ),
            )
    return (piece.see("irrelevant", "unknown"),)
