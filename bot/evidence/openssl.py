"""Did the TLS handshake succeed, and with whom? openssl s_client, x509, gnutls-cli."""

import re

from bot.evidence.certificate import VERIFY_CODES, Shown, certificate_cause, shown_certificate
from bot.evidence.observation import Fact, Observation
from bot.evidence.pem import covers, leaf_in
from bot.evidence.piece import TIMED_OUT_EXIT, Piece
from bot.evidence.portal import is_portal
from bot.evidence.rules import compiled, facts_of, first, table
from bot.evidence.validity import in_term

_CONNECTED = re.compile(r"CONNECTED\(", re.IGNORECASE)
_NO_CERTIFICATE = re.compile(
    r"no peer certificate available|no certificate found|Cipher is \(NONE\)|cipher\s*:\s*0000",
    re.IGNORECASE,
)
#: A certificate may have come, and still no cipher was agreed on.
_NOTHING_AGREED = re.compile(r"Cipher is \(NONE\)|cipher\s*:\s*0000", re.IGNORECASE)
_VERIFY = re.compile(r"verify return code: ?(?P<verify_code>\d{1,3})\b", re.IGNORECASE)
_ERROR = re.compile(r"verify error:num=(?P<verify_code>\d{1,3})", re.IGNORECASE)
_VERIFIED = re.compile(r"^verification: ok|verification error", re.IGNORECASE | re.MULTILINE)
_PROXY_ANSWER = re.compile(
    r"proxy connect failed|http connect failed: (?P<status>\d{3})|failed to resolve proxy",
    re.IGNORECASE,
)
_TLS_VERSION = re.compile(r"(?:New, |Protocol\s*: ?)(TLSv[\d.]+)", re.IGNORECASE)

_BEFORE_TLS = table(
    (
        (
            r"{NAME_AGAIN}|{NO_NAME}|gethostbyname failure|getaddrinfo|bio_lookup\w*:"
            r"|host lookup error|cannot resolve"
        ),
        "dns_resolution_failed",
    ),
    (r"http connect failed: 407|proxy.{0,40}\b407\b", "proxy_auth_required"),
    (r"http connect failed: 50\d", "proxy_upstream_failed"),
    (r"http connect failed|proxy connect failed", "proxy_forbidden"),
    (r"{REFUSED}|connect:errno=(?:111|61|10061)\b", "tcp_refused"),
    (r"{NO_ROUTE}|{HOST_UNREACHABLE}|connect:errno=(?:113|65|10065)\b", "host_unreachable"),
    (r"{NET_UNREACHABLE}|connect:errno=(?:101|51|10051)\b", "no_route"),
    (r"{PROHIBITED}|connect:errno=(?:13|1)\b", "admin_prohibited"),
    (r"{TIMED_OUT}|connect:errno=(?:110|60|10060)\b|connect timed out", "tcp_timeout"),
    (r"connect:errno=104\b", "tcp_reset"),
)
_IN_HANDSHAKE = table(
    (
        (
            r"wrong version number|unexpected tls packet|unknown protocol|http request"
            r"|packet length too long|record layer failure|unexpected message"
            r"|a packet with illegal|an unexpected tls packet|bad record type"
        ),
        "tls_not_tls",
    ),
    (r"unrecognized[ _]name", "tls_unrecognized_name"),
    (
        (
            r"alert protocol version|unsupported protocol|no protocols available|legacy sigalg"
            r"|protocol_version|version too low"
        ),
        "tls_protocol_version",
    ),
    (
        (
            r"certificate required|handshake failure|no shared cipher|alert number 40"
            r"|sslv3 alert|tlsv1 alert|a tls fatal alert|internal error|no ciphers available"
        ),
        "tls_handshake_failure",
    ),
    (r"dh key too small|ee key too small|key too small", "tls_weak_key"),
    (r"(?:write|read):errno=(?:104|54|10054)\b|{RESET}", "tls_reset"),
    (
        (
            r"unexpected eof|(?:write|read):errno=(?:0|32)\b|ssl handshake has read 0 bytes"
            r"|the tls connection was non-properly terminated|error in the pull function|premature"
        ),
        "tls_unexpected_eof",
    ),
)
#: TLS 1.3 servers refuse a missing client certificate only after the handshake looks complete.
_AFTER_HANDSHAKE = table(
    (
        (
            r"alert certificate required|alert bad certificate|alert number (?:116|42|40)\b"
            r"|alert handshake failure"
        ),
        "tls_handshake_failure",
    ),
    (r"alert unrecognized name|alert number 112\b", "tls_unrecognized_name"),
)
#: The handshake was pasted, so its result is missing and not just not asked for.
_HANDSHAKE_SHOWN = re.compile(
    r"CONNECTED\(|depth=\d|Certificate chain|- Certificate (?:type|\[0\])", re.IGNORECASE
)
_BRIEF = re.compile(r"CONNECTION ESTABLISHED", re.IGNORECASE)
_BRIEF_ERROR = re.compile(r"verification error: (?P<words>[^\n]{3,120})", re.IGNORECASE)
_FILE_MISSING = compiled(
    r"(?:can't open|error opening|could not open file).{0,120}(?:ca|cert|\.pem|\.crt)"
    r"|error loading (?:ca|file)"
)
_INTERRUPTED = re.compile(r"\^C|killed|terminated|timeout: sending signal", re.IGNORECASE)
_PORTAL_SUBJECT = re.compile(
    r"(?:\*\.|customers\.)?(?:gitlab|example_company)\.com|cloudflaressl|customers", re.IGNORECASE
)

