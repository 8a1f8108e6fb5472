"""What did BIND's host learn about the name?"""

import re
from typing import Final

from bot.evidence.answers import answer_lines, judge_answer
from bot.evidence.dig import ANSWER_HEAD, read_dig
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece

_ADDRESS = re.compile(
    r"has (?:ipv6 )?address|hat (?:ipv6-)?adresse|^ip(?:v6)?_address:", re.IGNORECASE
)
_SERVER = re.compile(r"^Address: ([\d.a-f:]+)#\d+", re.IGNORECASE | re.MULTILINE)
_ERROR_SERVER = re.compile(r"communications error to ([\d.a-f:]+)#", re.IGNORECASE)
#: It asks for A, AAAA and MX, one after the other; of these only some came.
_FAILED = re.compile(
    r"^Host \S+ not found: \d\s?\((?P<rcode>SERVFAIL|REFUSED)\)", re.IGNORECASE | re.MULTILINE
)
_CAUSES: Final = {"SERVFAIL": "dns_servfail", "REFUSED": "dns_refused"}


def read_host(piece: Piece) -> tuple[Observation, ...]:
    """Sentences about a name."""
    if ANSWER_HEAD in piece.text:  # -v prints what dig prints
        return read_dig(piece)
    server = _SERVER.search(piece.text) or _ERROR_SERVER.search(piece.text)
    found = answer_lines(piece.text, _ADDRESS)
    answer = judge_answer(piece, found, server[1] if server else None)
    failed = _FAILED.search(piece.text) if found else None
    if failed is None:
        return (answer,)
    cause = _CAUSES[failed["rcode"].upper()]
    return (answer, piece.see(cause, "warn", match=failed, host=answer.facts.get("host")))
