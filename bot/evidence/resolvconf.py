"""Which resolvers does the machine ask? resolv.conf, as ``cat`` prints it."""

from bot.evidence.observation import Observation
from bot.evidence.parsed import parsed
from bot.evidence.piece import Piece


def read_resolvconf(piece: Piece) -> tuple[Observation, ...]:
    """Which resolvers a machine asks; that proves nothing yet."""
    found = parsed("resolve_conf", piece.text) or {}
    servers = found.get("nameservers")
    named = tuple(map(str, servers)) if isinstance(servers, list) else ()
    return (piece.see("irrelevant", "unknown", dns_server=named or None),)
