"""How far did curl get? The exit code first, then its words, then the last HTTP answer."""

import re
from typing import Final

from bot.evidence.addresses import addresses_in, is_v6, worst_cause
from bot.evidence.certificate import certificate_cause, shown_certificate
from bot.evidence.curlcodes import CODES, WORDS
from bot.evidence.curlerror import explain, is_proxied, proxy_of, refused_by_proxy, told_status
from bot.evidence.httpanswer import answers_in, judge
from bot.evidence.httppage import judge_page
from bot.evidence.observation import Fact, Observation
from bot.evidence.piece import Piece
from bot.evidence.rules import first
from bot.evidence.validity import out_of_term, term_in
from bot.evidence.writeout import read_writeout

_ERROR = re.compile(
    (
        r"\bcur[l1I](?:: ?[(\[{]\s?| error:? \(?)(?P<curl_exit>\d{1,3})\s?[)\]}:]{1,2}\s?"
        r"(?P<words>.{0,400})"
    ),
    re.IGNORECASE,
)
_CONNECTED = re.compile(
    r"\* +(?:connected|verbunden) to (?P<host>\S+) \(?(?P<ip>[\da-f.:]*)\)? ?port (?P<port>\d+)",
    re.IGNORECASE,
)
_TRYING = re.compile(r"\* +Trying \[?(?P<ip>[\d.a-f:]{2,45}?)\]?(?::\d+)?\.\.\.", re.IGNORECASE)
_INSECURE = re.compile(r"(?:^|\s)(?:-[a-jl-wyzA-Z]*k[a-zA-Z]*|--insecure)(?=\s|$)")
_ASKED_V6 = re.compile(r"(?:^|\s)(?:-[a-zA-Z]*6[a-zA-Z]*|--ipv6)(?=\s|$)")
_TLS_VERSION = re.compile(r"SSL connection using (TLSv[\d.]+)", re.IGNORECASE)
_LOCATION = re.compile(r"^\s*(?:< )?location:\s*(?P<location>\S+)", re.IGNORECASE | re.MULTILINE)
#: Only some of curl's lines were asked for.
_FILTERED = re.compile(r"\|\s*(?:sudo )?(?:e?grep|awk|sed|findstr|select-string)\b", re.IGNORECASE)
_PHASES: Final = (
    (re.compile(r"ssl connection using", re.IGNORECASE), "http_timeout"),
    (
        re.compile(r"tls handshake|client hello|ssl/tls|alpn", re.IGNORECASE),
        "tls_handshake_timeout",
    ),
    (re.compile(r"\* +trying ", re.IGNORECASE), "tcp_timeout"),
)
_NO_WAY_OUT: Final = frozenset({"tcp_timeout", "tcp_refused", "no_route", "host_unreachable"})
_UNDECIDED: Final = frozenset({"unclear", "tool_missing", "irrelevant", "truncated"})


def read_curl(piece: Piece) -> tuple[Observation, ...]:
    """The decisive observation, and beside it an inspector that the certificate names."""
    errors = list(_ERROR.finditer(piece.flat))
    if errors:
        return (_failed(piece, int(errors[-1]["curl_exit"]), errors[-1]),)
    written = read_writeout(piece)
    if written is not None:
        return (*_beside(piece), written)
    return _without_error(piece)


def _failed(piece: Piece, code: int, error: re.Match[str] | None) -> Observation:
    facts = _facts(piece, code)
    answered = judge(piece, answers_in(piece.text))
    if answered is not None and _answer_decides(answered, code):
        return _with_facts(piece, answered, facts)
    cause = explain(code, piece.flat, piece.command)
    if cause == "tcp_reset" and answered is not None and answered.verdict == "fail":
        cause = answered.cause
    if cause.startswith("tls_"):
        shown = shown_certificate(piece.text)
        facts |= {"issuer": shown.issuer or None, "subject": shown.subject or None}
        cause = certificate_cause(cause, shown.issuer)
    if _ASKED_V6.search(piece.command) and cause in _NO_WAY_OUT:
        return piece.see("ipv6_unreachable", "warn", match=error, facts=facts)
    if cause == "no_route" and _only_v6(facts["ip"]):
        cause = "ipv6_unreachable"
    verdict = "unknown" if cause in _UNDECIDED else "fail"
    return piece.see(cause, "unknown" if verdict == "unknown" else "fail", match=error, facts=facts)


def _only_v6(tried: Fact | None) -> bool:
    """Did curl name IPv6 addresses only? Then nothing is said about IPv4."""
    return isinstance(tried, tuple) and bool(tried) and all(is_v6(ip) for ip in tried)


def _answer_decides(answered: Observation, code: int) -> bool:
    """An answer that sent us elsewhere explains a failure elsewhere; -f and broken pipes too."""
    if answered.cause in {"http_captive_portal", "http_block_page"}:
        return True
    return code in {22, 23} and answered.verdict in {"ok", "fail"}


