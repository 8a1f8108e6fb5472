"""What a lookup tool's answer means, whichever tool printed it."""

import re
from collections.abc import Mapping

from bot.evidence.addresses import FILTER_NAMES, addresses_in, worst_cause
from bot.evidence.observation import Fact, Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import PORTAL, is_mistyped
from bot.evidence.rules import compiled, table

_NOT_FOUND = table(
    (r"not found: 3\s?\(nxdomain\)|\bnxdomain\b", "dns_nxdomain"),
    (
        (
            r"not found: 2\s?\(servfail\)|\bservfail\b|server fail(?:ed|ure)|serverfehler"
            r"|[ée]chec du serveur|error del servidor"
        ),
        "dns_servfail",
    ),
    (
        (
            r"not found: 5\s?\(refused\)|(?<!connection )\brefused\b(?! by)(?!;)|query refused"
            r"|anfrage abgelehnt|query denied|abgelehnt"
        ),
        "dns_refused",
    ),
    (
        (
            r"no servers could be reached|no response from (?:name )?servers?"
            r"|request(?: to \S+)? timed.?out|timed out|zeit.{1,3}berschreitung"
            r"|timeout de la requ.te|d.lai .{0,30}d.pass|tiempo de espera|tempo limite"
            r"|communications error|connection refused|タイムアウト|可能没有响应"
            r"|can't resolve '\(null\)'|timeout was"
        ),
        "dns_timeout",
    ),
    (
        (
            r"can't (?:find|resolve)|non-existent domain|nicht existierende"
            r"|kann .{1,80} nicht finden|domaine inexistant|no encuentra"
            r"|dominio (?:inexistente|no existente)|non-existing domain|bad address"
            r"|name or service not known|ne trouve pas|を見つけられません|找不到"
            r"|не удалось найти|existiert nicht|not found: \d|wurde .{0,80}nicht gefunden"
            r"|impossibile trovare|n.o .{1,12} poss.vel encontrar|can not find"
        ),
        "dns_nxdomain",
    ),
)
_NO_ANSWER = compiled(
    r"no answer|has no (?:aaaa|a) record|has no address|no address \(a\) records"
    r"|no internal type for|no (?:ipv6|ipv4) address"
)
_AAAA = re.compile(r"\bAAAA\b|-type=aaaa|-q(?:uery)?=aaaa|ahostsv6|has no AAAA", re.IGNORECASE)
_ALIAS = re.compile(
    (r"(?:is an alias for|canonical name = |aliases?:\s+)\s*([\w.-]+)"), re.IGNORECASE
)
_NAMED = re.compile(
    (
        r"(?:can't (?:find|resolve) '?|(?:un|not) find |Host |Name: ?"
        r"|name )(?P<host>[\w-]+(?:\.[\w-]+)+)"
    ),
    re.IGNORECASE,
)
_RCODES = {"dns_nxdomain": "NXDOMAIN", "dns_servfail": "SERVFAIL", "dns_refused": "REFUSED"}


def judge_answer(piece: Piece, found: tuple[str, ...], server: str | None = None) -> Observation:
    """Addresses, emptiness, or the resolver's refusal."""
    host = str(piece.facts.get("host", "")) or _host_named(piece)
    facts: dict[str, Fact | None] = {"dns_server": server, "host": host or None}
    if found:
        return _addresses(piece, found, facts)
    return _without_address(piece, facts, host)


def _host_named(piece: Piece) -> str:
    named = piece.find(_NAMED)
    return named["host"] if named else ""


def _addresses(
    piece: Piece, found: tuple[str, ...], facts: Mapping[str, Fact | None]
) -> Observation:
    cause = worst_cause(found)
    aliases = _ALIAS.findall(piece.flat)
    if any(FILTER_NAMES.search(name) and not PORTAL.search(name) for name in aliases):
        cause = "dns_sinkhole"
    if cause == "dns_ok" and is_mistyped(str(facts.get("host") or "")):
        return piece.see(
            "wrong_hostname", "warn", match=piece.where(found[0]), facts=facts, ip=found
        )
    verdict = "ok" if cause == "dns_ok" else "fail"
    return piece.see(
        cause,
        "ok" if verdict == "ok" else "fail",
        match=piece.where(found[0]),
        facts=facts,
        ip=found,
    )


def _without_address(piece: Piece, facts: Mapping[str, Fact | None], host: str) -> Observation:
    empty = piece.find(_NO_ANSWER)
    if empty and _AAAA.search(piece.command + " " + piece.flat):
        return piece.see("dns_no_aaaa", "warn", match=empty, facts=facts)
    if empty:
        return piece.see("dns_no_address", match=empty, facts=facts)
    for rule in _NOT_FOUND:
        match = piece.find(rule.pattern)
        if match is not None:
            return _not_found(piece, rule.cause, match, facts, host)
    return piece.see("truncated" if piece.text.strip() else "unclear", "unknown", facts=facts)


def _not_found(
    piece: Piece, cause: str, match: re.Match[str], facts: Mapping[str, Fact | None], host: str
) -> Observation:
    rcode = _RCODES.get(cause)
    if cause == "dns_nxdomain" and is_mistyped(host):
        cause = "wrong_hostname"
    return piece.see(cause, match=match, facts=facts, rcode=rcode)


def answer_lines(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    """The addresses on the lines that match."""
    return addresses_in("\n".join(line for line in text.split("\n") if pattern.search(line)))
