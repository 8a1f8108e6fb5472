"""What did the rails console say? Exceptions with their frames, and pp of an HTTP response."""

import re
from typing import Final

from bot.evidence.addresses import addresses_in
from bot.evidence.httpanswer import BLOCK_WORDS, CAPTIVE_WORDS, status_cause
from bot.evidence.observation import Fact, Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import is_portal
from bot.evidence.rules import compiled, facts_of, first, table

_OPEN_TO = re.compile(
    (
        r"failed to open tcp connection to (?P<host>\[[0-9a-f:]+\]"
        r"|[\w.-]+):(?P<port>\d+)?\s?\(?(?P<why>.{0,300})"
    ),
    re.IGNORECASE,
)
_EXCEPTION = re.compile(
    r"\b(?P<exception>Net::(?:OpenTimeout|ReadTimeout|WriteTimeout|ProtocolError|HTTPBadResponse"
    r"|HTTP(?:Client|Server)Exception|HTTP(?:Fatal|Retriable|HeaderSyntax)?Error)"
    r"|OpenSSL::SSL::SSLError|Errno::E[A-Z0-9]+|SocketError|Socket::ResolutionError"
    r"|Timeout::Error|EOFError|HTTParty::(?:\w{0,30}Error|RedirectionTooDeep)"
    r"|(?:Gitlab::)?(?:HTTP(?:_V2)?::)?(?:UrlBlocker::)?BlockedUrlError"
    r"|Gitlab::HTTP(?:_V2)?::\w{0,30}(?:Error|Timeout)|NameError|NoMethodError|ActiveRecord::\w+"
    r"|PG::\w+|URI::InvalidURIError|Resolv::\w+|ArgumentError|SyntaxError|LoadError)\b"
)
_SNIPPET = table(
    (
        (
            r"uninitialized constant (?:EE::)?subscriptions_url"
            r"|uninitialized constant .{0,30}EE\b"
            r"|undefined (?:local variable or )?method [`'\"]?subscription_portal_url"
            r"|uninitialized constant .{0,20}gitlab::routing"
            r"|undefined method [`'\"]?(?:head)\b.{0,40}gitlab::http"
        ),
        "console_snippet_version_mismatch",
    ),
    (
        (
            r"couldn't find license with|recordnotfound"
            r"|undefined method [`'\"]?destroy[`'\"]? for nil"
        ),
        "license_record_not_found",
    ),
    (
        (
            r"pg::connectionbad|connectionnotestablished"
            r"|could not connect to server: .{0,60}postgres|database .{0,40}does not exist"
            r"|could not find .{0,60}in any of the sources|permission denied @"
            r"|connection to server (?:on socket|at).{0,120}failed"
        ),
        "console_unavailable",
    ),
)
_BLOCKED = table(
    (r"host cannot be resolved or invalid", "dns_resolution_failed"),
    (
        (
            r"requests to (?:the (?:local network|link local network|shared address space"
            r"|limited broadcast address)|localhost|loopback addresses) are not allowed"
            r"|blockedurlerror.{0,120}not allowed|only allowed (?:schemes|ports) are"
            r"|not on the allow list are denied"
        ),
        "app_blocked_url",
    ),
    (r"silent mode", "app_silent_mode"),
    (r"blockedurlerror.{0,80}execution expired", "dns_timeout"),
)
_TLS = table(
    (r"certificate has expired", "tls_expired"),
    (r"certificate is not yet valid", "tls_not_yet_valid"),
    (
        (
            r"hostname mismatch|does not match the server certificate"
            r"|hostname \S+ does not match"
        ),
        "tls_hostname_mismatch",
    ),
    (r"self[- ]signed certificate in certificate chain", "tls_untrusted_ca"),
    (r"self[- ]signed certificate", "tls_self_signed"),
    (r"(?:ca|ee)(?: key| md)? too (?:weak|small)|key too small|md too weak", "tls_weak_key"),
    (r"certificate verify failed|unable to get (?:local )?issuer", "tls_untrusted_ca"),
    (
        (
            r"wrong version number|unknown protocol|http request|packet length too long"
            r"|record layer failure"
        ),
        "tls_not_tls",
    ),
    (r"unrecognized[ _]name", "tls_unrecognized_name"),
    (
        (
            r"alert protocol version|unsupported protocol|no protocols available|legacy sigalg"
            r"|tlsv1 alert protocol"
        ),
        "tls_protocol_version",
    ),
    (r"dh key too small", "tls_weak_key"),
    (
        (
            r"handshake failure|alert certificate required|alert bad certificate"
            r"|sslv3 alert|tlsv1 alert|alert internal error|no shared cipher"
        ),
        "tls_handshake_failure",
    ),
    (
        (
            r"ssl_connect.{0,80}{RESET}|{RESET}.{0,60}ssl_connect"
            r"|connection reset by peer - ssl"
        ),
        "tls_reset",
    ),
    (
        (
            r"unexpected eof|sysret|ssl_connect (?:syscall|sysc).{0,40}errno=0"
            r"|eof while reading"
        ),
        "tls_unexpected_eof",
    ),
    (
        (
            r"opentimeout.{0,2500}ssl_socket_connect|ssl_connect.{0,60}(?:timed out"
            r"|execution expired)|ssl_socket_connect.{0,200}opentimeout"
            r"|net::opentimeout[: (]{1,3}net::opentimeout\)?"
        ),
        "tls_handshake_timeout",
    ),
    (r"no such file or directory.{0,60}\.(?:pem|crt)|x509store|ca_file", "tls_ca_bundle_missing"),
)
_WHY = table(
    (r"{NAME_AGAIN}|{NO_NAME}|getaddrinfo", "dns_resolution_failed"),
    (r"{REFUSED}", "tcp_refused"),
    (r"{NO_ROUTE}|{HOST_UNREACHABLE}", "host_unreachable"),
    (r"{NET_UNREACHABLE}", "no_route"),
    (r"{PROHIBITED}|permission denied", "admin_prohibited"),
    (r"execution expired|{TIMED_OUT}|timed out", "tcp_timeout"),
    (r"{RESET}", "tcp_reset"),
)
_LOOSE = table(
    (
        r"\b407 \"?proxy authentication required|proxy authentication required",
        "proxy_auth_required",
    ),
    (
        (
            r"httpclientexception.{0,40}\b4\d\d\b|\b4\d\d \"[^\"]{0,80}\" \(?net::http"
            r"|net::http\w{0,30}exception.{0,10}: 4\d\d\b"
        ),
        "proxy_forbidden",
    ),
    (
        (
            r"net::http(?:fatalerror|serverexception).{0,40}\b50\d\b"
            r"|\b50\d \"[^\"]{0,80}\" \(?net::http"
        ),
        "proxy_upstream_failed",
    ),
    (r"getaddrinfo|socketerror|resolutionerror|resolv::resolv", "dns_resolution_failed"),
    (r"econnrefused", "tcp_refused"),
    (r"ehostunreach", "host_unreachable"),
    (r"enetunreach|eaddrnotavail", "no_route"),
    (r"etimedout", "tcp_timeout"),
    (
        r"readtimeout|readtotaltimeout|net::read|request timed out after|writetimeout",
        "http_timeout",
    ),
    (r"econnreset", "tcp_reset"),
    (r"eoferror|end of file reached", "http_unexpected_status"),
    (r"redirectiontoodeep|http redirects too deep|too many redirects", "http_redirect_loop"),
    (r"opentimeout", "tcp_timeout"),
    (r"execution expired", "dns_timeout"),
)
_FOUND = re.compile(
    (
        r"#?<?net::http(?P<name>[a-z]\w+)[: ]+(?:0x\w+ )?\"?(?P<http_status>[1-5]\d\d)?\b"
        r"|(?:^|[\s=>])(?:code|status)\W{1,6}(?P<code>[1-5]\d\d)\b"
        r"|=> (?P<bare>[1-5]\d\d)\b"
    ),
    re.IGNORECASE,
)
_NAMED: Final = {
    "found": 302, "ok": 200, "movedpermanently": 301, "seeother": 303, "forbidden": 403,
    "badgateway": 502, "serviceunavailable": 503, "gatewaytimeout": 504, "unauthorized": 401,
    "notfound": 404, "internalservererror": 500, "proxyauthenticationrequired": 407,
    "toomanyrequests": 429, "temporaryredirect": 307, "permanentredirect": 308, "badrequest": 400,
    "unprocessableentity": 422, "nocontent": 204, "methodnotallowed": 405,
}  # fmt: skip
_LOCATION = re.compile(r"\"location\"\s?=>\s?\[\s?\"(?P<location>[^\"]{1,500})\"", re.IGNORECASE)
_LICENSE = compiled(r"=> ?#<license\b|#<license:?(?:0x\w+)? ?id: ?\d+")


