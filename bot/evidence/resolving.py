"""What did host, nslookup, getent and resolvectl learn about the name?"""

import re

from bot.evidence.addresses import FILTER_NAMES, addresses_in, worst_cause
from bot.evidence.observation import Fact, Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import PORTAL, is_mistyped
from bot.evidence.rules import compiled, first, table

_NOT_FOUND = table(
    (r"not found: 3\s?\(nxdomain\)|\bnxdomain\b", "dns_nxdomain"),
    (
        (
            r"not found: 2\s?\(servfail\)|\bservfail\b|server failed|server failure"
            r"|serverfehler"
        ),
        "dns_servfail",
    ),
    (
        (
            r"not found: 5\s?\(refused\)|\brefused\b(?! by)|query refused|anfrage abgelehnt"
            r"|query denied"
        ),
        "dns_refused",
    ),
    (
        (
            r"connection timed out; no servers could be reached"
            r"|no servers could be reached|no response from server"
            r"|request(?: to \S+)? timed.?out|timed out|zeit.{1,3}berschreitung"
            r"|timeout de la requ.te|d.lai .{0,30}d.pass|tiempo de espera|tempo limite"
            r"|communications error|connection refused|可能没有响应|タイムアウト|can't (?:find"
            r"|resolve) server|no response from name servers"
            r"|failed to connect to system scope bus"
        ),
        "dns_timeout",
    ),
    (
        (
            r"can't find|non-existent domain|nicht existierende|kann .{1,80} nicht finden"
            r"|domaine inexistant|no encuentra|dominio (?:inexistente|no existente)"
            r"|non-existing domain|bad address|name or service not known|ne trouve pas"
            r"|を見つけられません|找不到|не удалось найти|existiert nicht|not found: \d"
        ),
        "dns_nxdomain",
    ),
)
_NO_ANSWER = compiled(
    r"no answer|has no aaaa record|has no a record|has no address|no address \(a\) records"
)
_AAAA = re.compile(r"\bAAAA\b|-type=aaaa|-6\b|ahostsv6|has no AAAA", re.IGNORECASE)
_SERVER = re.compile(
    (
        r"^\s*(?:Address|Adresse|Direcci.n|Indirizzo|Addr|Addresses|アドレス"
        r"|地址)\s?(?:\d{0,2})?:\s*(?P<ip>[0-9a-f.:]{3,45}?)(?:#\d+|:53)?\s*$"
    ),
    re.IGNORECASE | re.MULTILINE,
)
_SERVER_HEAD = re.compile(
    r"^\s*(?:default )?(?:server|servidor|serveur|сервер|サーバー|服务器|using domain server)\s?:",
    re.IGNORECASE | re.MULTILINE,
)
_STUB = re.compile(
    r"(?:name server|using domain server)[^\n]{0,20}\n.{0,80}\nAddress: (?P<ip>[\d.a-f:]+)#",
    re.IGNORECASE,
)
_ALIAS = re.compile(
    r"(?:is an alias for|canonical name = |aliases?:\s+)\s*([\w.-]+)", re.IGNORECASE
)


def read_host(piece: Piece) -> tuple[Observation, ...]:
    """BIND's host: sentences about a name."""
    text = "\n".join(
        line
        for line in piece.text.split("\n")
        if re.search(r"has (?:ipv6 )?address", line, re.IGNORECASE)
    )
    return _judge(piece, addresses_in(text), _host_server(piece))


def _host_server(piece: Piece) -> str | None:
    server = re.search(r"^Address: ([\d.a-f:]+)#\d+", piece.text, re.IGNORECASE | re.MULTILINE)
    return server[1] if server else None


def read_nslookup(piece: Piece) -> tuple[Observation, ...]:
    """Nslookup of BIND, busybox and Windows: the first address is the server's own."""
    server, rest = _server_and_rest(piece.text)
    return _judge(piece, addresses_in(rest), server)


def _server_and_rest(text: str) -> tuple[str | None, str]:
    head = _SERVER_HEAD.search(text)
    own = _SERVER.search(text, head.end()) if head else None
    if head is None or own is None or text[head.end() : own.start()].count("\n") > 2:  # noqa: PLR2004 - Server:, then Address:
        return None, text[head.end() :] if head else text
    rest = "\n".join(line for line in text[own.end() :].split("\n") if "#53" not in line)
    return own["ip"], rest


def read_getent(piece: Piece) -> tuple[Observation, ...]:
    """The application's own view: hosts file and resolver through NSS; silence is an answer."""
    found = addresses_in(piece.text)
    if found:
        return _judge(piece, found, None)
    if piece.exit_code == 2 or (piece.exit_code is None and not piece.text.strip()):  # noqa: PLR2004 - getent(1)
        return (piece.see("dns_resolution_failed"),)
    return _judge(piece, (), None)


def read_resolvectl(piece: Piece) -> tuple[Observation, ...]:
    """systemd-resolved's answers and refusals."""
    failed = first(
        piece,
        table(
            (r"not found|does not exist|no appropriate name servers", "dns_nxdomain"),
            (r"timed out|timeout|all attempts to contact name servers", "dns_timeout"),
            (r"server failure|servfail|dnssec validation failed|invalid dnssec", "dns_servfail"),
            (r"refused", "dns_refused"),
        ),
    )
    if failed and "resolve call failed" in piece.flat.lower():
        return (failed,)
    return _judge(piece, addresses_in(piece.text), None)


def _judge(piece: Piece, found: tuple[str, ...], server: str | None) -> tuple[Observation, ...]:
    facts: dict[str, Fact | None] = {"dns_server": server}
    host = str(piece.facts.get("host", "")) or _host_named(piece)
    if host:
        facts["host"] = host
    if found:
        return (_addresses(piece, found, facts),)
    return (_without_address(piece, facts, host),)


def _host_named(piece: Piece) -> str:
    named = re.search(r"(?:can't find|find|Host|Name:)\s+([\w-]+(?:\.[\w-]+)+)", piece.flat)
    return named[1] if named else ""


def _addresses(piece: Piece, found: tuple[str, ...], facts: dict[str, Fact | None]) -> Observation:
    cause = worst_cause(found)
    aliases = _ALIAS.findall(piece.flat)
    if any(FILTER_NAMES.search(name) and not PORTAL.search(name) for name in aliases):
        cause = "dns_sinkhole"
    line = re.search(r"^.*" + re.escape(found[0]) + r".*$", piece.text, re.MULTILINE)
    return piece.see(
        cause, "ok" if cause == "dns_ok" else "fail", match=line, ip=found, facts=facts
    )


def _without_address(piece: Piece, facts: dict[str, Fact | None], host: str) -> Observation:
    empty = piece.find(_NO_ANSWER)
    if empty and _AAAA.search(piece.command + " " + piece.flat):
        return piece.see("dns_no_aaaa", "warn", match=empty, facts=facts)
    if empty:
        return piece.see("dns_no_address", match=empty, facts=facts)
    failed = first(piece, _NOT_FOUND)
    if failed is None:
        cause = "truncated" if _SERVER_HEAD.search(piece.text) else "unclear"
        return piece.see(cause, "unknown", facts=facts)
    cause = failed.cause
    if cause == "dns_nxdomain" and is_mistyped(host):
        cause = "wrong_hostname"
    match = re.search(re.escape(failed.detail[:60]), piece.flat)
    return piece.see(cause, match=match, facts={**facts, "rcode": _rcode(failed.cause)})


def _rcode(cause: str) -> str | None:
    return {"dns_nxdomain": "NXDOMAIN", "dns_servfail": "SERVFAIL", "dns_refused": "REFUSED"}.get(
        cause
    )
