"""What did systemd-resolved say about the name?"""

from bot.evidence.addresses import addresses_in
from bot.evidence.answers import judge_answer
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.rules import first, table

_FAILED = table(
    (r"timed out|timeout|all attempts to contact name servers|network is down", "dns_timeout"),
    (r"server ?fail(?:ure|ed)?|servfail|dnssec validation failed|invalid dnssec", "dns_servfail"),
    (r"refused", "dns_refused"),
    (r"no appropriate name servers", "dns_timeout"),
    (r"does not have any rr of the requested type", "dns_no_address"),
    (r"not found|does not exist|nxdomain", "dns_nxdomain"),
)


def read_resolvectl(piece: Piece) -> tuple[Observation, ...]:
    """Its answers and its refusals."""
    if "resolve call failed" in piece.flat.lower():
        failed = first(piece, _FAILED)
        if failed is not None:
            return (failed,)
    return (judge_answer(piece, addresses_in(piece.text.partition("-- Information")[0])),)
