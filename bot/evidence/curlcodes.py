"""curl's exit codes, and the words that divide those which mean several things."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.evidence.rules import Rule, table

#: https://everything.curl.dev/cmdline/exitcode.html; where words decide, the fallback stands here.
CODES: Final[Mapping[int, str]] = MappingProxyType(
    {
        1: "tool_missing",
        2: "tool_missing",
        3: "unclear",
        4: "tool_missing",
        5: "proxy_unresolvable",
        6: "dns_resolution_failed",
        7: "tcp_refused",
        22: "http_unexpected_status",
        28: "tcp_timeout",
        35: "tls_handshake_failure",
        47: "http_redirect_loop",
        51: "tls_hostname_mismatch",
        52: "http_unexpected_status",
        53: "tls_handshake_failure",
        54: "tls_handshake_failure",
        55: "tcp_reset",
        56: "tcp_reset",
        58: "tls_handshake_failure",
        59: "tls_handshake_failure",
        60: "tls_untrusted_ca",
        66: "tls_handshake_failure",
        77: "tls_ca_bundle_missing",
        80: "tls_unexpected_eof",
        82: "tls_ca_bundle_missing",
        83: "tls_untrusted_ca",
        90: "tls_untrusted_ca",
        91: "tls_revocation_check",
        92: "http_unexpected_status",
        97: "proxy_unreachable",
        16: "http_unexpected_status",
        18: "http_unexpected_status",
        48: "tool_missing",
        127: "tool_missing",
        8: "unclear",
        23: "unclear",
    }
)

_VERIFY = (
    (
        (
            r"certificate (?:has|is) expired|cert_e_expired|sec_e_cert_expired|not_time_valid"
            r"|expired certificate|zertifikat ist abgelaufen|has expired"
        ),
        "tls_expired",
    ),
    (r"not yet valid|not yet activated|not activated", "tls_not_yet_valid"),
    (
        (
            r"does not match|no alternative certificate subject name|sec_e_wrong_principal"
            r"|hostname mismatch|doesn't match|target principal name is incorrect"
            r"|name mismatch|is not valid for|unable to match"
        ),
        "tls_hostname_mismatch",
    ),
    (r"self[- ]?signed certificate in certificate chain", "tls_untrusted_ca"),
    (r"self[- ]?signed", "tls_self_signed"),
    (
        (
            r"key too (?:small|weak)|md too weak|insecure algorithm|too small"
            r"|sec_e_algorithm_mismatch|weak"
        ),
        "tls_weak_key",
    ),
    (
        (
            r"crypt_e_no_revocation_check|crypt_e_revocation_offline|0x80092012|0x80092013"
            r"|revocation"
        ),
        "tls_revocation_check",
    ),
    (
        (
            r"error setting certificate|error (?:adding|loading|reading) trust|ca ?(?:cert"
            r"|file|path).{0,40}(?:not found|no such|unreadable|cannot)"
            r"|problem with the ssl ca cert|error reading ca cert"
        ),
        "tls_ca_bundle_missing",
    ),
    (
        (
            r"unable to get (?:local )?issuer|unable to verify the first"
            r"|sec_e_untrusted_root|issuer (?:is )?(?:not recognized|unknown|is unknown)"
            r"|certificate signer not trusted|not trusted|untrusted|unknown ca"
            r"|cert verify failed|verification failed|chain was issued by an authority"
            r"|certificate verify failed|peer's certificate issuer"
        ),
        "tls_untrusted_ca",
    ),
)
_HANDSHAKE = (
    (
        (
            r"wrong version number|unknown protocol|http request"
            r"|packet length too long|exceeded the maximum permissible length"
            r"|record layer failure|plain http|sec_e_invalid_token"
            r"|unexpected tls packet|ssl_error_rx_record_too_long|record overflow"
            r"|an unexpected tls packet|invalid token|first record does not look like"
        ),
        "tls_not_tls",
    ),
    (r"unrecognized[ _]name|unrecognized_name", "tls_unrecognized_name"),
    (
        (
            r"protocol version|unsupported protocol|no protocols available"
            r"|version too low|legacy sigalg|protocol_version"
            r"|peer reports incompatible|sec_e_unsupported_function"
            r"|unsupported_protocol|tlsv1 alert protocol"
        ),
        "tls_protocol_version",
    ),
    (
        (
            r"handshake failure|handshake_failure|no shared cipher|sslv3 alert"
            r"|sec_e_illegal_message|internal error|no common encryption"
            r"|cipher_overlap|alert number|fatal alert|alert handshake"
            r"|alert certificate required|alert bad certificate|tlsv1\d? alert"
        ),
        "tls_handshake_failure",
    ),
    (r"dh key too small|bad dh|dh_key_too_small", "tls_weak_key"),
    (
        r"{RESET}|errno 10054|errno 104|recv failure|schannel: failed to receive handshake",
        "tls_reset",
    ),
    (
        (
            r"ssl_error_syscall|unexpected eof|eof (?:detected|was observed)|premature"
            r"|closed (?:connection|abruptly)|unexpectedly|non-properly terminated"
            r"|server closed abruptly|missing close_notify|pr_end_of_file"
        ),
        "tls_unexpected_eof",
    ),
)
_CONNECT = (
    (r"{REFUSED}", "tcp_refused"),
    (r"{NO_ROUTE}|{HOST_UNREACHABLE}", "host_unreachable"),
    (r"{NET_UNREACHABLE}|couldn't connect to server.{0,40}unreachable", "no_route"),
    (r"{PROHIBITED}|permission denied", "admin_prohibited"),
    (r"{TIMED_OUT}|timeout was reached|timed out", "tcp_timeout"),
)
_TIMEOUT = (
    (
        (
            r"resolving (?:host )?timed out|resolving timed out|name lookup timed out"
            r"|resolve host.{0,40}timed"
        ),
        "dns_timeout",
    ),
    (r"proxy connect.{0,40}timed? ?out|proxy connect aborted due to timeout", "proxy_unreachable"),
    (
        (
            r"ssl connection timeout|ssl connection timed|handshake timed out"
            r"|ssl/tls connection timeout"
        ),
        "tls_handshake_timeout",
    ),
    (r"bytes (?:received|out of)|operation too slow|less than \d+ bytes", "http_timeout"),
    (
        (
            r"(?:failed to connect|connect to|connection timed out|connection timeout"
            r"|connection time-out|connect\(\) timed out|timeout was reached|couldn't connect)"
        ),
        "tcp_timeout",
    ),
)
#: curl's verbose lines when the line with the code was not pasted.
WORDS: Final = table(
    (r"could not resolve proxy", "proxy_unresolvable"),
    (r"could not resolve(?: host)?:|couldn't resolve host", "dns_resolution_failed"),
    (r"resolving timed out", "dns_timeout"),
    (r"connect tunnel failed, response 407|received http code 407", "proxy_auth_required"),
    (r"ssl certificate problem: certificate has expired", "tls_expired"),
    (r"ssl certificate problem: self.signed certificate in", "tls_untrusted_ca"),
    (r"ssl certificate problem: self.signed", "tls_self_signed"),
    (r"ssl certificate problem|server certificate verification failed", "tls_untrusted_ca"),
    (r"ssl_connect: ssl_error_syscall", "tls_unexpected_eof"),
    (r"wrong version number", "tls_not_tls"),
    (r"ssl connection timeout", "tls_handshake_timeout"),
)
_BY_CODE: Final[Mapping[int, tuple[Rule, ...]]] = MappingProxyType(
    {
        4: table((r"ssl|tls", "tool_missing", "unknown")),
        7: table(*_CONNECT),
        28: table(*_TIMEOUT),
        35: table(*_VERIFY, *_HANDSHAKE),
        51: table(*_VERIFY),
        52: (),
        55: table((r"{RESET}|broken pipe", "tcp_reset")),
        56: table(
            (r"proxy connect aborted|proxy closed", "proxy_unreachable"),
            *_VERIFY[:1],
            *_HANDSHAKE[:4],
            (r"unexpected eof|ssl_read: ssl_error_syscall", "tls_unexpected_eof"),
            (r"{RESET}", "tcp_reset"),
        ),
        58: table(*_VERIFY, *_HANDSHAKE),
        60: table(*_VERIFY),
        77: table(
            (
                r"error setting|error adding|error reading|problem with|trust anchors",
                "tls_ca_bundle_missing",
            )
        ),
        83: table(*_VERIFY),
    }
)

_HELLO = re.compile(
    r"client hello|tls handshake|gnutls ciphers|initializing nss|alpn[:,] |schannel: ssl/tls conn",
    re.IGNORECASE,
)


def by_words(code: int, text: str, *, tls_up: bool) -> str:
    """The cause that the words give to this exit code, or an empty string."""
    for rule in _BY_CODE.get(code, ()):
        if rule.pattern.search(text):
            return _phase(rule.cause, text, tls_up=tls_up)
    return ""


def _phase(cause: str, text: str, *, tls_up: bool) -> str:
    """Verbose lines tell in which phase a bare timeout happened."""
    if cause in {"tcp_timeout", "http_timeout"} and _HELLO.search(text):
        return "http_timeout" if tls_up else "tls_handshake_timeout"
    if cause in {"tls_reset", "tls_unexpected_eof"} and tls_up:
        return "tcp_reset"
    return cause
