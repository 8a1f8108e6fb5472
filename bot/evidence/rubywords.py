"""What Ruby, the rails console and the product's own HTTP client say when a request fails."""

import re
from typing import Final

from bot.evidence.rules import Row, table

OPEN_TO: Final = re.compile(
    (
        r"failed to open tcp connection to (?P<host>\[[0-9a-f:]+\]"
        r"|[\w.-]+):(?P<port>\d+)?\s?\(?(?P<why>.{0,300})"
    ),
    re.IGNORECASE,
)
EXCEPTION: Final = re.compile(
    r"\b(?P<exception>Net::(?:OpenTimeout|ReadTimeout|WriteTimeout|ProtocolError|HTTPBadResponse"
    r"|HTTP(?:Client|Server)Exception|HTTP(?:Fatal|Retriable|HeaderSyntax)?Error)"
    r"|OpenSSL::SSL::SSLError|Errno::E[A-Z0-9]+|SocketError|Socket::ResolutionError"
    r"|Timeout::Error|EOFError|HTTParty::(?:\w{0,30}Error|RedirectionTooDeep)"
    r"|(?:Gitlab::)?(?:HTTP(?:_V2)?::)?(?:UrlBlocker::)?BlockedUrlError"
    r"|Gitlab::HTTP(?:_V2)?::\w{0,30}(?:Error|Timeout)|NameError|NoMethodError|ActiveRecord::\w+"
    r"|Faraday::\w{0,30}Error|Faraday::ConnectionFailed|Excon::Error\S{0,30}|PG::\w+|URI::InvalidURIError|Resolv::\w+|ArgumentError|SyntaxError|LoadError)\b"
)
SNIPPET: Final = table(
    (
        (
            r"uninitialized constant (?:\w+::)*(?:subscriptions_url|subscriptionportal)\b"
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
BLOCKED: Final = table(
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
#: Why verification failed: Ruby puts it in brackets, and the product quotes Ruby.
REASONS: Final[tuple[Row, ...]] = (
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
)
TLS: Final = table(
    *REASONS,
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
            r"|net::opentimeout\W{1,6}(?:exception.message\W{1,6})?net::opentimeout\b"
        ),
        "tls_handshake_timeout",
    ),
    (r"no such file or directory.{0,60}\.(?:pem|crt)|x509store|ca_file", "tls_ca_bundle_missing"),
)
WHY: Final = table(
    (r"{NAME_AGAIN}|{NO_NAME}|getaddrinfo", "dns_resolution_failed"),
    (r"{REFUSED}", "tcp_refused"),
    (r"{NO_ROUTE}|{HOST_UNREACHABLE}", "host_unreachable"),
    (r"{NET_UNREACHABLE}", "no_route"),
    (r"{PROHIBITED}|permission denied", "admin_prohibited"),
    (r"execution expired|{TIMED_OUT}|timed out", "tcp_timeout"),
    (r"{RESET}", "tcp_reset"),
)
LOOSE: Final = table(
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
