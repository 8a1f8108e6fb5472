"""Why a connection could not be opened, in the words that nc, telnet, curl and others share."""

import re
from collections.abc import Iterable
from typing import Final

from bot.evidence.addresses import addresses_in, is_v6
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.rules import Rule, table

UNRESOLVED: Final = table(
    (
        (
            r"{NAME_AGAIN}|{NO_NAME}|bad address|could not resolve (?:hostname|\S+/)"
            r"|failed to resolve|getaddrinfo|(?:forward )?host ?name lookup failure"
            r"|forward host lookup failed|invalid host|can't resolve|host lookup error"
        ),
        "dns_resolution_failed",
    ),
)
REFUSALS: Final = table(
    (r"{REFUSED}", "tcp_refused"),
    (r"{PROHIBITED}", "admin_prohibited"),
    (r"{NO_ROUTE}|{HOST_UNREACHABLE}", "host_unreachable"),
    (r"{NET_UNREACHABLE}|cannot assign requested address", "no_route"),
    (r"{RESET}", "tcp_reset"),
    (
        (
            r"{TIMED_OUT}|timed out|\btimeout\b|接続.{0,10}タイムアウト"
            r"|zeit.{1,3}berschreitung|fehler beim verbinden|connect failed"
            r"|could not open connection to the host"
            r"|es konnte keine verbindung mit dem host hergestellt"
            r"|impossible d'ouvrir une connexion|no se puede abrir la conexi.n"
            r"|impossibile aprire la connessione|n.o foi poss.vel abrir conex.o"
            r"|не удалось открыть подключение|ホストへ接続できませんでした"
            r"|无法打开到主机的连接"
        ),
        "tcp_timeout",
    ),
)
_REVERSE_ONLY = re.compile(
    r"inverse (?:host|name) lookup failed|DNS fwd/rev mismatch", re.IGNORECASE
)
_ASKED_V6 = re.compile(r"(?:^|\s)-\w{0,4}6\w{0,4}(?=\s|$)|\bping6\b")


def why_not_connected(
    piece: Piece, rules: Iterable[Rule] = (*UNRESOLVED, *REFUSALS)
) -> Observation | None:
    """The failure that counts: IPv4's if there is one, as a lone IPv6 failure is no fault."""
    failures = [
        (line, rule) for line in _lines(piece) if (rule := _first_rule(line, rules)) is not None
    ]
    if not failures:
        return _in_flat(piece, rules)
    over_v4 = [failure for failure in failures if not _is_v6_line(failure[0])]
    line, rule = (over_v4 or failures)[0]
    cause, verdict = rule.cause, rule.verdict
    if not over_v4 or (_ASKED_V6.search(piece.command) and cause != "dns_resolution_failed"):
        cause, verdict = "ipv6_unreachable", "warn"
    return piece.see(cause, verdict, match=piece.where(line), ip=addresses_in(piece.flat) or None)


def _lines(piece: Piece) -> list[str]:
    """Lines with words of failure; that the address has no name is none."""
    lines = (" ".join(line.split()) for line in piece.text.split("\n"))
    return [line for line in lines if line and not _REVERSE_ONLY.search(line)][:400]


def _is_v6_line(line: str) -> bool:
    found = addresses_in(line)
    return bool(found) and all(is_v6(address) for address in found)


def _first_rule(line: str, rules: Iterable[Rule]) -> Rule | None:
    return next((rule for rule in rules if rule.pattern.search(line)), None)


def _in_flat(piece: Piece, rules: Iterable[Rule]) -> Observation | None:
    """Words that a mail client wrapped over two lines."""
    if _REVERSE_ONLY.search(piece.flat):
        return None
    for rule in rules:
        match = piece.find(rule.pattern)
        if match is not None:
            found = addresses_in(piece.flat)
            return piece.see(rule.cause, rule.verdict, match=match, ip=found or None)
    return None
