"""What did a TLS scanner find? sslscan, testssl.sh, sslyze, and nmap's certificate script."""

import re
from typing import Final

from bot.evidence.certificate import certificate_cause
from bot.evidence.issuers import is_foreign
from bot.evidence.observation import Fact, Observation
from bot.evidence.piece import Piece
from bot.evidence.rules import compiled
from bot.evidence.validity import in_term

_ISSUER = re.compile(
    r"^[\s|]{0,8}Issuer\b ?:? +(?P<issuer>[^\n]{2,200})$", re.IGNORECASE | re.MULTILINE
)
_BAD_CHAIN = re.compile(
    r"(?:chain of trust|trust.{0,20}|verif\w+)\s+.{0,30}?not ok ?\(?(?P<why>[^\n]{0,120})"
    r"|certificate is (?:not trusted|untrusted)(?P<said>[^\n]{0,120})"
    r"|FAILED - certificate is NOT trusted(?P<also>[^\n]{0,120})",
    re.IGNORECASE,
)
_GOOD_CHAIN = re.compile(r"chain of trust\s+ok\b|OK - certificate is trusted", re.IGNORECASE)
_WRONG_NAME = re.compile(
    r"trust \(hostname\)\s+.{0,30}(?:not match|mismatch|does not)|hostname validation:\s+FAILED",
    re.IGNORECASE,
)
_EXPIRED = re.compile(
    r"not valid after: .{0,60}\bexpired|certificate validity.{0,80}\bexpired|\bexpired \(",
    re.IGNORECASE,
)
_CLOSED = compiled(
    r"could not open a connection to host [^\n]{0,120}|can't connect to [^\n]{0,80}"
    r"|{REFUSED}|{TIMED_OUT}|connection failed"
)
_WHY_CLOSED: Final = (
    (compiled(r"timed? ?out"), "tcp_timeout"),
    (compiled(r"{NO_ROUTE}"), "host_unreachable"),
    (compiled(r"{NET_UNREACHABLE}"), "no_route"),
    (compiled(r"refused|can't connect|could not open"), "tcp_refused"),
)
_NAME = compiled(
    r"could not resolve|{NO_NAME}|{NAME_AGAIN}|unable to resolve|no ip address|no a/aaaa"
)
_NO_TLS = re.compile(
    r"doesn't seem to be a tls/ssl enabled server|no tls|tls (?:handshake )?failed"
    r"|certificate information cannot be retrieved",
    re.IGNORECASE,
)


def read_tlsscan(piece: Piece) -> tuple[Observation, ...]:
    """No connection, no TLS, a chain that is not trusted, or whose certificate it is."""
    return (in_term(piece, _read(piece)),)


def _read(piece: Piece) -> Observation:
    for pattern, cause in ((_NAME, "dns_resolution_failed"), (_NO_TLS, "tls_not_tls")):
        if match := piece.find(pattern):
            return piece.see(cause, match=match)
    closed = piece.find(_CLOSED)
    if closed:
        return piece.see(_why_closed(piece.flat), match=closed)
    return _trust(piece) or _certificate(piece)


def _why_closed(text: str) -> str:
    return next((cause for pattern, cause in _WHY_CLOSED if pattern.search(text)), "tcp_timeout")


def _issuer(piece: Piece) -> re.Match[str] | None:
    return next((found for found in _ISSUER.finditer(piece.text)), None)


def _facts(issuer: re.Match[str] | None) -> dict[str, Fact | None]:
    return {"issuer": " ".join(issuer["issuer"].split()) if issuer else None}


def _trust(piece: Piece) -> Observation | None:
    """What the scanner itself thinks of the chain."""
    issuer = _issuer(piece)
    facts = _facts(issuer)
    if expired := _EXPIRED.search(piece.text):
        return piece.see("tls_expired", match=expired, facts=facts)
    if bad := _BAD_CHAIN.search(piece.text):
        why = (bad["why"] or bad["said"] or bad["also"] or "").lower()
        cause = "tls_expired" if "expired" in why else "tls_untrusted_ca"
        return piece.see(
            certificate_cause(cause, str(facts["issuer"] or "")), match=bad, facts=facts
        )
    if wrong := _WRONG_NAME.search(piece.text):
        return piece.see("tls_hostname_mismatch", match=wrong, facts=facts)
    return None


def _certificate(piece: Piece) -> Observation:
    """Shown, and perhaps verified: a private issuer is an inspector's, trusted or not."""
    issuer = _issuer(piece)
    facts = _facts(issuer)
    good = _GOOD_CHAIN.search(piece.text)
    if issuer and is_foreign(str(facts["issuer"])):
        return piece.see("tls_inspection", "warn" if good else "fail", match=issuer, facts=facts)
    if good or issuer:
        return piece.see("tls_ok", "ok", match=good or issuer, facts=facts)
    return piece.see("truncated" if piece.text.strip() else "unclear", "unknown")
