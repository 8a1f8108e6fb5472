"""Which cause an error text of the product, a status or a page stands for."""

import re
from functools import lru_cache
from typing import Final

#: Cause and pattern, first match wins: a proven layer before the product's own general words.
#: `<portal>` is the portal's host, whose own name in a text means that no proxy was used.
_TABLE: Final = r"""
app_silent_mode              silent mode
proxy_auth_required          \b407\b|proxy authentication required
proxy_forbidden              proxy.{0,40}\b403\b|\b403 "?forbidden"?.{0,20}proxy
tls_expired                  certificate has expired
tls_not_yet_valid            certificate is not yet valid
tls_hostname_mismatch        hostname.{0,80}(?:mismatch|does not match)
tls_hostname_mismatch        does not match the server
tls_untrusted_ca             self[- ]signed certificate in certificate chain
tls_self_signed              self[- ]signed certificate
tls_weak_key                 (?:key|md|ca) too (?:small|weak)
tls_untrusted_ca             certificate verify failed|unable to get (?:local )?issuer
tls_not_tls                  wrong version number|unknown protocol|packet length too long
tls_unrecognized_name        unrecognized[_ ]name
tls_protocol_version         protocol version|unsupported protocol|no protocols available
tls_handshake_failure        handshake failure|tlsv1 alert|sslv3 alert|no shared cipher
tls_reset                    ssl_connect.{0,80}reset by peer|reset by peer.{0,40}ssl
tls_unexpected_eof           unexpected eof|ssl_connect syscall
tls_handshake_timeout        ssl_connect.{0,60}(?:timed out|execution expired)
tls_handshake_failure        returned=1 errno=0
proxy_unresolvable           connection to (?!<portal>)\S+:(?!443\b|80\b)\d+.{0,20}getaddrinfo
proxy_unreachable            connection to (?!<portal>)\S+:(?!443\b|80\b)\d+.{0,20}refused
proxy_unreachable            connection to (?!<portal>)\S+:(?!443\b|80\b)\d+.{0,20}expired
proxy_unreachable            connection to (?!<portal>)\S+:(?!443\b|80\b)\d+.{0,20}timed out
dns_resolution_failed        getaddrinfo|host cannot be resolved|name or service not known
dns_resolution_failed        name resolution|nodename nor servname|could not resolve
app_blocked_url              are not allowed|allow ?list are denied|url is blocked|blockedurl
ipv6_unreachable             \[[0-9a-f:]{2,}\].{0,60}(?:unreachable|no route)
host_unreachable             no route to host
no_route                     network is unreachable|cannot assign requested address
tcp_refused                  connection refused|econnrefused
tcp_timeout                  failed to open tcp connection.{0,200}(?:expired|timed out)
tcp_timeout                  opentimeout|connection timed out|etimedout|open timeout
http_timeout                 readtimeout|net::read|request timed out|read timeout
tcp_reset                    connection reset|econnreset
http_unexpected_status       end of file reached
dns_timeout                  execution expired
app_csrf_rejected            invalid ?authenticity ?token|verify csrf|csrf token
app_csrf_rejected            change you requested was rejected
app_graphql_schema           field '?\w+'? (?:doesn't exist|is not defined)|cannot query field
app_graphql_schema           parse error on|doesn't accept argument|isn't defined|syntax error
app_graphql_schema           unknown (?:field|argument|type)|doesn't exist on type
app_graphql_schema           invalid value|persistedquerynot|must have (?:a )?selections?
app_trueup_mismatch          true-?up
app_code_already_used        already (?:been )?(?:used|redeemed|activated|in use|assigned|claimed)
app_code_already_used        in use by another
app_subscription_not_found   without (?:a )?cloud[- ]compatible|expired or ineligible
app_subscription_not_found   (?:could|can)(?:not| not) be (?:located|found)
app_subscription_not_found   no (?:active|eligible) subscription|subscription not found
app_invalid_activation_code  invalid activation code|activation code is (?:not valid|invalid)
app_invalid_activation_code  24-character|license key is invalid
app_invalid_activation_code  code .{0,30}(?:not recogni[sz]ed|unknown|malformed|does not exist)
app_seat_overage             active users?.{0,80}(?:exceed|limit)|users over
app_seat_overage             exceed\w*.{0,60}(?:limit|seats|users)|more users than
app_seat_overage             seat (?:mismatch|overage|count)|too many (?:active |billable )?users
app_subscription_not_started not (?:yet )?(?:started|active)|future[- ]dated|start date
app_subscription_not_started (?:has|have|does)(?:n't| not) (?:yet )?start
app_subscription_not_started starts? (?:on|in the future|at)
app_subscription_expired     (?:license|subscription|term).{0,40}(?:expired|ended|lapsed)
app_connectivity_generic     connectivity|needs to connect to
app_unauthorized             not exist or you don't have permission|unauthori[sz]ed|forbidden
app_unauthorized             not authenticated|invalid token|insufficient_scope|permission to
app_unauthorized             logged? in|signed? in
app_gateway_timeout          gateway time-?out|bad gateway|is not responding
app_error_500                internal server error|something went wrong|whoops|\b500\b
app_error_500                our team has been notified
http_rate_limited            rate limit|too many requests|retry later
"""
_PORTAL: Final = r"\S{0,8}customers\.(?:gitlab|example_company|example-company)\.com"
_SAID: Final = tuple(
    (re.compile(pattern.replace("<portal>", _PORTAL), re.IGNORECASE | re.DOTALL), cause)
    for cause, pattern in (line.split(maxsplit=1) for line in _TABLE.strip().splitlines())
)


