"""How far did curl get? The exit code first, then its words, then the last HTTP answer."""

import re
from typing import Final

from bot.evidence.addresses import addresses_in, worst_cause
from bot.evidence.certificate import certificate_cause, shown_certificate
from bot.evidence.curlcodes import CODES, WORDS, by_words
from bot.evidence.httpanswer import answers_in, judge, proxy_status, status_cause
from bot.evidence.observation import Fact, Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import is_portal
from bot.evidence.rules import first
from bot.evidence.writeout import read_writeout

_ERROR = re.compile(
    r"\bcur[l1]: ?[(\[{]\s?(?P<curl_exit>\d{1,3})\s?[)\]}]\s?(?P<words>.{0,400})", re.IGNORECASE
)
_CONNECT_STATUS = re.compile(
    (
        r"(?:connect tunnel failed, response|received http code"
        r"|proxy connect aborted.{0,20}|http code) ?(\d{3})"
    ),
    re.IGNORECASE,
)
_RETURNED = re.compile(r"returned error: ?(\d{3})", re.IGNORECASE)
_FAILED_TO = re.compile(
    (
        r"(?:failed to connect to|connect to|couldn't connect to"
        r"|could not connect to) (?P<host>[\w.:\[\]-]+?)(?: \([\d.a-f:]+\))? port"
        r" (?P<port>\d+)"
    ),
    re.IGNORECASE,
)
_PROXY_ENV = re.compile(r"proxy env variable \w+ == '?\"?(?P<url>[^'\"\s]+)", re.IGNORECASE)
_PROXY_OPTION = re.compile(
    r"(?:^|\s)(?:-\w*x ?|--proxy[ =]|https?_proxy=|all_proxy=)['\"]?(?P<url>[^\s'\"]+)",
    re.IGNORECASE,
)
_PROXY_TUNNEL = re.compile(
    (
        r"establish(?:ed)? http (?:proxy )?tunnel|establish http proxy tunnel"
        r"|connect tunnel|connect phase completed|uses proxy env|connection established"
        r"|proxy replied|from proxy after connect|proxy-connection|(?:connected"
        r"|connection) to proxy"
    ),
    re.IGNORECASE,
)
_CONNECTED = re.compile(
    r"\* +(?:connected|verbunden) to (?P<host>\S+) \(?(?P<ip>[\da-f.:]*)\)? ?port (?P<port>\d+)",
    re.IGNORECASE,
)
_INSECURE = re.compile(r"(?:^|\s)(?:-[a-jl-wyzA-Z]*k[a-zA-Z]*|--insecure)(?=\s|$)")
_INTERRUPTED = re.compile(r"\^C")
_PHASES: Final = (
    (
        re.compile(r"tls handshake|client hello|ssl/tls|alpn", re.IGNORECASE),
        "tls_handshake_timeout",
    ),
    (re.compile(r"\* +trying ", re.IGNORECASE), "tcp_timeout"),
)
_TLS_UP = re.compile(r"ssl connection using|server certificate:|finished \(20\)", re.IGNORECASE)


def read_curl(piece: Piece) -> tuple[Observation, ...]:
    """The decisive observation, and beside it an inspector that the certificate names."""
    errors = list(_ERROR.finditer(piece.flat))
    if errors:
        return (_error(piece, errors[0]),)
    written = read_writeout(piece)
    if written is not None:
        return (written,)
    return _without_error(piece)


def _error(piece: Piece, error: re.Match[str]) -> Observation:
    code = int(error["curl_exit"])
    facts = _facts(piece, code)
    proxied = _via_proxy(piece)
    answered = judge(piece, answers_in(piece.text))
    cause = _cause(piece, code, proxied=proxied)
    if cause == "unclear" and answered is not None and answered.verdict == "fail":
        cause = answered.cause
    if code == 60 or cause.startswith("tls_"):  # noqa: PLR2004 - CURLE_PEER_FAILED_VERIFICATION
        facts.update(_certificate_facts(piece))
        cause = certificate_cause(cause, str(facts.get("issuer") or ""))
    verdict = (
        "unknown" if cause in {"unclear", "tool_missing", "irrelevant", "truncated"} else "fail"
    )
    return piece.see(cause, "unknown" if verdict == "unknown" else "fail", match=error, facts=facts)


def _cause(piece: Piece, code: int, *, proxied: bool) -> str:
    connect = _CONNECT_STATUS.search(piece.flat)
    if connect and code in {56, 7, 22}:
        return proxy_status(int(connect[1]))
    returned = _RETURNED.search(piece.flat)
    if code == 22 and returned:  # noqa: PLR2004 - CURLE_HTTP_RETURNED_ERROR
        return status_cause(int(returned[1]), piece.text)
    cause = by_words(code, piece.flat, tls_up=_TLS_UP.search(piece.flat) is not None)
    cause = cause or CODES.get(code, "unclear")
    if proxied and _is_towards_proxy(piece, cause):
        return "proxy_unreachable"
    return cause


def _is_towards_proxy(piece: Piece, cause: str) -> bool:
    """A connection that fails before the tunnel exists fails at the proxy."""
    if not cause.startswith(("tcp_", "host_", "no_route")):
        return False
    return not re.search(
        r"connection established|connect phase completed|connected to \S+ \([^)]*\) port",
        piece.flat,
        re.IGNORECASE,
    )


