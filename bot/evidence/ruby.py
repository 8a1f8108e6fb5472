"""What did the rails console say? Exceptions with their frames, and pp of an HTTP response."""

import re
from typing import Final

from bot.evidence.addresses import addresses_in
from bot.evidence.httpstatus import BLOCK_WORDS, CAPTIVE_WORDS, status_cause
from bot.evidence.observation import Fact, Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import is_portal
from bot.evidence.proxyenv import read_env
from bot.evidence.rubywords import BLOCKED, EXCEPTION, LOOSE, OPEN_TO, SNIPPET, TLS, WHY
from bot.evidence.rules import compiled, facts_of, first

_FOUND = re.compile(
    (
        r"#?<?net::http(?P<name>[a-z]\w+)[: ]+(?:0x\w+ )?\"?(?P<http_status>[1-5]\d\d)?\b"
        r"|(?:^|[\s=>])(?:code|status)\W{1,6}(?P<code>[1-5]\d\d)\b(?! from proxy)"
        r"|=> \[?\"?(?P<bare>[1-5]\d\d)\b"
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
#: Without a command, "status 200" is Ruby's only beside something that only Ruby prints.
_RUBY = re.compile(r"=>|#<|net::|httparty|irb|_response\b|response\.code", re.IGNORECASE)
_PEER = re.compile(r"peeraddr=\[?(?P<ip>[\da-f.:]{3,45}?)\]?:\d{2,5}\b", re.IGNORECASE)
_TOLD_STATUS = re.compile(r"\b(?P<status>[345]\d\d) \"[A-Z][^\"]{2,60}\"")
_LOCATION = re.compile(r"\"location\"\s?=>\s?\[\s?\"(?P<location>[^\"]{1,500})\"", re.IGNORECASE)
#: The value of ``headers["location"]`` alone, or beside the status.
_PLACE = re.compile(
    r"=> \[?(?:\"?30\d\"?, ?)?\[?\"(?P<location>https?://[^\"\s]{4,500})\"", re.IGNORECASE
)
_NUMBER = re.compile(r"^\s*\"?(?P<http_status>[1-5]\d\d)\"?\s*$", re.MULTILINE)
_ASKED_CODE = re.compile(r"\.(?:code|status|response_code)\b", re.IGNORECASE)
_ASKED_PLACE = re.compile(r"location", re.IGNORECASE)
_LICENSE = compiled(r"=> ?#<license\b|#<license:?(?:0x\w+)? ?id: ?\d+")


def read_ruby(piece: Piece) -> tuple[Observation, ...]:
    """The exception when there is one, else the response or the license record."""
    return (_read(piece),)


def _read(piece: Piece) -> Observation:
    for rules in (SNIPPET, BLOCKED):
        found = first(piece, rules)
        if found is not None:
            return _with_exception(piece, found)
    opened = piece.find(OPEN_TO)
    if opened:
        return _open_failed(piece, opened)
    if piece.find(EXCEPTION) or re.search(
        r"execution expired|end of file reached", piece.flat, re.IGNORECASE
    ):
        return _exception(piece)
    environment = read_env(piece)
    seen = _response(piece) or _license(piece) or (environment[0] if environment else None)
    return seen or piece.see("unclear", "unknown")


def _with_exception(piece: Piece, seen: Observation, cause: str = "") -> Observation:
    exception = piece.find(EXCEPTION)
    peer = piece.find(_PEER)
    told = piece.find(_TOLD_STATUS)
    match = re.search(re.escape(seen.detail[:60]), piece.flat) if seen.detail else None
    return piece.see(
        cause or seen.cause,
        seen.verdict,
        match=match or exception,
        facts={
            **seen.facts,
            "exception": exception["exception"] if exception else None,
            "ip": addresses_in(peer["ip"]) or None if peer else None,
            "http_status": int(told["status"]) if told else None,
        },
    )


def _open_failed(piece: Piece, opened: re.Match[str]) -> Observation:
    """X in "connection to X:P" decides: with a proxy set X is the proxy."""
    cause = next((rule.cause for rule in WHY if rule.pattern.search(opened["why"])), "")
    cause = cause or next(
        (rule.cause for rule in LOOSE if rule.pattern.search(piece.flat)), "tcp_timeout"
    )
    host, port = opened["host"], opened["port"] or ""
    exception = piece.find(EXCEPTION)
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
    for rules in (TLS, LOOSE):
        found = first(piece, rules)
        if found is not None:
            return _with_exception(piece, found)
    exception = piece.find(EXCEPTION)
    facts = facts_of(exception) if exception else {}
    return piece.see("unclear", "unknown", match=exception, facts=facts)


def _response(piece: Piece) -> Observation | None:
    match = piece.find(_FOUND)
    if match is None:
        return _bare_status(piece) or _bare_place(piece)
    status = _status(match)
    if status is None or not (piece.command or match["name"] or _RUBY.search(piece.flat)):
        return None
    location = piece.find(_LOCATION) or piece.find(_PLACE)
    facts: dict[str, Fact | None] = {
        "http_status": status,
        "location": location["location"] if location else None,
    }
    return _judge(piece, match, status, facts)


def _bare_status(piece: Piece) -> Observation | None:
    """``runner 'puts … .code'`` prints the number alone."""
    number = _NUMBER.search(piece.text) if _ASKED_CODE.search(piece.command) else None
    if number is None:
        return None
    status = int(number["http_status"])
    return _judge(piece, number, status, {"http_status": status, "location": None})


def _bare_place(piece: Piece) -> Observation | None:
    """Only where the redirect leads was asked for."""
    place = piece.find(_PLACE) if _ASKED_PLACE.search(piece.command) else None
    if place is None:
        return None
    return _judge(piece, place, _NAMED["found"], {"location": place["location"]})


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
    asked = piece.command or piece.text.partition("=>")[0]
    if "silent_mode_enabled?" in piece.command and re.search(r"=> true|^true$", piece.flat):
        return piece.see("app_silent_mode")
    destroyed = re.search(r"\.destroy\b", piece.command)
    if destroyed and record:
        return piece.see("license_destroyed", "ok", match=record)
    if re.search(r"license\.current|license\.(?:first|last)", asked, re.IGNORECASE) and re.search(
        r"=> nil|^nil$", piece.flat
    ):
        return piece.see("no_license")
    if re.search(r"license\.find", asked, re.IGNORECASE) and re.search(r"=> nil|^nil$", piece.flat):
        return piece.see("license_record_not_found")
    return None
