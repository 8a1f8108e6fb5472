"""Which resolvers does the machine ask? resolv.conf, as ``cat`` prints it."""

import re

from bot.evidence.observation import Observation
from bot.evidence.piece import Piece

_NAMESERVER = re.compile(r"^\s*nameserver\s+(?P<ip>[\da-f.:%]{2,60})", re.IGNORECASE | re.MULTILINE)


def read_resolvconf(piece: Piece) -> tuple[Observation, ...]:
    """Which resolvers a machine asks; that proves nothing yet."""
    servers = tuple(match["ip"] for match in _NAMESERVER.finditer(piece.text))
    return (piece.see("irrelevant", "unknown", dns_server=servers or None),)
