"""How far did wget get? GNU wget in its languages, and busybox's."""

import re

from bot.evidence.addresses import addresses_in, worst_cause
from bot.evidence.certificate import certificate_cause, shown_certificate
from bot.evidence.httpanswer import answers_in, judge, status_cause
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.rules import first, table

_PROXY = table(
    (
        r"proxy tunneling failed: .{0,40}(?:auth|407)|\b407\b proxy|407 ?: ?proxy",
        "proxy_auth_required",
    ),
    (
        r"proxy tunneling failed: .{0,40}(?:unavailable|gateway|50\d|timeout)",
        "proxy_upstream_failed",
    ),
    (r"proxy tunneling failed", "proxy_forbidden"),
    (r"unable to resolve (?:proxy )?host address .{0,40}proxy", "proxy_unresolvable"),
)
_RULES = table(
    (
        (
            r"certificate has expired|issued certificate has expired"
            r"|certificate .{0,20}expired|zertifikat ist .{0,20}abgelaufen"
            r"|ausgestellte zertifikat ist .{0,30}(?:abgelaufen|ung)"
        ),
        "tls_expired",
    ),
    (r"not yet (?:valid|activated)|issued certificate not yet valid", "tls_not_yet_valid"),
    (
        (
            r"no certificate subject alternative name matches"
            r"|common name .{0,80} doesn't match|owner does not match hostname"
            r"|stimmt nicht mit dem .{0,20}hostname"
        ),
        "tls_hostname_mismatch",
    ),
    (
        r"self-signed certificate in certificate chain|self-signed certificate in chain",
        "tls_untrusted_ca",
    ),
    (
        r"self-signed certificate encountered|self-signed certificate|selbst-?signiertes",
        "tls_self_signed",
    ),
    (
        (
            r"unable to locally verify the issuer|cannot verify .{0,80} certificate"
            r"|certificate .{0,60}not trusted|issuer .{0,20}unknown"
            r"|doesn't have a known issuer|insecure algorithm"
            r"|zertifikat von .{0,80} kann nicht|nicht vertraut"
        ),
        "tls_untrusted_ca",
    ),
    (
        (
            r"wrong version number|unexpected tls packet|unknown protocol"
            r"|packet length too long"
        ),
        "tls_not_tls",
    ),
    (r"unrecognized name", "tls_unrecognized_name"),
    (r"protocol version|unsupported protocol", "tls_protocol_version"),
    (
        r"handshake failure|alert handshake|ssl connection:? handshake|a tls fatal alert",
        "tls_handshake_failure",
    ),
    (
        (
            r"ssl (?:handshake|connection).{0,60}(?:eof|terminated|closed)|unexpected eof"
            r"|error in the pull function|non-properly terminated"
        ),
        "tls_unexpected_eof",
    ),
    (
        (
            r"unable to establish ssl connection|es ist nicht m.glich, eine ssl-verbindung"
            r"|impossible d'.tablir une connexion ssl|ssl helper"
        ),
        "tls_handshake_failure",
    ),
    (
        (
            r"{NAME_AGAIN}|{NO_NAME}|unable to resolve host|bad address|kann die hostadresse"
            r"|imposible resolver|impossible de r.soudre|ホストアドレス.{0,20}を解決できません"
            r"|impossibile risolvere|无法解析主机"
        ),
        "dns_resolution_failed",
    ),
    (r"{REFUSED}", "tcp_refused"),
    (r"{NO_ROUTE}", "host_unreachable"),
    (r"{NET_UNREACHABLE}", "no_route"),
    (r"{PROHIBITED}", "admin_prohibited"),
    (
        (
            r"read (?:error|timed).{0,30}(?:timed out|timeout)"
            r"|read error \(connection timed out\)|download timed out"
        ),
        "http_timeout",
    ),
    (r"{TIMED_OUT}|failed: .{0,20}timed out", "tcp_timeout"),
    (r"read error .{0,30}{RESET}|{RESET}", "tcp_reset"),
    (r"\d+ redirections exceeded|redirection loop", "http_redirect_loop"),
    (r"no data received|error getting response", "http_unexpected_status"),
)
_AWAITING = re.compile(
    (
        r"(?:awaiting response|warte auf antwort|en attente de la r.ponse"
        r"|esperando respuesta|応答を待っています|in attesa di risposta|等待(?:回应"
        r"|响应))\.{0,3} ?(?P<status>\d{3})"
    ),
    re.IGNORECASE,
)
_ERROR = re.compile(
    (
        r"(?:error|fehler|erreur|エラー) (?P<status>\d{3})\b"
        r"|server returned error: http/[\d.]+ (?P<code>\d{3})"
    ),
    re.IGNORECASE,
)
_LOCATION = re.compile(
    r"^\s*(?:location|platz|emplacement|ubicaci.n|場所): ?(\S+)", re.IGNORECASE | re.MULTILINE
)


