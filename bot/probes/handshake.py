"""One TLS handshake on an open socket, with everything the peer showed until it ended."""

import contextlib
import re
import socket
import ssl
import weakref
from dataclasses import dataclass
from typing import Final

from bot.probes.certificates import Chain, cause_of, read_chain
from bot.probes.patience import Deadline

#: OpenSSL's reason, as Python spells it → cause; the first pattern that matches.
_REASONS: Final = tuple(
    (re.compile("|".join(words)), cause)
    for cause, *words in (
        ("tls_client_cert_required", "CERTIFICATE_REQUIRED"),
        ("tls_unrecognized_name", "UNRECOGNIZED_NAME"),
        ("tls_protocol_version", "PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "VERSION_TOO",
         "LEGACY_SIGALG", "NO_PROTOCOLS", "UNSAFE_LEGACY", "WRONG_SSL_VERSION"),
        ("tls_not_tls", "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL",
         "PACKET_LENGTH", "HTTPS_PROXY_REQUEST", "BAD_RECORD_TYPE", "RECORD_LAYER_FAILURE"),
        ("tls_weak_key", "KEY_TOO_SMALL", "MD_TOO_WEAK"),
        ("tls_unexpected_eof", "UNEXPECTED_EOF"),
    )
)  # fmt: skip
_CERTIFICATE_REQUEST: Final = 13
"""Handshake message type (RFC 8446, RFC 5246)."""
_MISMATCH: Final = 62
"""X509_V_ERR_HOSTNAME_MISMATCH, which OpenSSL would have said."""
_NO_CHAIN: Final = Chain()
_ASKED_FOR_CERTIFICATE: Final["weakref.WeakSet[object]"] = weakref.WeakSet()
"""Connections whose peer sent a CertificateRequest; a context is shared by several threads."""


@dataclass(frozen=True, slots=True)
class Hello:
    """How a handshake ended. `cause` is ``tls_ok`` when it was completed and verified."""

    cause: str
    detail: str = ""
    verify_code: int = 0
    chain: Chain = _NO_CHAIN
    protocol: str = ""
    cipher: str = ""
    client_certificate_wanted: bool = False
    sock: ssl.SSLSocket | None = None
    """The open connection of a completed handshake, for whoever asked to keep it."""

    @property
    def answered(self) -> bool:
        """Did the peer say anything in TLS, be it an alert?"""
        return self.cause not in (
            "tls_handshake_timeout", "tls_reset", "tls_unexpected_eof", "tls_not_tls",
        )  # fmt: skip


def shake_hands(
    sock: socket.socket,
    name: str,
    context: ssl.SSLContext,
    deadline: Deadline,
    *,
    send_name: bool = True,
    expected_issuer: str = "",
) -> Hello:
    """Do one handshake and verify as the product would; `sock` belongs to the result."""
    used = context if send_name else _nameless(context)
    _watch(used)
    # Names are compared below: OpenSSL refuses wildcards above an underscore.
    used.check_hostname = False
    try:
        wrapped = used.wrap_socket(
            sock, server_hostname=name if send_name else None, do_handshake_on_connect=False
        )
    except (OSError, ValueError) as error:  # reset before the first byte, or no host name
        sock.close()
        return Hello(cause=_cause_of_error(error), detail=_words_of(error))
    wrapped.settimeout(deadline.left())
    cause, detail, code = "tls_ok", "", 0
    try:
        wrapped.do_handshake()
    except ssl.SSLCertVerificationError as error:
        code, detail = error.verify_code, error.verify_message
        cause = ""
    except (OSError, ValueError) as error:
        cause, detail = _cause_of_error(error), _words_of(error)
    wanted = wrapped in _ASKED_FOR_CERTIFICATE
    if cause == "tls_handshake_failure" and wanted:
        cause = "tls_client_cert_required"
    chain = read_chain(_encoded_chain(wrapped), name) if cause in ("", "tls_ok") else _NO_CHAIN
    if cause == "tls_ok" and send_name and not chain.speaks_for_host:
        cause, detail, code = "tls_hostname_mismatch", "hostname mismatch", _MISMATCH
    hello = Hello(
        cause=cause or cause_of(chain, code, context, expected_issuer),
        detail=detail,
        verify_code=code,
        chain=chain,
        protocol=(wrapped.version() or "") if cause == "tls_ok" else "",
        cipher=(wrapped.cipher() or ("",))[0] if cause == "tls_ok" else "",
        client_certificate_wanted=wanted,
        sock=wrapped if cause == "tls_ok" else None,
    )
    if hello.sock is None:
        wrapped.close()
    return hello


def cause_of_alert(error: OSError) -> str:
    """The cause of a TLS error that comes after the handshake, empty when it is none."""
    return _cause_of_error(error) if isinstance(error, ssl.SSLError) else ""


def _nameless(context: ssl.SSLContext) -> ssl.SSLContext:
    """Return a context for the hello without a server name: it only asks whether one answers."""
    nameless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    nameless.check_hostname = False
    nameless.verify_mode = ssl.CERT_NONE
    nameless.minimum_version = context.minimum_version
    return nameless


def _watch(context: ssl.SSLContext) -> None:
    """Note who asks for a certificate: alert 40 means two things (see RFC 5246 7.2.2)."""
    # Private, but the only way to see a CertificateRequest; without it one cause is less exact.
    with contextlib.suppress(AttributeError, TypeError):
        context._msg_callback = _note_message  # type: ignore[attr-defined]  # noqa: SLF001  see above


def _note_message(connection: object, direction: str, *message: object) -> None:
    if direction == "read" and message[2] == _CERTIFICATE_REQUEST:
        _ASKED_FOR_CERTIFICATE.add(connection)


def _cause_of_error(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "tls_handshake_timeout"
    if isinstance(error, ConnectionError):
        return "tls_reset"
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return "tls_unexpected_eof"
    reason = getattr(error, "reason", None) or str(error).upper().replace(" ", "_")
    for pattern, cause in _REASONS:
        if pattern.search(str(reason)):
            return cause
    return "tls_handshake_failure" if isinstance(error, ssl.SSLError) else "tls_reset"


def _words_of(error: Exception) -> str:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return str(reason).replace("_", " ").lower()


def _encoded_chain(wrapped: ssl.SSLSocket) -> list[bytes]:
    """Return the chain as the peer sent it, verified or not."""
    source = wrapped if hasattr(wrapped, "get_unverified_chain") else wrapped._sslobj  # type: ignore[attr-defined]  # noqa: SLF001  public from 3.13 on
    try:
        found = source.get_unverified_chain() or ()
    except (AttributeError, ValueError, OSError):
        return []
    return [item if isinstance(item, bytes) else item.public_bytes(2) for item in found]