def read_ruby(piece: Piece) -> tuple[Observation, ...]:
    """The exception when there is one, else the response or the license record."""
    return (_read(piece),)


def _read(piece: Piece) -> Observation:
    for rules in (_SNIPPET, _BLOCKED):
        found = first(piece, rules)
        if found is not None:
            return _with_exception(piece, found)
    opened = piece.find(_OPEN_TO)
    if opened:
        return _open_failed(piece, opened)
    if piece.find(_EXCEPTION) or re.search(
        r"execution expired|end of file reached", piece.flat, re.IGNORECASE
    ):
        return _exception(piece)
    return _response(piece) or _license(piece) or piece.see("unclear", "unknown")


def _with_exception(piece: Piece, seen: Observation, cause: str = "") -> Observation:
    exception = piece.find(_EXCEPTION)
    match = re.search(re.escape(seen.detail[:60]), piece.flat) if seen.detail else None
    return piece.see(
        cause or seen.cause,
        seen.verdict,
        match=match or exception,
        facts={**seen.facts, "exception": exception["exception"] if exception else None},
    )


def _open_failed(piece: Piece, opened: re.Match[str]) -> Observation:
    """X in "connection to X:P" decides: with a proxy set X is the proxy."""
    cause = next((rule.cause for rule in _WHY if rule.pattern.search(opened["why"])), "")
    cause = cause or next(
        (rule.cause for rule in _LOOSE if rule.pattern.search(piece.flat)), "tcp_timeout"
    )
    host, port = opened["host"], opened["port"] or ""
    exception = piece.find(_EXCEPTION)
    facts: dict[str, Fact | None] = {
        "host": host,
        "port": int(port) if port else None,
        "exception": exception["exception"] if exception else None,
        "ip": addresses_in(opened.group(0)) or None,
    }
    if _is_proxy(host, port):
        facts["proxy_host"] = f"{host}:{port}"
        cause = "proxy_unresolvable" if cause == "dns_resolution_failed" else "proxy_unreachable"
    return piece.see(cause, match=opened, facts=facts)


