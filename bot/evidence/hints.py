"""Which layer does a line of a tool that nobody knows speak of, when it says that it failed?"""

import re
from typing import Final

from bot.evidence.complaints import is_personal, is_prose
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

#: What the same line adds, once its layer is known.
_SILENT: Final = (
    r"tim(?:ed|es?|ing)?[ -]?outs?\b|zeit.{1,2}berschreitung|execution expired|d[eé]lai|agotad"
    r"|タイムアウト|超时"
)
_FINER: Final = tuple(
    (layer, re.compile(pattern, re.IGNORECASE), cause)
    for layer, pattern, cause in (
        ("dns_resolution_failed", _SILENT, "dns_timeout"),
        ("dns_resolution_failed", r"nxdomain|no such (?:name|domain)", "dns_nxdomain"),
        ("dns_resolution_failed", r"servfail", "dns_servfail"),
        ("tls_handshake_failure", _SILENT, "tls_handshake_timeout"),
        ("tls_untrusted_ca", r"not yet valid", "tls_not_yet_valid"),
        ("tls_untrusted_ca", r"expired|abgelaufen|expir[eéo]|期限切れ|过期", "tls_expired"),
        ("tls_untrusted_ca", r"mismatch|(?:not|n't) match|wrong (?:host|name)",
         "tls_hostname_mismatch"),
        ("tls_untrusted_ca", r"self[- ]signed|selbst ?signiert", "tls_self_signed"),
        ("http_unexpected_status", r"\b403\b", "http_forbidden"),
        ("http_unexpected_status", r"\b407\b", "proxy_auth_required"),
        ("http_unexpected_status", r"\b429\b", "http_rate_limited"),
        ("http_unexpected_status", r"\b5\d\d\b", "http_server_error"),
        ("http_unexpected_status", _SILENT, "http_timeout"),
    )
)  # fmt: skip

#: A time or a level, with which logs begin their lines.
_DATED: Final = re.compile(
    r"\s*\W?(?:\d{4}[-/.]\d\d[-/.]\d\d[T ,]|\d\d:\d\d:\d\d|[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d"
    r"|(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|CRIT(?:ICAL)?|FATAL)\b)"
)
#: The name of a program, of an exception or of a value, before what it has to say.
_NAMED: Final = re.compile(
    r"\s*(?:[a-z][\w./-]{1,40}(?:\[\d+\]|\(\d+\))?: |(?:[A-Za-z]\w*(?:\.|::))*[A-Z]\w*"
    r"(?:Error|Exception|Timeout)\b|[\w.-]{1,40}=\S|\{\s?\"|\[[\w./ -]{1,40}\] )"
)


def hint_in(text: str) -> str:
    """The cause that stands for the layer which a line of trouble names, or an empty string."""
    found = phrase_in(text)
    if found:
        return found
    layer = next((cause for words, cause in _LAYERS if words.search(text)), "")
    return next((cause for of, words, cause in _FINER if of == layer and words.search(text)), layer)


def read_hints(piece: Piece) -> tuple[Observation, ...]:
    """The last printed line of trouble about the portal, in the words of an unknown tool."""
    asked = PORTAL.search(piece.command) is not None
    lines = piece.out.lines
    below = _below_command(piece)
    for index in range(len(lines) - 1, -1, -1):
        text = lines[index].text
        about = asked or PORTAL.search(text) is not None
        if about and _is_printed(text, below=index < below) and (cause := _named_in(text)):
            return (_seen(piece, lines[index], cause),)
    return ()


def _named_in(text: str) -> str:
    return hint_in(text) if trouble_in(text) is not None else ""


def _below_command(piece: Piece) -> int:
    """How many lines stand right below the command, before an empty one."""
    lines = piece.out.lines
    blank = (index for index, line in enumerate(lines) if not line.text.strip())
    return next(blank, len(lines)) if piece.command else 0


def _is_printed(text: str, *, below: bool) -> bool:
    """Did a tool write this? It stands right below a command or bears a program's mark.

    What people write about the portal, ask, or fear is no evidence, whatever words they use.
    """
    return (below or _is_marked(text)) and not _is_peoples(text)


def _is_peoples(text: str) -> bool:
    return is_prose(text) and is_personal(text)


def _is_marked(text: str) -> bool:
    if _DATED.match(text):
        return True
    return _NAMED.match(text) is not None and not is_prose(text) and not is_personal(text)


def _seen(piece: Piece, line: Line, cause: str) -> Observation:
    weak = cause == "icmp_no_reply"
    alone = Piece(Lines((line,)), "text", piece.command, piece.vantage, facts=piece.facts)
    return alone.see(cause, "warn" if weak else "fail")
