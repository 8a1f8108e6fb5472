"""Did ICMP get an answer? Linux, busybox, BSD and Windows in many languages."""

import re
from typing import Final

from bot.evidence.addresses import addresses_in, is_v6, worst_cause
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.rules import compiled, facts_of, table

_LOSS = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s?%", re.IGNORECASE)
_LOSS_WORD = re.compile(
    (
        r"(?:\+\d+ errors, )?(\d{1,3}(?:[.,]\d+)?)\s?%\s?(?:packet loss|loss|paketverlust"
        r"|verlust|perte|perdidos|packets? perdus|persi|de perda|perda|паке|потерь|の損失|丢失"
        r"|loss\)|verlies|strat|de paquetes perdidos|pakketverlies|損失|di pacchetti)"
    ),
    re.IGNORECASE,
)
_COUNTS = re.compile(r"(\d+) packets transmitted, (\d+)(?: packets)? received", re.IGNORECASE)
_REPLY = re.compile(
    (
        r"\d+ (?:bytes|octets) (?:from|de|von) |bytes=\d+ |octets=\d+|bytes=\d+"
        r"|icmp_seq=\d+ (?:ttl|hlim)=|time[=<]\d|zeit[=<]\d|temps[=<]\d|tiempo[=<]\d"
        r"|durata[=<]\d|tempo[=<]\d|время[=<]\d|時間 ?[=<]\d|时间[=<]\d|seq=\d+ ttl=\d+"
        r"|is alive"
    ),
    re.IGNORECASE,
)
_TTL = re.compile(r"\b(?:ttl|hlim)\s?[=:]\s?\d", re.IGNORECASE)
_RTT = re.compile(r"(?:rtt|round-trip)[^=\n]{0,40}= [\d.]+/(?P<ms>[\d.]+)/", re.IGNORECASE)

_NAME = table(
    (r"{NAME_AGAIN}", "dns_resolution_failed"),
    (
        (
            r"{NO_NAME}|bad address|cannot resolve|could not find host|konnte (?:den )?host"
            r"|n'a pas pu trouver l'h.te|no pudo encontrar el host|impossibile trovare l'host"
            r"|n.o p.de encontrar o host|не удалось обнаружить узел|が見つかりません"
            r"|ホスト .{1,60}を検出できません|找不到主机|could not resolve"
        ),
        "dns_resolution_failed",
    ),
)
_UNREACHABLE = table(
    (r"{PROHIBITED}", "admin_prohibited"),
    (
        (
            r"{NET_UNREACHABLE}|destination net unreachable|zielnetz nicht erreichbar"
            r"|r.seau de destination inaccessible|red de destino inaccesible"
            r"|rete di destinazione|general failure|allgemeiner fehler"
            r"|d.faillance g.n.rale|error general|errore generale|falha geral|общий сбой"
            r"|一般障害|一般故障|transmit failed|no route to destination"
            r"|destination unreachable: no route|beyond scope of source"
            r"|cannot assign requested address|can't assign requested address"
        ),
        "no_route",
    ),
    (
        (
            r"{HOST_UNREACHABLE}|{NO_ROUTE}|destination unreachable|address unreachable"
            r"|impossible de joindre l'h.te|time to live exceeded|ttl (?:expired"
            r"|abgelaufen)|die g.ltigkeitsdauer wurde bei der .bertragung .berschritten"
            r"|dur.e de vie .{0,20}expir|tiempo de vida agotado"
            r"|destination port unreachable|sendto: host is down"
        ),
        "host_unreachable",
    ),
)
_TIMED_OUT = compiled(
    r"request timed out|zeit.{1,3}berschreitung der anforderung"
    r"|d.lai d'attente (?:de la demande )?d.pass.|tiempo de espera agotado"
    r"|richiesta scaduta|esgotado o tempo limite|превышен интервал ожидания"
    r"|要求がタイムアウトしました|请求超时|100(?:[.,]0+)?\s?% |request timeout for|no answer yet"
)
_V6: Final = re.compile(r"ping6|ping -6|\s-6\b|icmp6|ping6:", re.IGNORECASE)
_NOT_PERMITTED = compiled(
    r"socket: operation not permitted|lacking privilege|icmp open socket|missing cap_net_raw"
)
_NO_FAMILY = compiled(r"{NO_FAMILY}")
#: The banner names the host, too, when no command was pasted.
_NAMED = re.compile(
    r"^\s*PING6? (?P<host>[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})\b", re.IGNORECASE | re.MULTILINE
)
_COMPLETE = 100.0


