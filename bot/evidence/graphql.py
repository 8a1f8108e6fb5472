"""What did the instance's GraphQL API answer to the activation?"""

import re
from typing import Final

from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.rubywords import REASONS
from bot.evidence.rules import Rule, table

_MUTATION = re.compile(r"gitlabSubscriptionActivate|cloudActivationActivate", re.IGNORECASE)
_ERRORS = re.compile(
    r"\"?errors\"?\s?:\s?\[(?P<inside>(?:[^\[\]]|\[[^\[\]]{0,200}\]){0,4000}?)(?:\]|$)"
)
_MESSAGE = re.compile(r"\"message\"\s?:\s?\"(?P<text>(?:[^\"\\]|\\.){1,1000})\"")
_STRING = re.compile(r"\"(?P<text>(?:[^\"\\]|\\.){1,1000})\"")
_LICENSE = re.compile(
    r"\"?license\"?\s?:\s?\{[^{}]{0,40}\"?(?:id|activatedAt|startsAt|lastSync)\b"
    r"|gid://(?:gitlab|example_company)/License/\d+"
)
#: Words such as "403 Forbidden" mean something only inside an answer of the API.
_API_ANSWER = re.compile(r"[{\[] ?\"|graphql|gitlabSubscription|csrf|whoops", re.IGNORECASE)
#: The current license came from the portal, and was brought up to date by it.
_SYNCED = re.compile(
    r"\"currentLicense\"\s?:\s?\{[^{}]{0,600}\"online_cloud\"[^{}]{0,600}\"lastSync\"\s?:\s?\"\d",
    re.IGNORECASE,
)
_NULL_LICENSE = re.compile(r"\"?license\"?\s?:\s?null")

#: What the API itself says, as opposed to the activation.
_API: Final = table(
    (
        (
            r"field '?\w+'? (?:doesn't exist|is not defined)|cannot query field"
            r"|doesn't accept argument|isn't defined on inputobject|argument '?\w+'? on"
            r"|unknown (?:field|argument|type)|undefinedfield|undefinedtype|parse error"
            r"|syntax error|doesn't exist on type|expected type|invalid value for"
            r"|was provided invalid value|unexpected end of document|must have (?:selections"
            r"|a selection)"
        ),
        "app_graphql_schema",
    ),
    (
        (
            r"does(?:n't| not) exist or you don't have permission|401 unauthorized"
            r"|invalid token|unauthorized|insufficient_scope|permission to perform"
            r"|403 forbidden|forbidden|not logged in"
        ),
        "app_unauthorized",
    ),
    (
        r"can't verify csrf|invalidauthenticitytoken|422 - the change you requested",
        "app_csrf_rejected",
    ),
    (
        (
            r"internal server error|something went wrong on our end|500 - whoops"
            r"|\b500\b.{0,30}(?:error|whoops)"
        ),
        "app_error_500",
    ),
    (
        (
            r"502 - whoops|is not responding|waiting for (?:gitlab|example company) to boot"
            r"|bad gateway|gateway time-?out"
        ),
        "app_gateway_timeout",
    ),
)
_ACTIVATION: Final = table(
    (r"silent mode", "app_silent_mode"),
    (
        (
            r"without cloud compatible subscription|cannot be located|expired or ineligible"
            r"|subscription not found|no active subscription"
        ),
        "app_subscription_not_found",
    ),
    (
        r"invalid activation code|activation code is (?:not valid|invalid)|24-character",
        "app_invalid_activation_code",
    ),
    (r"already (?:been )?(?:used|redeemed|activated)", "app_code_already_used"),
    (
        r"connectivity (?:issue|error)|connectivity_error|needs to connect to",
        "app_connectivity_generic",
    ),
    (r"true-?up", "app_trueup_mismatch"),
    (r"exceed\w* .{0,60}limit|seat mismatch|active users", "app_seat_overage"),
    (r"(?:license|subscription) (?:has already|is|has) expired", "app_subscription_expired"),
    (r"not (?:yet )?started|starts? (?:on|in the future)", "app_subscription_not_started"),
    *REASONS,
    (r"returned=1 errno=0", "tls_handshake_failure"),
    (r"host cannot be resolved|{NO_NAME}|{NAME_AGAIN}|getaddrinfo", "dns_resolution_failed"),
    (r"are not allowed|allow list", "app_blocked_url"),
    (r"proxy authentication required|\b407\b", "proxy_auth_required"),
    (r"failed to open tcp connection.{0,120}execution expired|{TIMED_OUT}", "tcp_timeout"),
    (r"{REFUSED}", "tcp_refused"),
    (r"{NO_ROUTE}", "host_unreachable"),
    (r"{NET_UNREACHABLE}", "no_route"),
    (r"{RESET}", "tcp_reset"),
    (r"execution expired", "dns_timeout"),
)


def read_graphql(piece: Piece) -> tuple[Observation, ...]:
    """Errors first; an empty list with a license is success; anything less is unclear."""
    said = _errors(piece)
    if said:
        return (_failed(piece, said),)
    if piece.find(_NULL_LICENSE):
        return (piece.see("unclear", "fail", layer="app", match=piece.find(_NULL_LICENSE)),)
    license_shown = piece.find(_LICENSE)
    if license_shown and (piece.find(_MUTATION) or piece.find(_ERRORS)):
        return (piece.see("app_graphql_ok", "ok", match=license_shown),)
    if synced := piece.find(_SYNCED):
        return (piece.see("app_graphql_ok", "ok", match=synced),)
    return (_api_trouble(piece) or piece.see("truncated" if _cut(piece) else "unclear", "unknown"),)


def _errors(piece: Piece) -> tuple[str, ...]:
    said: list[str] = []
    for errors in _ERRORS.finditer(piece.flat):
        inside = errors["inside"]
        messages = [match["text"] for match in _MESSAGE.finditer(inside)]
        if not messages and "{" not in inside:
            messages = [match["text"] for match in _STRING.finditer(inside)]
        said += messages
    return tuple(dict.fromkeys(text.replace('\\"', '"') for text in said))[:10]


def _failed(piece: Piece, said: tuple[str, ...]) -> Observation:
    joined = " ".join(said)
    match = re.search(re.escape(said[0][:80]), piece.flat)
    for rule in (*_ACTIVATION, *_API):
        if rule.pattern.search(joined):
            return _see(piece, rule, match, said)
    return piece.see("unclear", "fail", layer="app", match=match, error_strings=said)


def _see(
    piece: Piece, rule: Rule, match: re.Match[str] | None, said: tuple[str, ...]
) -> Observation:
    return piece.see(rule.cause, rule.verdict, match=match, error_strings=said)


def _api_trouble(piece: Piece) -> Observation | None:
    if not piece.find(_API_ANSWER):
        return None
    for rule in _API:
        match = piece.find(rule.pattern)
        if match is not None:
            return piece.see(rule.cause, match=match)
    return None


def _cut(piece: Piece) -> bool:
    text = piece.flat
    return text.count("{") > text.count("}")
