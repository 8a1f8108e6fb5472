"""Does the port accept a connection? nc, ncat, telnet, nmap, /dev/tcp."""

import re

from bot.evidence.addresses import addresses_in
from bot.evidence.observation import Observation
from bot.evidence.piece import TIMED_OUT_EXIT, Piece
from bot.evidence.rules import Rule, compiled, facts_of, table

_NAME = (
    r"{NAME_AGAIN}|{NO_NAME}|bad address|could not resolve hostname|failed to resolve"
    r"|name lookup|getaddrinfo|host name lookup failure|forward host lookup failed"
    r"|invalid host|no address associated|can't resolve"
)
_PROXY = table(
    (
        (
            r"proxy (?:returned status code|answered|error|request failed)\D{0,40}407"
            r"|\b407\b.{0,40}prox"
        ),
        "proxy_auth_required",
    ),
    (
        r"proxy (?:returned status code|answered|error|request failed|replied)\D{0,40}403",
        "proxy_forbidden",
    ),
    (
        (
            r"proxy (?:returned status code|answered|error|request failed"
            r"|replied)\D{0,40}50[234]"
        ),
        "proxy_upstream_failed",
    ),
)
_RULES = table(
    (r"{REFUSED}", "tcp_refused"),
    (r"{PROHIBITED}", "admin_prohibited"),
    (r"{NO_ROUTE}|{HOST_UNREACHABLE}", "host_unreachable"),
    (r"{NET_UNREACHABLE}", "no_route"),
    (
        (
            r"{TIMED_OUT}|\btimeout\.|: timeout\b|timed out|i/o timeout"
            r"|connect failed.{0,10}timeout|連接逾時|接続.{0,10}タイムアウト"
            r"|zeit.{1,3}berschreitung|fehler beim verbinden|connect failed"
            r"|could not open connection to the host"
            r"|es konnte keine verbindung mit dem host hergestellt"
            r"|impossible d'ouvrir une connexion|no se puede abrir la conexi.n"
            r"|impossibile aprire la connessione|n.o foi poss.vel abrir conex.o"
            r"|не удалось открыть подключение|ホストへ接続できませんでした"
            r"|无法打开到主机的连接|killed|terminated"
        ),
        "tcp_timeout",
    ),
    (r"{RESET}", "tcp_reset"),
)
_NAME_RULE = table((_NAME, "dns_resolution_failed"))
_OPEN = compiled(
    r"port \[?[^\]]{0,20}\]? ?.{0,12}succeeded|succeeded!|\bopen\b(?! connection"
    r"| a connection|ing)|connected to \S+|verbunden mit \S+|connect. . \S+"
    r"|conectado a \S+|escape (?:character|-?zeichen)|connection established"
    r"|connection to \S+ .{0,60}successful"
)
_ADDRESS = re.compile(r"(?P<ip>(?:\d{1,3}\.){3}\d{1,3})")
_V6 = re.compile(r"\[?(?:[0-9a-f]{1,4}:){2,7}[0-9a-f:]*", re.IGNORECASE)
_DOUBLE = re.compile(r"connection (?:to \S+ )?closed by foreign host", re.IGNORECASE)


def read_nc(piece: Piece) -> tuple[Observation, ...]:
    """OpenBSD and traditional netcat, Ncat, busybox."""
    return (_proxy(piece) or _read(piece),)


def read_telnet(piece: Piece) -> tuple[Observation, ...]:
    """Connected is enough; that the peer hangs up on a dot is its normal end."""
    return (_read(piece),)


def read_devtcp(piece: Piece) -> tuple[Observation, ...]:
    """Bash's own redirection: silent when it worked, so only what the command echoes counts."""
    failed = _first(piece, (*_NAME_RULE, *_RULES))
    if failed is not None:
        return (failed,)
    if re.search(
        r"invalid argument|bad substitution|directory nonexistent|no such file",
        piece.flat,
        re.IGNORECASE,
    ):
        return (_no_devtcp(piece),)
    return (_by_exit(piece),)


def _no_devtcp(piece: Piece) -> Observation:
    """Dash and ash know no /dev/tcp; bash reports an unknown name as an invalid argument."""
    if re.search(r"invalid argument", piece.flat, re.IGNORECASE) and "bash" in piece.flat:
        return piece.see("dns_resolution_failed")
    return piece.see("tool_missing", "unknown")


def _by_exit(piece: Piece) -> Observation:
    said = re.search(
        (
            r"\b(?P<no>closed|fail\w*|not ok|nok|unreachable|down|no|bad|blocked|ko)\b"
            r"|\b(?P<yes>open|ok|success\w*|connected|up|yes|reachable|works)\b"
        ),
        piece.flat,
        re.IGNORECASE,
    )
    if piece.exit_code == TIMED_OUT_EXIT or (said and said["no"]):
        return piece.see("tcp_timeout", match=said)
    if piece.exit_code == 0 or (said and said["yes"]):
        return piece.see("tcp_ok", "ok", match=said)
    if piece.exit_code:
        return piece.see("tcp_refused")
    return piece.see("unclear", "unknown")


def _proxy(piece: Piece) -> Observation | None:
    return _first(piece, _PROXY)


def _read(piece: Piece) -> Observation:
    opened = piece.find(_OPEN)
    failed = _first(piece, (*_NAME_RULE, *_RULES))
    if opened and not (
        failed and failed.cause == "dns_resolution_failed" and "lookup failed" not in piece.flat
    ):
        found = addresses_in(piece.flat)
        return piece.see("tcp_ok", "ok", match=opened, ip=found or None)
    if failed is not None:
        return _for_v6_only(piece, failed)
    return _no_words(piece)


def _for_v6_only(piece: Piece, failed: Observation) -> Observation:
    """A lone IPv6 failure says nothing about the path over IPv4."""
    found = addresses_in(piece.flat)
    asked_v6 = re.search(r"\s-\w{0,4}6\b", piece.command)
    only_v6 = found and all(":" in address for address in found)
    if failed.cause in {"no_route", "host_unreachable"} and (asked_v6 or only_v6):
        return piece.see("ipv6_unreachable", match=None, ip=found or None)
    return failed


def _no_words(piece: Piece) -> Observation:
    if piece.exit_code == 0 and piece.command:
        return piece.see("tcp_ok", "ok")
    if piece.exit_code == TIMED_OUT_EXIT or re.search(
        r"trying [\d.a-f:]+\.\.\.\W*(?:\^c\W*)?$", piece.flat, re.IGNORECASE
    ):
        return piece.see(
            "tcp_timeout" if "^C" in piece.flat or piece.exit_code else "truncated",
            "fail" if "^C" in piece.flat or piece.exit_code else "unknown",
        )
    if piece.exit_code:
        return piece.see("unclear", "unknown")
    return piece.see("truncated" if piece.text.strip() else "unclear", "unknown")


def _first(piece: Piece, rules: tuple[Rule, ...]) -> Observation | None:
    for rule in rules:
        match = piece.find(rule.pattern)
        if match is not None:
            found = addresses_in(piece.flat)
            return piece.see(
                rule.cause,
                rule.verdict,
                match=match,
                facts={"ip": found or None, **facts_of(match)},
            )
    return None
