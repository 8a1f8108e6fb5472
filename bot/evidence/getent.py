"""What does the application itself get for the name: hosts file and resolver, through NSS?"""

import re
from dataclasses import replace
from typing import Final

from bot.evidence.addresses import addresses_in
from bot.evidence.answers import judge_answer
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.redact import redact

#: A row is an address and what belongs to it; other text after the command is no answer.
_ROW: Final = re.compile(
    r"\s{0,8}(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[0-9a-f.]{0,20}:)[0-9a-f:.]{2,45})(?=\s|$)",
    re.IGNORECASE,
)
#: Root pressed enter: the command before it had nothing to say.
_LONE_PROMPT: Final = re.compile(r"\s*[#$]\s*(?:\n|$)")
#: getent(1): one or more supplied keys could not be found.
_NOT_FOUND_EXIT: Final = 2


def read_getent(piece: Piece) -> tuple[Observation, ...]:
    """Silence is an answer, when the prompt after it or the status shows that nothing came."""
    rows = "\n".join(line for line in piece.text.splitlines() if _ROW.match(line))
    found = addresses_in(rows)
    next_prompt = _LONE_PROMPT.match(piece.text)
    said_nothing = not piece.text.strip() or piece.exit_code == _NOT_FOUND_EXIT
    said_nothing = said_nothing or next_prompt is not None
    said_nothing = said_nothing or ("||" in piece.command and "not found" in piece.flat.lower())
    if not found and said_nothing and piece.exit_code != 0:
        return (_not_found(piece),)
    return (judge_answer(piece, found),)


def _not_found(piece: Piece) -> Observation:
    """Nothing came, so there is nothing to quote but the question."""
    v6_only = "ahostsv6" in piece.command
    look = piece.see("dns_no_aaaa", "warn") if v6_only else piece.see("dns_resolution_failed")
    return replace(look, detail=redact(piece.command).text) if piece.command else look
