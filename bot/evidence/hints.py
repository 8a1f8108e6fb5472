"""Which layer does a line of a tool that nobody knows speak of, when it says that it failed?"""

import re
from typing import Final

from bot.evidence.generic import phrase_in
from bot.evidence.normalise import Line, Lines
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import PORTAL
from bot.evidence.troublewords import trouble_in

#: The layer's own words, later layers first: they imply the earlier ones.
_LAYERS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), cause)
    for pattern, cause in (
        (r"\bprox(?:y|ies)\b|\bsquid\b|\bCONNECT\b tunnel", "proxy_unreachable"),
        ((r"\bhttps? ?(?:status|code|get|head|answer|response)\b|\bstatus ?code\b"
         r"|\b(?:status|code|http\S{0,12})\W{1,3}[45]\d\d\b"), "http_unexpected_status"),
        (r"certificat\w*|\bcert\b|zertifikat\w*|\bx509\b|\bissuer\b|証明書", "tls_untrusted_ca"),
        (r"\b(?:tls|ssl)\b|handshake", "tls_handshake_failure"),
        ((r"\btcp\b|\bport\b|\bconnect\w*|\bsocket\b|\bsyn\b|verbindung\w*|connexion|conexi.n"
         r"|接続|连接|соединени"), "tcp_timeout"),
        (r"\b(?:dns|resolv\w+|lookup|nameserver|getaddrinfo)\b", "dns_resolution_failed"),
        (r"\b(?:icmp|ping)\b", "icmp_no_reply"),
        (r"\broute\b|\brouting\b|\bgateway\b", "no_route"),
    )
)  # fmt: skip


def hint_in(text: str) -> str:
    """The cause that stands for the layer which a line of trouble names, or an empty string."""
    return phrase_in(text) or next((cause for words, cause in _LAYERS if words.search(text)), "")


def read_hints(piece: Piece) -> tuple[Observation, ...]:
    """The last line of trouble about the portal, in the words of a tool without a reader."""
    asked = PORTAL.search(piece.command) is not None
    for line in reversed(piece.out.lines):
        about = asked or PORTAL.search(line.text) is not None
        if about and trouble_in(line.text) is not None and (cause := hint_in(line.text)):
            return (_seen(piece, line, cause),)
    return ()


def _seen(piece: Piece, line: Line, cause: str) -> Observation:
    weak = cause == "icmp_no_reply"
    alone = Piece(Lines((line,)), "text", piece.command, piece.vantage, facts=piece.facts)
    return alone.see(cause, "warn" if weak else "fail")