def _via_proxy(piece: Piece) -> bool:
    if (
        _PROXY_OPTION.search(piece.command)
        or _PROXY_TUNNEL.search(piece.flat)
        or _PROXY_ENV.search(piece.flat)
    ):
        return True
    failed = _FAILED_TO.search(piece.flat)
    return (
        bool(failed) and _looks_like_proxy(str(failed["host"]), int(failed["port"]))
        if failed
        else False
    )


def _looks_like_proxy(host: str, port: int) -> bool:
    return not is_portal(host) and port in {
        3128,
        8080,
        8081,
        8888,
        8000,
        9090,
        1080,
        3129,
        9480,
    }


def proxy_address(text: str) -> str | None:
    """``host:port`` of the proxy in a URL, without its password."""
    match = re.match(r"(?:\w+://)?(?:[^@/\s]*@)?(\[[0-9a-f:]+\]|[\w.-]+)(?::(\d+))?", text)
    return f"{match[1]}:{match[2]}" if match and match[2] else (match[1] if match else None)


def _facts(piece: Piece, code: int | None) -> dict[str, Fact | None]:
    env = _PROXY_ENV.search(piece.flat) or _PROXY_OPTION.search(piece.command)
    failed = _FAILED_TO.search(piece.flat)
    proxy = proxy_address(env["url"]) if env else None
    if proxy is None and failed and _looks_like_proxy(failed["host"], int(failed["port"])):
        proxy = f"{failed['host']}:{failed['port']}"
    connected = _CONNECTED.search(piece.flat)
    found = (
        addresses_in(connected["ip"])
        if connected
        else addresses_in(" ".join(re.findall(r"Trying ([\d.a-f:\[\]]+?):?\d*\.\.\.", piece.flat)))
    )
    version = re.search(r"SSL connection using (TLSv[\d.]+)", piece.flat)
    return {
        "curl_exit": code,
        "proxy_host": proxy,
        "ip": found or None,
        "tls_version": version[1] if version else None,
    }


def _certificate_facts(piece: Piece) -> dict[str, Fact | None]:
    shown = shown_certificate(piece.text)
    return {"issuer": shown.issuer or None, "subject": shown.subject or None}


def _without_error(piece: Piece) -> tuple[Observation, ...]:
    answered = judge(piece, answers_in(piece.text)) or _grepped(piece)
    if answered is None:
        return (_unfinished(piece),)
    facts = {key: value for key, value in _facts(piece, None).items() if value is not None}
    return (*_beside(piece), _with_facts(piece, answered, facts))


def _with_facts(piece: Piece, seen: Observation, facts: dict[str, Fact]) -> Observation:
    cause, verdict = seen.cause, seen.verdict
    if verdict == "ok" and cause == "http_ok_redirect_signin" and _via_proxy(piece):
        cause = "proxy_ok"
    line = re.search(re.escape(seen.detail), piece.text)
    return piece.see(cause, verdict, match=line, facts={**facts, **seen.facts})


def _grepped(piece: Piece) -> Observation | None:
    """``| grep -i location``: the redirect line alone."""
    locations = re.findall(
        r"^\s*(?:< )?location:\s*(\S+)", piece.text, re.IGNORECASE | re.MULTILINE
    )
    if not locations:
        return None
    line = re.search(r"^\s*(?:< )?location:.*$", piece.text, re.IGNORECASE | re.MULTILINE)
    if any("sign_in" in location for location in locations):
        return piece.see("http_ok_redirect_signin", "ok", match=line, location=locations[-1])
    return judge(piece, answers_in(f"HTTP/1.1 302 Found\nlocation: {locations[-1]}\n"))


def _beside(piece: Piece) -> tuple[Observation, ...]:
    """What a working run still shows: verification off, or a trusted inspector."""
    shown = shown_certificate(piece.text)
    facts = _certificate_facts(piece)
    if shown.verify_failed:
        cause = certificate_cause(shown.cause, shown.issuer)
        return (piece.see(cause, match=shown.match, facts=facts),)
    if shown.is_foreign:
        return (piece.see("tls_inspection", "warn", match=shown.match, facts=facts),)
    if _INSECURE.search(piece.command):
        return (piece.see("tls_verification_disabled", "warn"),)
    return ()


def _unfinished(piece: Piece) -> Observation:
    """No error, no answer: interrupted by hand, or cut off."""
    words = first(piece, WORDS)
    if words is not None:
        return words
    found = addresses_in(piece.flat)
    wrong = worst_cause(found[:1])
    if _INTERRUPTED.search(piece.flat):
        for pattern, cause in _PHASES:
            match = piece.find(pattern)
            if match:
                return piece.see(cause, match=match, ip=found or None)
    if piece.exit_code and piece.exit_code in CODES:
        return piece.see(
            _cause(piece, piece.exit_code, proxied=_via_proxy(piece)), curl_exit=piece.exit_code
        )
    if wrong != "dns_ok" and "Trying" in piece.flat and not _via_proxy(piece):
        return piece.see(wrong, ip=found)
    return piece.see("truncated" if piece.text.strip() else "unclear", "unknown")