def _is_proxy(host: str, port: str) -> bool:
    if is_portal(host):
        return False
    return port not in {"443", "80", ""} or bool(
        re.search(r"proxy|squid|gateway", host, re.IGNORECASE)
    )


def _exception(piece: Piece) -> Observation:
    for rules in (_TLS, _LOOSE):
        found = first(piece, rules)
        if found is not None:
            return _with_exception(piece, found)
    exception = piece.find(_EXCEPTION)
    facts = facts_of(exception) if exception else {}
    return piece.see("unclear", "unknown", match=exception, facts=facts)


def _response(piece: Piece) -> Observation | None:
    match = piece.find(_FOUND)
    if match is None:
        return None
    status = _status(match)
    if status is None:
        return None
    location = piece.find(_LOCATION)
    facts: dict[str, Fact | None] = {
        "http_status": status,
        "location": location["location"] if location else None,
    }
    return _judge(piece, match, status, facts)


def _status(match: re.Match[str]) -> int | None:
    digits = match["http_status"] or match["code"] or match["bare"]
    return int(digits) if digits else _NAMED.get((match["name"] or "").lower())


def _judge(
    piece: Piece, match: re.Match[str], status: int, facts: dict[str, Fact | None]
) -> Observation:
    location = str(facts["location"] or "")
    if status < 400 and CAPTIVE_WORDS.search(piece.flat) and "sign_in" not in piece.flat:  # noqa: PLR2004 - HTTP
        return piece.see("http_captive_portal", match=match, facts=facts)
    if status < 400 and BLOCK_WORDS.search(piece.flat) and "sign_in" not in piece.flat:  # noqa: PLR2004 - HTTP
        return piece.see("http_block_page", match=match, facts=facts)
    if status < 400 and (not location or "sign_in" in location or "customers." in location):  # noqa: PLR2004 - HTTP
        return piece.see("http_ok_redirect_signin", "ok", match=match, facts=facts)
    if status < 400:  # noqa: PLR2004 - HTTP
        return piece.see("http_unexpected_status", match=match, facts=facts)
    return piece.see(status_cause(status, piece.flat), match=match, facts=facts)


def _license(piece: Piece) -> Observation | None:
    record = piece.find(_LICENSE)
    destroyed = re.search(r"\.destroy\b", piece.command)
    if destroyed and record:
        return piece.see("license_destroyed", "ok", match=record)
    if re.search(
        r"license\.current|license\.(?:first|last)", piece.command, re.IGNORECASE
    ) and re.search(r"=> nil|^nil$", piece.flat):
        return piece.see("no_license")
    if re.search(r"license\.find", piece.command, re.IGNORECASE) and re.search(
        r"=> nil|^nil$", piece.flat
    ):
        return piece.see("license_record_not_found")
    return None