def read_ping(piece: Piece) -> tuple[Observation, ...]:
    """One observation for the whole run."""
    return (_read(piece),)


def _read(piece: Piece) -> Observation:
    no_family = piece.find(_NO_FAMILY)
    if no_family and not _replied(piece):
        return piece.see("dns_no_aaaa", "warn", match=no_family)
    if piece.find(_NOT_PERMITTED):
        return piece.see("tool_missing", "unknown", match=piece.find(_NOT_PERMITTED))
    for rule in _NAME:
        match = piece.find(rule.pattern)
        if match and not _replied(piece):
            return piece.see(rule.cause, match=match, facts=facts_of(match))
    if _replied(piece):
        return _with_replies(piece)
    return _without_reply(piece)


def _replied(piece: Piece) -> bool:
    counts = piece.find(_COUNTS)
    if counts:
        return int(counts[2]) > 0
    return any(
        _REPLY.search(line) and (_TTL.search(line) or " bytes from " in line)
        for line in piece.text.split("\n")
        if "unreachable" not in line.lower()
    ) or bool(
        re.search(
            r"(?:time|temps|zeit|tiempo|durata|tempo|время|時間|时间) ?[=<]\d+ ?(?:ms|мс)",
            piece.flat,
            re.IGNORECASE,
        )
    )


def _with_replies(piece: Piece) -> Observation:
    loss, match = _loss(piece)
    found = addresses_in(piece.flat)[:4]
    wrong = worst_cause(found[:1])
    if wrong != "dns_ok" and _by_name(piece):
        return piece.see(
            wrong,
            match=piece.where(found[0]),
            ip=found,
        )
    rtt = piece.find(_RTT)
    ms = float(rtt["ms"]) if rtt else None
    if loss is not None and 0 < loss < _COMPLETE:
        return piece.see(
            "packet_loss", "warn", match=match, loss_percent=loss, ip=found or None, ms=ms
        )
    return piece.see("icmp_ok", "ok", match=match, ip=found or None, ms=ms)


def _by_name(piece: Piece) -> bool:
    named = _NAMED.search(piece.text)
    host = str(piece.facts.get("host", "") or (named["host"] if named else ""))
    return bool(re.search(r"[a-z]", host, re.IGNORECASE)) and host != "localhost"


def _without_reply(piece: Piece) -> Observation:
    found = addresses_in(piece.flat)
    v6 = bool(_V6.search(piece.command + " " + piece.flat[:200])) or any(
        is_v6(a) for a in found[:1]
    )
    wrong = worst_cause(found[:1])
    if wrong != "dns_ok" and _by_name(piece):
        return piece.see(wrong, ip=found)
    for rule in _UNREACHABLE:
        match = piece.find(rule.pattern)
        if match and v6 and rule.cause == "no_route":
            return piece.see("ipv6_unreachable", "warn", match=match, ip=found or None)
        if match:
            return piece.see(rule.cause, match=match, ip=found or None)
    return _silent(piece, found)


def _silent(piece: Piece, found: tuple[str, ...]) -> Observation:
    loss, match = _loss(piece)
    if loss is not None and loss >= _COMPLETE:
        return piece.see("icmp_no_reply", "warn", match=match, loss_percent=loss, ip=found or None)
    silent = piece.find(_TIMED_OUT)
    if silent:
        return piece.see("icmp_no_reply", "warn", match=silent, ip=found or None)
    return piece.see("truncated", "unknown", ip=found or None)


def _loss(piece: Piece) -> tuple[float | None, re.Match[str] | None]:
    match = piece.find(_LOSS_WORD) or piece.find(_LOSS)
    if match is None:
        return None, None
    return float(match[1].replace(",", ".")), match
