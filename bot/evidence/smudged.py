"""Screenshots read by OCR: known phrases found although letters and digits are mixed up."""

import re
from typing import Final

from bot.evidence.observation import CAUSES, Observation
from bot.evidence.piece import Piece

#: What OCR confuses is made the same: 0 and o, 1, l, I and |, 5 and s, 8 and b, rn and m, vv and w.
_FOLD: Final = str.maketrans(
    {
        "0": "o",
        "1": "i",
        "l": "i",
        "|": "i",
        "!": "i",
        "5": "s",
        "8": "b",
        "6": "b",
        "$": "s",
        "q": "g",
    }
)
#: A digit or a bar inside a word: people do not write so, OCR does.
_SMUDGE: Final = re.compile(
    r"[A-Za-z]{2}[0158|!][A-Za-z]|[A-Za-z][0158|!][A-Za-z]{2}|\b[01][a-z]{2}"
)
_NO_LETTER: Final = re.compile(r"[\W_]+")

#: Phrases long enough that no other words fold into them; only failures, never good news.
_PHRASES: Final = (
    ("could not resolve proxy", "proxy_unresolvable"),
    ("could not resolve host", "dns_resolution_failed"),
    ("name or service not known", "dns_resolution_failed"),
    ("temporary failure in name resolution", "dns_resolution_failed"),
    ("status nxdomain", "dns_nxdomain"),
    ("not found 3 nxdomain", "dns_nxdomain"),
    ("can't find customers", "dns_nxdomain"),
    ("status servfail", "dns_servfail"),
    ("not found 2 servfail", "dns_servfail"),
    ("status refused", "dns_refused"),
    ("no servers could be reached", "dns_timeout"),
    ("resolving timed out", "dns_timeout"),
    ("proxy authentication required", "proxy_auth_required"),
    ("connect tunnel failed response 407", "proxy_auth_required"),
    ("connect tunnel failed response 403", "proxy_forbidden"),
    ("code 407 from proxy", "proxy_auth_required"),
    ("code 403 from proxy", "proxy_forbidden"),
    ("code 503 from proxy", "proxy_upstream_failed"),
    ("certificate has expired", "tls_expired"),
    ("certificate is not yet valid", "tls_not_yet_valid"),
    ("does not match target host name", "tls_hostname_mismatch"),
    ("hostname mismatch", "tls_hostname_mismatch"),
    ("self signed certificate in certificate chain", "tls_untrusted_ca"),
    ("self signed certificate", "tls_self_signed"),
    ("unable to get local issuer certificate", "tls_untrusted_ca"),
    ("certificate verify failed", "tls_untrusted_ca"),
    ("could not establish trust relationship", "tls_untrusted_ca"),
    ("wrong version number", "tls_not_tls"),
    ("alert handshake failure", "tls_handshake_failure"),
    ("alert protocol version", "tls_protocol_version"),
    ("ssl connection timeout", "tls_handshake_timeout"),
    ("ssl_error_syscall", "tls_unexpected_eof"),
    ("unexpected eof while reading", "tls_unexpected_eof"),
    ("connection reset by peer", "tcp_reset"),
    ("connection refused", "tcp_refused"),
    ("no route to host", "host_unreachable"),
    ("network is unreachable", "no_route"),
    ("destination host unreachable", "host_unreachable"),
    ("connection timed out", "tcp_timeout"),
    ("tcptestsucceeded false", "tcp_timeout"),
    ("operation timed out after", "http_timeout"),
    ("maximum 50 redirects followed", "http_redirect_loop"),
    ("web page blocked", "http_block_page"),
    ("activation code is not valid", "app_invalid_activation_code"),
    ("invalid activation code", "app_invalid_activation_code"),
    ("your subscription cannot be located", "app_subscription_not_found"),
    ("without cloud compatible subscription", "app_subscription_not_found"),
    ("methods are allowed in silent mode", "app_silent_mode"),
    ("cannot activate instance due to connectivity", "app_connectivity_generic"),
    ("can no longer sync your subscription details", "seatlink_sync_failed"),
)


def _folded(text: str) -> str:
    folded = text.lower().translate(_FOLD).replace("rn", "m").replace("vv", "w")
    return _NO_LETTER.sub("", folded)


_FOLDED: Final = tuple((_folded(phrase), phrase, cause) for phrase, cause in _PHRASES)


def read_smudged(piece: Piece) -> tuple[Observation, ...]:
    """The first phrase of the table that the smudged text holds."""
    if not (piece.command or _SMUDGE.search(piece.flat)):
        return ()
    text = _folded(piece.flat)
    connected = "connected to " in piece.flat.lower()
    for folded, phrase, cause in _FOLDED:
        if folded in text and not (connected and CAUSES[cause] in {"ip", "tcp"}):
            return (piece.see(cause, smudged=phrase),)
    return ()
