"""Is the port open, closed or filtered, in nmap's words?"""

import re

from bot.evidence.addresses import addresses_in
from bot.evidence.issuers import is_foreign
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.validity import out_of_term, term_in

_PORT = re.compile(
    r"\b(?P<port>\d{1,5})/tcp\s+(?P<state>open\|filtered|open|closed|filtered|unfiltered)(?:\s|$)",
    re.IGNORECASE,
)
_UNRESOLVED = re.compile(
    r"failed to resolve|no targets were specified|0 IP addresses \(0 hosts up\)", re.IGNORECASE
)
_DOWN = re.compile(r"host seems down|0 hosts up", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?P<reason>no-response|conn-refused|reset|syn-ack|host-unreach|net-unreach"
    r"|admin-prohibited)\b"
)
_SCANNED = re.compile(r"scan report for (?:\S+ \()?([\da-f.:]+)", re.IGNORECASE)
_ISSUER = re.compile(r"Issuer: (?P<issuer>[^\n|]{1,200})", re.IGNORECASE)
_STATES = {
    "open": "tcp_ok",
    "closed": "tcp_refused",
    "filtered": "tcp_timeout",
    "open|filtered": "tcp_timeout",
}
_REASONS = {
    "host-unreach": "host_unreachable",
    "net-unreach": "no_route",
    "admin-prohibited": "admin_prohibited",
}


def read_nmap(piece: Piece) -> tuple[Observation, ...]:
    """Port 443's state, else the first port's."""
    ports = list(_PORT.finditer(piece.flat))
    if ports:
        port = _read_port(piece, _wanted(ports))
        issuer = str(port.facts.get("issuer", ""))
        over = out_of_term(piece, term_in(piece.text)) if port.verdict == "ok" else None
        if over is not None:
            return (port, over)
        if port.verdict == "ok" and is_foreign(issuer):
            return (port, piece.see("tls_inspection", match=piece.find(_ISSUER), issuer=issuer))
        return (port,)
    unresolved = piece.find(_UNRESOLVED)
    if unresolved and "resolve" in piece.flat.lower():
        return (piece.see("dns_resolution_failed", match=unresolved),)
    no_route = piece.find(
        re.compile(r"failed to determine route|network is unreachable", re.IGNORECASE)
    )
    if no_route:
        return (piece.see("no_route", match=no_route),)
    down = piece.find(_DOWN)
    if down:
        return (piece.see("icmp_no_reply", "warn", match=down),)
    return (piece.see("truncated", "unknown"),)


def _wanted(ports: list[re.Match[str]]) -> re.Match[str]:
    return next((match for match in ports if match["port"] == "443"), ports[0])


def _read_port(piece: Piece, match: re.Match[str]) -> Observation:
    reason = piece.find(_REASON)
    cause = _STATES.get(match["state"].lower(), "unclear")
    if reason and cause != "tcp_ok":
        cause = _REASONS.get(reason["reason"], cause)
    issuer = piece.find(_ISSUER)
    scanned = piece.find(_SCANNED)
    verdict = "ok" if cause == "tcp_ok" else "fail"
    return piece.see(
        cause,
        "unknown" if cause == "unclear" else ("ok" if verdict == "ok" else "fail"),
        match=match,
        ip=addresses_in(scanned[1]) if scanned else None,
        port=int(match["port"]),
        issuer=issuer["issuer"].strip() if issuer else None,
    )