#: The names of ``-ext subjectAltName`` and ``-text``.
_ALSO_FOR = re.compile(r"\bDNS:\s?([\w*.-]+)")


def read_openssl(piece: Piece) -> tuple[Observation, ...]:
    """One observation; a missing certificate is looked for before any reassuring line."""
    return (in_term(piece, _read(piece)),)


def _read(piece: Piece) -> Observation:
    shown = shown_certificate(piece.text)
    code = _verify_code(piece)
    if code is None and _BRIEF.search(piece.text):
        return _brief(piece, shown)
    named = shown.issuer or (shown.subject and _ALSO_FOR.search(piece.text))
    if not _CONNECTED.search(piece.text) and not named and code is None:
        return _not_connected(piece)
    if _no_certificate(piece, shown):
        return _no_handshake(piece)
    if code is None:
        return _names_only(piece, shown)
    return _verified(piece, shown, code)


def _brief(piece: Piece, shown: Shown) -> Observation:
    """``-brief`` prints the outcome in words."""
    failed = _BRIEF_ERROR.search(piece.flat)
    if failed:
        words = failed["words"].lower()
        cause = next((c for text, c in _BRIEF_CAUSES if text in words), "tls_untrusted_ca")
        return piece.see(cause, match=failed, facts=_facts(piece, shown, None))
    refused = first(piece, _AFTER_HANDSHAKE)
    if refused is not None:
        return refused
    ok = piece.find(re.compile(r"verification: ok", re.IGNORECASE))
    if ok and not _foreign_subject(piece, shown):
        return piece.see("tls_ok", "ok", match=ok, facts=_facts(piece, shown, 0))
    if ok:
        return piece.see("tls_hostname_mismatch", match=ok, facts=_facts(piece, shown, 0))
    return piece.see("truncated", "unknown", facts=_facts(piece, shown, None))


_BRIEF_CAUSES = (
    ("expired", "tls_expired"),
    ("not yet valid", "tls_not_yet_valid"),
    ("hostname mismatch", "tls_hostname_mismatch"),
    ("in certificate chain", "tls_untrusted_ca"),
    ("self", "tls_self_signed"),
)


def _no_certificate(piece: Piece, shown: Shown) -> bool:
    if piece.find(_NO_CERTIFICATE) and not shown.issuer:
        return True
    return (
        bool(_CONNECTED.search(piece.text))
        and not shown.issuer
        and not shown.subject
        and not piece.find(_ERROR)
    )


def _verify_code(piece: Piece) -> int | None:
    """The final code; with none, the first error on the way."""
    codes = [int(match["verify_code"]) for match in _VERIFY.finditer(piece.flat)]
    errors = [int(match["verify_code"]) for match in _ERROR.finditer(piece.flat)]
    failing = [code for code in codes if code]
    if failing:
        return failing[-1]
    if errors:
        return errors[0]
    return codes[-1] if codes else _gnutls_code(piece)


def _gnutls_code(piece: Piece) -> int | None:
    status = piece.find(
        re.compile(r"Status: The certificate is (NOT )?trusted\.?(?P<why>.{0,200})", re.IGNORECASE)
    )
    if status is None:
        return None
    if not status[1]:
        return 0
    why = status["why"].lower()
    for words, code in (("expired", 10), ("not yet", 9), ("name", 62), ("issuer is unknown", 20)):
        if words in why:
            return code
    return 20


