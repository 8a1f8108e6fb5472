"""Network errors in the words of other languages and programs: Python, Go, Java, Node, PHP."""

import re
from typing import Final

from bot.evidence.addresses import addresses_in
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import PORTAL
from bot.evidence.rules import table

#: Only phrases that programs print and people do not write by themselves.
_PROGRAMS: Final = table(
    (
        (
            r"x509: certificate has expired|verify failed: certificate has expired"
            r"|certificateexpiredexception|cert_has_expired"
        ),
        "tls_expired",
    ),
    (r"certificatenotyetvalid|is not yet valid: ", "tls_not_yet_valid"),
    (
        (
            r"x509: certificate is valid for .{1,200}, not |err_tls_cert_altname_invalid"
            r"|verify failed: hostname mismatch|no subject alternative (?:dns )?names? matching"
            r"|hostname .{1,100} doesn't match|doesn't match any of the subject alternative"
        ),
        "tls_hostname_mismatch",
    ),
    (
        (
            r"self_signed_cert_in_chain|self[- ]signed certificate in certificate chain"
            r"|certificate signed by unknown authority|pkix path (?:building"
            r"|validation) failed|unable to find valid certification path"
            r"|unable_to_(?:verify_leaf_signature|get_issuer_cert(?:_locally)?)"
            r"|certificate_verify_failed|err_cert_authority_invalid"
            r"|unable to get local issuer certificate|certificate verify failed"
        ),
        "tls_untrusted_ca",
    ),
    (r"depth_zero_self_signed_cert", "tls_self_signed"),
    (
        (
            r"first record does not look like a tls handshake|wrong version number"
            r"|unrecognized ssl message|err_ssl_protocol_error"
        ),
        "tls_not_tls",
    ),
    (
        (
            r"tls: protocol version not supported|err_ssl_version_or_cipher"
            r"|fatal alert: protocol_version|no appropriate protocol"
            r"|(?:server selected|unsupported) (?:unsupported )?protocol(?: version)? tls"
        ),
        "tls_protocol_version",
    ),
    (
        (
            r"tls handshake timeout|read timed out.{0,900}?(?:starthandshake|readhandshakerecord)"
            r"|sslerror.{0,40}handshake.{0,40}timed out"
        ),
        "tls_handshake_timeout",
    ),
    (
        (
            r"(?:ssl_connect|(?:tls|ssl) handshake)[^\n]{0,40}{RESET}"
            r"|read econnreset.{0,60}tls(?:wrap|socket)|before secure tls connection"
            r"|{RESET}.{0,900}?(?:starthandshake|readhandshakerecord|do_handshake)"
        ),
        "tls_reset",
    ),
    (
        (r"sslhandshakeexception|tls: handshake failure|alert handshake failure"),
        "tls_handshake_failure",
    ),
    (
        r"proxy authentication required|err_proxy_auth|tunnel connection failed: 407",
        "proxy_auth_required",
    ),
    (r"tunnel connection failed: 5\d\d|unable to tunnel .{0,60}\" 50\d", "proxy_upstream_failed"),
    (r"tunnel connection failed: 4\d\d|unable to tunnel through proxy", "proxy_forbidden"),
    (
        (
            r"proxyconnect tcp|proxyerror\(|err_tunnel_connection|err_proxy_connection_failed"
            r"|cannot connect to proxy"
        ),
        "proxy_unreachable",
    ),
    (
        (
            r"{NAME_AGAIN}|{NO_NAME}|getaddrinfo (?:enotfound|eai_again)"
            r"|unknownhostexception|no such host\b|err_name_not_resolved"
            r"|dns_probe_finished|inet: bad hostname|unable to locate remote host"
            r"|nameresolutionerror|failed to resolve '"
        ),
        "dns_resolution_failed",
    ),
    (
        (
            r"{REFUSED}|econnrefused|err_connection_refused"
            r"|failed to connect to \S+ port \d+ after \d{1,4} ms: couldn't connect to server"
        ),
        "tcp_refused",
    ),
    (r"{NO_ROUTE}|ehostunreach|err_address_unreachable", "host_unreachable"),
    (r"{NET_UNREACHABLE}|enetunreach|err_internet_disconnected", "no_route"),
    (
        (
            r"read timed out|readtimeout|sockettimeoutexception: read"
            r"|context deadline exceeded"
        ),
        "http_timeout",
    ),
    (
        (
            r"{TIMED_OUT}|etimedout|i/o timeout|connect timed out|err_connection_timed_out"
            r"|connecttimeouterror|und_err_connect_timeout"
            r"|(?:timeouterror|socket\.timeout): timed out"
            r"|\[ufw block\] in= out=\S.{0,300}\bdpt=443\b"
        ),
        "tcp_timeout",
    ),
    (r"{RESET}|econnreset|err_connection_reset|socket hang up", "tcp_reset"),
)
#: An error message pasted alone is short.
_ERROR_WORDS: Final = 10
#: Names of classes and codes: nobody writes them who did not copy them.
_OF_A_PROGRAM = re.compile(
    (
        r"exception$|^e(?:conn|host|net|timed|ai_)|^err_|^x509|^pkix|^certificate_v"
        r"|^getaddrinfo e"
    ),
    re.IGNORECASE,
)
_MARKED = re.compile(r"[:(\"'=>\[{`|](?:[^.!?]|\.(?=\S)){0,60}$")


def read_generic(piece: Piece) -> tuple[Observation, ...]:
    """The most telling phrase, TLS before TCP before names."""
    run_on_it = PORTAL.search(piece.command) is not None
    for rule in _PROGRAMS:
        match = piece.find(rule.pattern)
        if match is not None and (run_on_it or _is_printed(piece.flat, match)):
            found = addresses_in(piece.flat)
            return (piece.see(rule.cause, rule.verdict, match=match, ip=found or None),)
    return ()


def phrase_in(text: str) -> str:
    """The cause that the most telling phrase in a program's line names, or an empty string."""
    flat = " ".join(text.split())
    return next((rule.cause for rule in _PROGRAMS if rule.pattern.search(flat)), "")


def _is_printed(text: str, match: re.Match[str]) -> bool:
    """A program puts a mark before its message, or a person quotes it; a sentence does neither."""
    if _OF_A_PROGRAM.search(match[0]):
        return True
    before = text[max(0, match.start() - 80) : match.start()]
    if not before.strip():
        return len(text.split()) <= _ERROR_WORDS
    return _MARKED.search(before) is not None