@lru_cache(maxsize=256)
def cause_of_words(texts: tuple[str, ...]) -> str:
    """Return the cause that the product's words name; `unclear` when they name none."""
    for pattern, cause in _SAID:
        if any(pattern.search(text[:2000]) for text in texts):
            return cause
    return "unclear"


_STATUS: Final = {
    400: "app_bad_request", 401: "app_unauthorized", 403: "http_forbidden",
    404: "http_unexpected_status", 407: "proxy_auth_required", 408: "http_timeout",
    413: "app_bad_request", 415: "app_bad_request", 419: "app_csrf_rejected",
    422: "app_csrf_rejected", 429: "http_rate_limited", 500: "app_error_500",
    502: "app_gateway_timeout", 503: "http_server_error", 504: "app_gateway_timeout",
}  # fmt: skip
_SERVER_ERROR: Final = 500


def cause_of_status(status: int) -> str:
    """Return the cause of an answer that is no GraphQL, by its status alone."""
    known = _STATUS.get(status)
    return known or ("http_server_error" if status >= _SERVER_ERROR else "http_unexpected_status")


_BLOCKED: Final = re.compile(
    r"(?i)access (?:to this (?:site|page|resource) )?(?:is |has been )?(?:denied|blocked)"
    r"|web ?filter|blocked by|fortiguard|zscaler|cloudflare ray|attention required|umbrella"
    r"|request blocked|web application firewall|incident id|policy violation|security policy"
)
_PORTAL_PAGE: Final = re.compile(r"(?i)captive portal|accept the terms|guest (?:wi-?fi|network)")
_SIGN_IN: Final = re.compile(
    r"(?i)sign in|log ?in\b|anmelden|connexion|iniciar sesi|single sign-on|saml"
)
_CSRF: Final = re.compile(r"(?i)change you requested was rejected|authenticity ?token|csrf")


def cause_of_page(page: str, title: str, status: int) -> str:
    """Return the cause of a page that came instead of JSON."""
    if _CSRF.search(page[:20_000]) and status in {400, 403, 419, 422}:
        return "app_csrf_rejected"
    if _PORTAL_PAGE.search(page[:20_000]):
        return "http_captive_portal"
    if _BLOCKED.search(page[:20_000]):
        return "http_block_page"
    success = 200 <= status < 300  # noqa: PLR2004 - the class of HTTP statuses
    if success and _SIGN_IN.search(title or page[:5_000]):
        return "app_unauthorized"
    return "http_block_page" if success else cause_of_status(status)


def is_sign_in(text: str) -> bool:
    """Say whether a title or an address belongs to a page where people sign in."""
    return bool(_SIGN_IN.search(text) or re.search(r"/sign_in|/login|/saml|/oauth/authorize", text))
