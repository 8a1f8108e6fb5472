"""curl -w: one line of numbers that says how far the transfer came."""

import json
import re
from dataclasses import replace

from bot.evidence.certificate import VERIFY_CODES
from bot.evidence.curlcodes import CODES
from bot.evidence.curlerror import explain
from bot.evidence.httpstatus import status_cause
from bot.evidence.libcurl import code_of
from bot.evidence.normalise import Lines
from bot.evidence.observation import Fact, Observation
from bot.evidence.piece import Piece

_ASKED = re.compile(r"(?:\s-\w*w\s?|--write-out[= ])")
_CODE = re.compile(
    (
        r"(?:http_?code|status|code|http|response_code)\D{0,6}[=: ]\s?\"?(?P<code>\d{3})\b"
        r"|^\s*(?P<bare>\d{3})\b(?!\.)"
    ),
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = r"\D{0,6}[=: ]\s?\"?(?P<n>\d+(?:[.,]\d+)?)"
_TIMES = (
    ("namelookup|dns|lookup|name", "dns_resolution_failed"),
    ("connect|tcp", "tcp_timeout"),
    ("appconnect|tls|ssl", "tls_handshake_timeout"),
    ("starttransfer|ttfb|pretransfer", "http_timeout"),
)
_VERIFY_RESULT = re.compile(r"verify\w{0,12}[=: ]{1,3}(?P<code>\d{1,3})\b", re.IGNORECASE)
_REDIRECT = re.compile(r"https?://\S+", re.IGNORECASE)

#: Where the portal answers 200: its sign-in page, and its API.
_EXPECTED_200 = re.compile(r"sign_in|/graphql\b|/api/")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: CURLE_OPERATION_TIMEDOUT.
_TIMEOUT_EXIT = 28
_MOST_RUNS = 200
_REFUSED_FROM = 400


def read_writeout(piece: Piece) -> Observation | None:
    """None when the piece is no ``-w`` output."""
    block = re.search(r"\{\"[^\n]{0,8000}\"http_code\"[^\n]{0,8000}\}", piece.text)
    if block:
        found = _json(piece, block.group(0))
        if found is not None:
            return found
    if not (
        _ASKED.search(piece.command) or re.search(r"(?:time_|http_code|namelookup)", piece.flat)
    ):
        return None
    codes = list(_CODE.finditer(piece.text))
    place = _REDIRECT.search(piece.text)
    if not codes and place and "redirect_url" in piece.command:
        return _redirected(piece, place, {"location": place.group(0)})
    if not codes:
        return None
    code = _telling(codes[:_MOST_RUNS])
    return _by_status(_run_of(piece, code), _status(code), code)


def _telling(codes: list[re.Match[str]]) -> re.Match[str]:
    """Of a loop's runs one that was lost or refused outweighs those that worked."""
    bad = [code for code in codes if not _status(code) or _status(code) >= _REFUSED_FROM]
    return bad[-1] if bad else codes[0]


def _run_of(piece: Piece, code: re.Match[str]) -> Piece:
    """The loop's run that a code stands for: its times, and not those of another run."""
    lines = [line for line in piece.out.lines if _CODE.search(line.text)]
    if len(lines) <= 1:
        return piece
    row = piece.text.count("\n", 0, code.start("code") if code["code"] else code.start("bare"))
    return replace(piece, out=Lines((piece.out.lines[row],)))


def _status(code: re.Match[str]) -> int:
    return int(code["code"] or code["bare"])


def _told_error(piece: Piece) -> Observation | None:
    """``%{errormsg}``: what curl would have said; headers may have come before it."""
    code = code_of(piece.flat)
    if code is None:
        return None
    cause = explain(code, piece.flat, piece.command)
    return piece.see(cause, "unknown" if cause == "unclear" else "fail", curl_exit=code)


def _by_status(piece: Piece, status: int, match: re.Match[str]) -> Observation:
    told = _told_error(piece)
    if told is not None:
        return told
    place = _REDIRECT.search(piece.text)
    facts: dict[str, Fact | None] = {
        "http_status": status,
        "location": place.group(0) if place else None,
    }
    if status == 0:
        cause = _phase(piece)
        return piece.see(
            cause, "unknown" if cause == "unclear" else "fail", match=match, facts=facts
        )
    if status in _REDIRECTS:
        return _redirected(piece, match, facts)
    if status == 200 and _EXPECTED_200.search(piece.flat + piece.command):  # noqa: PLR2004 - HTTP
        return piece.see("http_ok_redirect_signin", "ok", match=match, facts=facts)
    return piece.see(status_cause(status, piece.text), match=match, facts=facts)


def _redirected(piece: Piece, match: re.Match[str], facts: dict[str, Fact | None]) -> Observation:
    place = str(facts["location"] or "")
    if (
        place
        and "sign_in" not in place
        and not re.search(r"customers\.(?:gitlab|example_company)", place)
    ):
        return piece.see("http_unexpected_status", match=match, facts=facts)
    return piece.see("http_ok_redirect_signin", "ok", match=match, facts=facts)


def _phase(piece: Piece) -> str:
    """With status 000 the exit status tells why, else the first phase that took no time."""
    if piece.exit_code and piece.exit_code in CODES:
        return _by_exit(piece, piece.exit_code)
    verify = _VERIFY_RESULT.search(piece.flat)
    if verify and int(verify["code"]):
        return VERIFY_CODES.get(int(verify["code"]), "tls_untrusted_ca")
    times = [(cause, _time_of(piece, names)) for names, cause in _TIMES]
    known = [(cause, took) for cause, took in times if took is not None]
    for cause, took in known:
        if took == 0:
            return cause
    return "http_timeout" if known else "unclear"


def _by_exit(piece: Piece, code: int) -> str:
    """Exit 28 means three things; the phases that took time tell them apart."""
    cause = explain(code, piece.flat, piece.command)
    if code != _TIMEOUT_EXIT:
        return cause
    for names, found in _TIMES:
        if _time_of(piece, names) == 0:
            return "dns_timeout" if found.startswith("dns") else found
    return "http_timeout" if _time_of(piece, "connect|tcp") else cause


def _time_of(piece: Piece, names: str) -> float | None:
    found = re.search(rf"(?<![a-z])(?:time_)?(?:{names})" + _NUMBER, piece.flat, re.IGNORECASE)
    return float(found["n"].replace(",", ".")) if found else None


def _json(piece: Piece, block: str) -> Observation | None:
    try:
        told = json.loads(block)
    except ValueError:
        return None
    return _told(piece, told) if isinstance(told, dict) else None


def _told(piece: Piece, told: dict[str, object]) -> Observation | None:
    code, words = told.get("exitcode"), str(told.get("errormsg") or "")
    facts: dict[str, Fact | None] = {
        "http_status": _integer(told.get("http_code")),
        "ip": (str(told["remote_ip"]),) if told.get("remote_ip") else None,
        "curl_exit": _integer(code),
        "verify_code": _integer(told.get("ssl_verify_result")),
        "location": str(told["redirect_url"]) if told.get("redirect_url") else None,
    }
    match = re.search(re.escape(words or '"http_code"'), piece.text)
    if isinstance(code, int) and code:
        connect = f' "http_connect":{told.get("http_connect")} ' if told.get("http_connect") else ""
        hello = (
            "" if told.get("time_appconnect") or not told.get("time_connect") else " client hello"
        )
        cause = explain(code, words + connect + hello)
        verdict = "unknown" if cause == "unclear" else "fail"
        return piece.see(
            cause, "unknown" if verdict == "unknown" else "fail", match=match, facts=facts
        )
    if facts["http_status"] in _REDIRECTS and match:
        return _redirected(piece, match, facts)
    status = _integer(told.get("http_code"))
    return piece.see(status_cause(status), match=match, facts=facts) if status else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None
