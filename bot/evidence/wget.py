"""How far did wget get? GNU wget in its languages, and busybox's."""

import re
from dataclasses import replace

from bot.evidence.addresses import addresses_in, worst_cause
from bot.evidence.certificate import certificate_cause, shown_certificate
from bot.evidence.connects import REFUSALS, UNRESOLVED, why_not_connected
from bot.evidence.httpanswer import Answer, answers_in, judge
from bot.evidence.httppage import judge_page
from bot.evidence.httpstatus import proxy_status
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import host_in
from bot.evidence.rules import first, table
from bot.evidence.wgetwords import (
    AWAITING,
    CERTIFICATE_WORDS,
    LOCATION,
    NO_TLS,
    PROXY_TUNNEL,
    READ_ERROR,
)

_TUNNEL_STATUS = re.compile(PROXY_TUNNEL + r".{0,20}?(?P<words>[a-z][a-z ]{3,60})", re.IGNORECASE)
_WORDS_OF_STATUS = (("auth", 407), ("unavailable", 503), ("gateway", 502), ("timeout", 504))
_HANDSHAKE = table(
    (
        (
            r"wrong version number|unexpected tls packet|unerwartetes tls-paket"
            r"|paquet tls incorrect|paquete tls inesperado|pacchetto tls inatteso"
            r"|pacote tls inesperado|tls 数据包|nieoczekiwany pakiet tls"
            r"|onverwacht tls-pakket|neočekávaný tls|oväntat tls|unknown protocol"
            r"|packet length too long|record layer failure"
        ),
        "tls_not_tls",
    ),
    (r"unrecognized name", "tls_unrecognized_name"),
    (r"protocol version|unsupported protocol|legacy sigalg", "tls_protocol_version"),
    (
        (
            r"handshake failure|alert handshake|a tls fatal alert|fataler tls-alarm"
            r"|alerte tls fatale|alerta fatal de tls|allarme critico tls|alarm tls"
            r"|certificate required|session has been invalidated"
        ),
        "tls_handshake_failure",
    ),
    (
        (
            r"error in the pull function|pull-funktion|fonction .{1,3} ?pull|función pull"
            r"|funzione pull|função de pull|在 pull 函数|funkcji pull|non-properly terminated"
            r"|nicht sauber beendet|terminée correctement|no se finalizó apropiadamente"
            r"|unexpected eof"
        ),
        "tls_unexpected_eof",
    ),
    (r"no certificate presented", "tls_handshake_failure"),
)
_PROXY_UNRESOLVED = table(
    (r"unable to resolve (?:proxy )?host address .{0,12}proxy", "proxy_unresolvable"),
)
_CONNECTING_TO = re.compile(
    (
        r"(?:connecting to|verbindungsaufbau zu|connexion à|conectando con|connessione a"
        r"|conectando-se a|подключение к|正在连接"
        r"|łączenie się z)\s(?P<host>[\w.-]+)"
        r"(?:(?: \([^)|]{1,100}\))?[|\[][\da-f.:]{3,45}[|\]])?:(?P<port>\d{2,5})"
    ),
    re.IGNORECASE,
)
#: wget(1), EXIT STATUS: SSL verification failure.
_UNVERIFIED = 5
_WEB_PORTS = frozenset({"443", "80"})
#: busybox hands TLS to a helper and then misses the answer; GNU wget reads from a dead session.
_FELL_IN_TLS = re.compile(
    r"session has been invalidated|ssl_client: .{0,120}(?:handshake|certificate)", re.IGNORECASE
)
_BUSYBOX_STATUS = re.compile(r"server returned error: http/[\d.]+ (?P<status>\d{3})", re.IGNORECASE)
_ERROR = re.compile(
    (r"(?:error|fehler|erreur|エラー|errore|ошибка|错误) (?P<status>\d{3})\b"), re.IGNORECASE
)


#: Busybox encrypts and believes any certificate.
_UNVERIFYING = re.compile(r"certificate validation not implemented", re.IGNORECASE)


def read_wget(piece: Piece) -> tuple[Observation, ...]:
    """The proxy's refusal, the certificate, the connection, and at last the answer."""
    seen = _proxy(piece) or _certificate(piece) or _answered(piece) or _failed(piece)
    seen = _with_address(piece, seen) if seen is not None and "ip" not in seen.facts else seen
    if seen is not None and seen.verdict == "ok" and "--no-check-certificate" in piece.command:
        return (piece.see("tls_verification_disabled", "warn"), seen)
    unverified = piece.find(_UNVERIFYING) if seen is None or seen.verdict == "ok" else None
    if unverified:
        looked = (seen,) if seen else ()
        return (piece.see("tls_verification_disabled", "warn", match=unverified), *looked)
    return (seen or _unfinished(piece),)


def _with_address(piece: Piece, seen: Observation) -> Observation:
    """Where the name led to, unless a proxy stands between."""
    via = piece.find(_CONNECTING_TO)
    found = addresses_in(via[0]) if via else ()
    asked = str(piece.facts.get("host", ""))
    if via is None or not found or via["port"] not in _WEB_PORTS or via["host"] != asked:
        return seen
    return replace(seen, facts={**seen.facts, "ip": found})


def _proxy(piece: Piece) -> Observation | None:
    refused = piece.find(_TUNNEL_STATUS)
    if refused:
        words = refused["words"].lower()
        status = next((number for word, number in _WORDS_OF_STATUS if word in words), 403)
        via = piece.find(_CONNECTING_TO)
        proxy = f"{via['host']}:{via['port']}" if via else None
        return piece.see(proxy_status(status), match=refused, http_status=status, proxy_host=proxy)
    return first(piece, _PROXY_UNRESOLVED)