def read_wget(piece: Piece) -> tuple[Observation, ...]:
    """The error, else the last answer."""
    return (_read(piece),)


def _read(piece: Piece) -> Observation:
    proxied = first(piece, _PROXY)
    if proxied is not None:
        return proxied
    statuses = list(_AWAITING.finditer(piece.flat))
    failed = first(piece, _RULES)
    if failed is not None and not _went_on(failed, statuses):
        return _refine(piece, failed)
    return _answered(piece, statuses)


def _went_on(failed: Observation, statuses: list[re.Match[str]]) -> bool:
    """A first address failed and a later one answered."""
    if not statuses:
        return False
    if failed.layer == "tls":
        return False
    return failed.layer in {"tcp", "ip", "dns"} and failed.cause != "tcp_reset"


def _refine(piece: Piece, failed: Observation) -> Observation:
    proxied = re.search(
        r"connecting to (?P<host>\S+) .{0,80}(?:failed|\.\.\.)", piece.flat, re.IGNORECASE
    )
    if failed.layer == "tls":
        shown = shown_certificate(piece.text)
        cause = certificate_cause(failed.cause, shown.issuer)
        return piece.see(cause, match=_again(piece, failed), issuer=shown.issuer or None)
    if (
        proxied
        and re.search(r":(?:3128|8080|8888|8081)\b|proxy", proxied.group(0))
        and failed.layer in {"tcp", "ip"}
    ):
        return piece.see("proxy_unreachable", match=proxied)
    return failed


def _again(piece: Piece, seen: Observation) -> re.Match[str] | None:
    return re.search(re.escape(seen.detail[:80]), piece.flat)


def _answered(piece: Piece, statuses: list[re.Match[str]]) -> Observation:
    headers = judge(piece, answers_in(piece.text))
    if headers is not None:
        return headers
    error = piece.find(_ERROR)
    places = _LOCATION.findall(piece.text)
    if any("sign_in" in place for place in places):
        return piece.see(
            "http_ok_redirect_signin", "ok", match=_LOCATION.search(piece.text), location=places[-1]
        )
    if error:
        return _status(piece, int(error["status"] or error["code"]), error)
    if statuses:
        return _status(piece, int(statuses[-1]["status"]), statuses[-1])
    return _unfinished(piece)


def _status(piece: Piece, status: int, match: re.Match[str]) -> Observation:
    lines = f"HTTP/1.1 {status} -\n" + "\n".join(
        f"location: {p}" for p in _LOCATION.findall(piece.text)[-1:]
    )
    judged = judge(piece, answers_in(lines), piece.text)
    if judged is None:
        return piece.see(status_cause(status), match=match, http_status=status)
    return piece.see(judged.cause, judged.verdict, match=match, facts=judged.facts)


def _unfinished(piece: Piece) -> Observation:
    found = addresses_in(piece.flat)
    wrong = worst_cause(found[:1])
    if (
        wrong != "dns_ok"
        and piece.facts.get("host")
        and not re.search(r":(?:3128|8080)\b", piece.flat)
    ):
        return piece.see(wrong, ip=found)
    if piece.exit_code == 4 and piece.exit_code:  # noqa: PLR2004 - wget(1): network failure
        return piece.see("unclear", "unknown")
    return piece.see("truncated" if piece.text.strip() else "unclear", "unknown", ip=found or None)
