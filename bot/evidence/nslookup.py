"""What did nslookup learn: BIND's, busybox's, Windows' in several languages?"""

import re

from bot.evidence.addresses import addresses_in
from bot.evidence.answers import judge_answer
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece

_HEAD = re.compile(
    r"^\s*(?:default )?(?:server|servidor|serveur|сервер|サーバー|服务器|using domain server)\s?:",
    re.IGNORECASE | re.MULTILINE,
)
_OWN_ADDRESS = re.compile(
    (
        r"^\s*(?:Address|Adresse|Addresse|Direcci.n|Indirizzo|Endere.o|Addresses|アドレス"
        r"|地址)\s?\d{0,2}\s?:\s*(?P<ip>[0-9a-f.:]{2,45}?)(?:#\d+|:53)?(?:\s+\S*)?$"
    ),
    re.IGNORECASE | re.MULTILINE,
)
#: Server:, then Address: on one of the next lines.
_HEAD_LINES = 2


def read_nslookup(piece: Piece) -> tuple[Observation, ...]:
    """The first address is the server's own."""
    server, rest = _server_and_rest(piece.text)
    return (judge_answer(piece, addresses_in(rest), server),)


def _server_and_rest(text: str) -> tuple[str | None, str]:
    head = _HEAD.search(text)
    own = _OWN_ADDRESS.search(text, head.end()) if head else None
    if head is None or own is None or text[head.end() : own.start()].count("\n") > _HEAD_LINES:
        return None, text[head.end() :].partition("\n")[2] if head else _without_server(text)
    return own["ip"], _without_server(text[own.end() :])


def _without_server(text: str) -> str:
    """Errors name the server once more, with its port."""
    skip = re.compile(r"^;; |#53|:53\b|timed.?out|no servers|Server:|can't find", re.IGNORECASE)
    return "\n".join(line for line in text.split("\n") if not skip.search(line))