def _certificate(piece: Piece) -> Observation | None:
    found = _certificate_by_line(piece)
    if found is None or "--no-check-certificate" in piece.command:
        return None
    if _redirected_away(piece):
        return _answered(piece)
    issuer = shown_certificate(piece.text).issuer
    cause = certificate_cause(found[0], issuer)
    return piece.see(cause, match=piece.where(found[1]), issuer=issuer or None)


def _certificate_by_line(piece: Piece) -> tuple[str, str] | None:
    """The most telling line: "not trusted" comes first, the reason after it."""
    lines = [" ".join(line.split()) for line in piece.text.split("\n")[:400]]
    pairs = [a + " " + b for a, b in zip(lines, [*lines[1:], ""], strict=True)]
    for rule in CERTIFICATE_WORDS:
        for line, pair in zip(lines, pairs, strict=True):
            if rule.pattern.search(line) or ("certif" in line and rule.pattern.search(pair)):
                return rule.cause, line
    return None


def _redirected_away(piece: Piece) -> bool:
    places = [match["location"] for match in LOCATION.finditer(piece.flat)]
    target = host_in(piece.command)
    return bool(places and target) and host_in(places[-1]) != target


def _answered(piece: Piece) -> Observation | None:
    headers = judge(piece, answers_in(piece.text))
    if headers is not None:
        return headers
    statuses = list(AWAITING.finditer(piece.flat))
    if statuses:
        answers = tuple(_answer(piece, match) for match in statuses)
        judged = judge(piece, answers)
        return judged and piece.see(
            judged.cause, judged.verdict, match=statuses[-1], facts=judged.facts
        )
    return _busybox(piece)


def _answer(piece: Piece, match: re.Match[str]) -> Answer:
    """An answer without headers: its status and the redirect that follows it."""
    after = piece.flat[match.end() : match.end() + 600]
    place = LOCATION.search(after.partition("...")[0])
    headers = {"location": place["location"]} if place else {}
    return Answer(int(match["status"]), match.group(0), headers)


def _busybox(piece: Piece) -> Observation | None:
    error = piece.find(_BUSYBOX_STATUS) or piece.find(_ERROR)
    if error is None:
        return judge_page(piece)
    judged = judge(piece, (Answer(int(error["status"]), error.group(0), {}),))
    return judged and piece.see(judged.cause, judged.verdict, match=error, facts=judged.facts)


def _failed(piece: Piece) -> Observation | None:
    broken = piece.find(READ_ERROR)
    handshake = first(piece, _HANDSHAKE)
    if broken and not _FELL_IN_TLS.search(piece.flat):
        timed_out = first(piece, REFUSALS[-1:])
        return piece.see("http_timeout" if timed_out else "http_unexpected_status", match=broken)
    if handshake is not None:
        return handshake
    no_tls = piece.find(NO_TLS)
    if no_tls:
        return piece.see("tls_handshake_failure", match=no_tls)
    return _not_connected(piece)


def _not_connected(piece: Piece) -> Observation | None:
    failed = why_not_connected(piece, (*UNRESOLVED, *_UNRESOLVED_HERE, *REFUSALS))
    via = piece.find(_CONNECTING_TO)
    if failed is not None and failed.layer == "dns":
        return _of_a_proxy(piece, failed)
    if failed is None or via is None or failed.layer not in {"tcp", "ip"}:
        return failed
    if via["host"] == host_in(piece.command) or via["port"] in _WEB_PORTS:
        return failed
    return piece.see("proxy_unreachable", match=via, proxy_host=f"{via['host']}:{via['port']}")


def _of_a_proxy(piece: Piece, failed: Observation) -> Observation:
    """Without a redirect, a name that is not the URL's is the proxy's."""
    resolved, asked = piece.find(_RESOLVED_NAME), host_in(piece.command)
    if not resolved or not asked or resolved["name"] == asked or LOCATION.search(piece.flat):
        return failed
    return piece.see("proxy_unresolvable", match=resolved, proxy_host=resolved["name"])


#: Wget prints the name twice, and before or after it its language's word for resolving.
_RESOLVED_NAME = re.compile(r"(?P<name>[\w-]+(?:\.[\w-]+)*) \((?P=name)\)(?!\S*\|)")

_UNRESOLVED_HERE = table(
    (
        (
            r"unable to resolve host|kann nicht aufgel.{1,2}st|impossible de r.{1,2}soudre"
            r"|no se pudo resolver|impossibile risolvere"
            r"|n.{1,2}o foi poss.{1,2}vel resolver|не удаётся разрешить|を解決できません"
            r"|无法解析主机|nie udało się rozwiązać|kan host"
        ),
        "dns_resolution_failed",
    ),
)


def _unfinished(piece: Piece) -> Observation:
    found = addresses_in(piece.flat)
    wrong = worst_cause(found[:1])
    via = piece.find(_CONNECTING_TO)
    proxied = via is not None and via["port"] not in _WEB_PORTS
    if wrong != "dns_ok" and piece.facts.get("host") and not proxied:
        return piece.see(wrong, ip=found)
    if piece.exit_code == _UNVERIFIED:
        return piece.see("tls_untrusted_ca", wget_exit=_UNVERIFIED)
    if re.search(r"\^C", piece.text) and NO_TLS.search(piece.flat) is None:
        return piece.see(
            "http_timeout" if "awaiting" in piece.flat else "tcp_timeout", ip=found or None
        )
    return piece.see("truncated" if piece.text.strip() else "unclear", "unknown", ip=found or None)