def _not_connected(piece: Piece) -> Observation:
    failed = first(piece, _BEFORE_TLS)
    if failed is not None:
        return failed
    if piece.find(_FILE_MISSING):
        return piece.see("tls_ca_bundle_missing", match=piece.find(_FILE_MISSING))
    if re.search(
        (
            r"unable to load certificate|could not (?:read|find) certificate"
            r"|expecting: trusted certificate"
        ),
        piece.flat,
        re.IGNORECASE,
    ):
        return _no_handshake(piece)
    handshake = first(piece, _IN_HANDSHAKE)
    return handshake or piece.see("truncated" if piece.text.strip() else "unclear", "unknown")


def _no_handshake(piece: Piece) -> Observation:
    failed = first(piece, (*_BEFORE_TLS[1:4], *_IN_HANDSHAKE))
    if failed is not None:
        return failed
    waited = re.search(r"\btimeout \S", piece.command) and piece.text.strip().endswith(")")
    if _INTERRUPTED.search(piece.text) or piece.exit_code == TIMED_OUT_EXIT or waited:
        return piece.see("tls_handshake_timeout", match=piece.find(_CONNECTED))
    if piece.find(_NO_CERTIFICATE):
        return piece.see("tls_handshake_failure", match=piece.find(_NO_CERTIFICATE))
    if re.search(
        r"unable to load certificate|could not (?:read|find) certificate", piece.flat, re.IGNORECASE
    ):
        return piece.see("unclear", "unknown")
    return piece.see("truncated", "unknown")


def _facts(piece: Piece, shown: Shown, code: int | None) -> dict[str, Fact | None]:
    version = piece.find(_TLS_VERSION)
    return {
        "issuer": shown.issuer or None,
        "subject": shown.subject or None,
        "verify_code": code,
        "tls_version": version[1] if version else None,
    }


def _verified(piece: Piece, shown: Shown, code: int) -> Observation:
    facts = _facts(piece, shown, code)
    match = piece.find(
        re.compile(
            rf"(?:verify return code: ?|verify error:num=){code}\b[^\n]{{0,80}}", re.IGNORECASE
        )
    )
    if not code and piece.find(_NOTHING_AGREED):
        return _no_handshake(piece)
    refused = first(piece, _AFTER_HANDSHAKE)
    if not code and refused is not None:
        return refused
    if code:
        cause = certificate_cause(
            VERIFY_CODES.get(code, "tls_untrusted_ca"),
            shown.issuer,
            shown.chain_length,
            subject=shown.subject,
        )
        return piece.see(cause, match=match, facts=facts)
    if shown.is_foreign:
        return piece.see("tls_inspection", "warn", match=shown.match, facts=facts)
    if _foreign_subject(piece, shown):
        return piece.see("tls_hostname_mismatch", match=shown.match, facts=facts)
    return piece.see("tls_ok", "ok", match=match, facts=facts)


def _foreign_subject(piece: Piece, shown: Shown) -> bool:
    """Without -verify_hostname nobody compared the name; only the CN is shown, so be careful."""
    host = str(piece.facts.get("host", ""))
    leaf = leaf_in(piece.text)
    if leaf is not None and leaf.names and is_portal(host):
        return not covers(leaf.names, host)
    common = re.search(r"CN ?= ?([\w*.-]+)", shown.subject)
    if not common or not is_portal(host):
        return False
    return not _PORTAL_SUBJECT.search(common[1]) and "." in common[1]


def _names_only(piece: Piece, shown: Shown) -> Observation:
    """``x509 -noout -issuer``: whom the certificate names; nothing was verified."""
    facts = _facts(piece, shown, None)
    if shown.is_foreign:
        return piece.see("tls_inspection", match=shown.match, facts=facts)
    failed = piece.find(_ERROR)
    if failed:
        return piece.see("tls_untrusted_ca", match=failed, facts={**facts, **facts_of(failed)})
    names = tuple(_ALSO_FOR.findall(piece.text))
    if names and is_portal(str(piece.facts.get("host", ""))):
        fits = covers(names, str(piece.facts["host"]))
        cause = "tls_ok" if fits else "tls_hostname_mismatch"
        match = piece.where(f"DNS:{names[0]}")
        return piece.see(cause, "ok" if fits else "fail", match=match, facts=facts)
    if shown.issuer and not piece.find(_HANDSHAKE_SHOWN):
        return piece.see("tls_ok", "ok", match=shown.match, facts=facts)
    return piece.see("truncated", "unknown", facts=facts)