def _facts(piece: Piece, code: int | None) -> dict[str, Fact | None]:
    connected = piece.find(_CONNECTED)
    tried = " ".join(match["ip"] for match in _TRYING.finditer(piece.flat))
    found = addresses_in(connected["ip"] if connected else tried)
    version = piece.find(_TLS_VERSION)
    return {
        "curl_exit": code,
        "http_status": told_status(piece.flat),
        "proxy_host": proxy_of(piece.flat, piece.command),
        "ip": found or None,
        "tls_version": version[1] if version else None,
    }


def _without_error(piece: Piece) -> tuple[Observation, ...]:
    answered = judge(piece, answers_in(piece.text)) or _grepped(piece) or judge_page(piece)
    if answered is None:
        return (_unfinished(piece),)
    beside = _beside(piece)
    if any(seen.verdict == "fail" for seen in beside) and answered.verdict == "ok":
        return beside
    return (*beside, _with_facts(piece, answered, _facts(piece, piece.exit_code)))


def _with_facts(piece: Piece, seen: Observation, facts: dict[str, Fact | None]) -> Observation:
    cause = seen.cause
    if cause == "http_ok_redirect_signin" and is_proxied(piece.flat, piece.command):
        cause = "proxy_ok"
    return piece.see(
        cause, seen.verdict, match=piece.where(seen.detail), facts={**facts, **seen.facts}
    )


def _grepped(piece: Piece) -> Observation | None:
    """``| grep -i location``: the redirect line alone."""
    places = list(_LOCATION.finditer(piece.text))
    if not places:
        return None
    last = places[-1]["location"]
    signed_in = next((place for place in places if "sign_in" in place["location"]), None)
    if signed_in:
        where = piece.where(signed_in.group(0))
        return piece.see("http_ok_redirect_signin", "ok", match=where, location=last)
    return judge(piece, answers_in(f"HTTP/1.1 302 Found\nlocation: {last}\n"))


def _beside(piece: Piece) -> tuple[Observation, ...]:
    """What a working run still shows: verification off, or a trusted inspector."""
    shown = shown_certificate(piece.text)
    facts: dict[str, Fact | None] = {
        "issuer": shown.issuer or None,
        "subject": shown.subject or None,
    }
    if shown.verify_failed:
        cause = certificate_cause(shown.cause, shown.issuer)
        return (piece.see(cause, match=shown.match, facts=facts),)
    over = out_of_term(piece, term_in(piece.text))
    if over is not None:
        return (over,)
    if shown.is_foreign:
        return (piece.see("tls_inspection", "warn", match=shown.match, facts=facts),)
    if _INSECURE.search(piece.command):
        return (piece.see("tls_verification_disabled", "warn"),)
    return ()


def _unfinished(piece: Piece) -> Observation:
    """No error, no answer: a known exit status, interrupted by hand, or cut off."""
    connected = piece.find(_CONNECTED)
    if connected and "telnet://" in piece.command:
        return piece.see("tcp_ok", "ok", match=connected, facts=_facts(piece, None))
    shown = shown_certificate(piece.text)
    if shown.is_foreign and _FILTERED.search(piece.command):
        facts: dict[str, Fact | None] = {"issuer": shown.issuer, "subject": shown.subject or None}
        return piece.see("tls_inspection", match=shown.match, facts=facts)
    refused = refused_by_proxy(piece.flat)
    if refused:
        return piece.see(refused, facts=_facts(piece, None))
    words = first(piece, WORDS)
    if words is not None:
        return words
    if piece.exit_code and piece.exit_code in CODES:
        return _failed(piece, piece.exit_code, None)
    if _succeeded(piece):
        return piece.see("tls_ok", "ok", facts=_facts(piece, 0))
    return _interrupted(piece) or _cut_off(piece)


def _succeeded(piece: Piece) -> bool:
    """Exit status 0, and nothing printed: with whom it spoke was verified, not what was said."""
    said = piece.text.replace("0", "").strip(" \n=:").lower()
    if piece.exit_code != 0 or said not in {"", "exit", "rc"} or "|" in piece.command:
        return False
    return "https://" in piece.command and not _INSECURE.search(piece.command)


def _interrupted(piece: Piece) -> Observation | None:
    """Somebody gave up waiting; the last phase begun is the one that hangs."""
    if "^C" not in piece.text:
        return None
    for pattern, cause in _PHASES:
        match = piece.find(pattern)
        if match:
            return piece.see(cause, match=match, facts=_facts(piece, None))
    return None


def _cut_off(piece: Piece) -> Observation:
    found = addresses_in(" ".join(match["ip"] for match in _TRYING.finditer(piece.flat)))
    wrong = worst_cause(found[:1])
    if wrong != "dns_ok" and not is_proxied(piece.flat, piece.command):
        return piece.see(wrong, ip=found)
    return piece.see("truncated" if piece.text.strip() else "unclear", "unknown")
