"""One activation in every exporter's hand: twenty-seven writers, as many ways to end."""

import gzip
import json
import zlib
from dataclasses import replace

from tests.evidence.har_calls import (
    GRAPHQL,
    LICENSE,
    MUTATION,
    Call,
    Json,
    Session,
    activation,
    answer,
    mutation,
)
from tests.evidence.har_case import Case, Writer, case
from tests.evidence.har_dialects import chrome, firefox, playwright, safari, sanitized
from tests.evidence.har_tools import TOOLS

CONNECTIVITY = "CONNECTIVITY_ERROR"
LOST = "The network connection was lost."
RESOLVE = (
    "Failed to open TCP connection to customers.gitlab.com:443"
    " (getaddrinfo: Name or service not known)"
)
REFUSED = (
    "Failed to open TCP connection to customers.gitlab.com:443"
    ' (Connection refused - connect(2) for "customers.gitlab.com" port 443)'
)
SILENT = "only get, head, options, and trace methods are allowed in silent mode"
SEATS = (
    "During the year before this license started, this GitLab installation had 1,204 active"
    " users, exceeding this license's limit of 1,000 by 204 users. Please add a license"
)
TRUE_UP = "You have applied a True-up for 0 users but you need one for 12 users"
LOCAL = "URL is blocked: Requests to the local network are not allowed"
NO_CLOUD = "Cannot activate instance without cloud compatible subscription"
_BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad"
    " Gateway</h1></center><hr><center>nginx</center></body></html>"
)
_GATEWAY_TIMEOUT = _BAD_GATEWAY.replace("502 Bad Gateway", "504 Gateway Time-out")
_CHANGE = (
    "<!DOCTYPE html><html><head><title>The change you requested was rejected (422)</title></head>"
    "<body><h1>422</h1><p>The change you requested was rejected.</p></body></html>"
)
_HTML = "text/html; charset=utf-8"


def _told(name: str, writer: Writer, cause: str, text: str) -> Case:
    return case(
        name, writer, lambda session: [activation(session, text)], "failed", cause, text,
        keep=("git.globex.example", "gitlabSubscriptionActivate", "/api/graphql"),
    )  # fmt: skip


def _http(name: str, status: int, cause: str, said: str, body: str, kind: str = _HTML) -> Case:
    return case(
        name, TOOLS[name],
        lambda session: [activation(session, status=status, got=body, got_type=kind)],
        "http_error", cause, *([said] if said else []), status=status,
    )  # fmt: skip


def _batched(session: Session) -> list[Call]:
    return [activation(session, got=answer(CONNECTIVITY, batched=True))]


def _nothing(session: Session) -> list[Call]:
    return [activation(session, status=0, error=LOST)]


def _zipped_answer(session: Session) -> list[Call]:
    return [activation(session, got=gzip.compress(answer(REFUSED).encode()),
                       answered=(("Content-Encoding", "gzip"),))]  # fmt: skip


def _deflated(session: Session) -> list[Call]:
    raw = zlib.compressobj(wbits=-15)
    body = raw.compress(answer(RESOLVE).encode()) + raw.flush()
    return [activation(session, got=body, answered=(("Content-Encoding", "deflate"),))]


def _unseen(session: Session) -> list[Call]:
    return [activation(session, got=None)]


def _own_client(session: Session) -> list[Call]:
    """A person's own request in an API client: token instead of a cookie, literal code."""
    query = MUTATION.replace(
        "$gitlabSubscriptionActivateInput)", ('{activationCode: "' + session.code + '"})')
    ).replace("activateSubscription(", "x(")
    token = ("PRIVATE-TOKEN", session.feed.replace("glft-", "glpat-"))
    session.planted.append(token[1])
    return [Call("POST", GRAPHQL, json.dumps({"query": query}), headers=(token,),
                 got=json.dumps({"data": {"gitlabSubscriptionActivate": {
                     "errors": [NO_CLOUD], "license": None}}}))]  # fmt: skip


def _unauthorized(session: Session) -> list[Call]:
    call = activation(session, status=401, got='{"message":"401 Unauthorized"}')
    return [replace(call, headers=(("Authorization", f"Bearer {session.feed}"),))]


def _bare(session: Session) -> list[Call]:
    return [activation(session)]


def _warned(session: Session) -> list[Call]:
    """Success with a warning of the licence's own beside it, and `errors` null."""
    body: Json = {"data": {"gitlabSubscriptionActivate": {
        "errors": None, "license": LICENSE, "futureSubscriptions": []}}}  # fmt: skip
    return [activation(session, sent=json.dumps(mutation(session)), got=json.dumps(body))]


EXPORTERS: tuple[Case, ...] = (
    case("chrome_batched", chrome, _batched, "failed", "app_connectivity_generic", CONNECTIVITY),
    _told("chrome_sanitized", sanitized, "app_invalid_activation_code", "invalid activation code"),
    case("edge", chrome, _bare, "activated", "app_graphql_ok"),
    _told("firefox", firefox, "dns_resolution_failed", RESOLVE),
    case("firefox_omitted", firefox, _unseen, "unknown", "har_bodies_omitted"),
    case("safari", safari, _warned, "activated", "app_graphql_ok"),
    case("safari_lost", safari, _nothing, "no_response", "app_no_response", status=None),
    _told("fiddler", TOOLS["fiddler"], "tcp_refused", REFUSED),
    _http("fiddler_everywhere", 502, "app_gateway_timeout http_server_error", "502", _BAD_GATEWAY),
    _told("charles", TOOLS["charles"], "app_connectivity_generic", CONNECTIVITY),
    case("charles_lost", TOOLS["charles"], _nothing, "no_response", "app_no_response",
         status=None),
    _told("mitmproxy", TOOLS["mitmproxy"], "proxy_auth_required",
          '407 "Proxy Authentication Required"'),
    _told("burp", TOOLS["burp"], "app_seat_overage", SEATS),
    _told("proxyman", TOOLS["proxyman"], "app_silent_mode", SILENT),
    _told("httptoolkit", TOOLS["httptoolkit"], "app_trueup_mismatch", TRUE_UP),
    case("insomnia", TOOLS["insomnia"], _own_client, "failed", "app_subscription_not_found",
         NO_CLOUD),
    case("postman", TOOLS["postman"], _unauthorized, "http_error", "app_unauthorized",
         "401 Unauthorized", status=401),
    _told("playwright", playwright, "app_blocked_url", LOCAL),
    case("playwright_lost", playwright, _nothing, "no_response", "app_no_response", status=None),
    _told("chrome_har", TOOLS["chrome_har"], "dns_timeout", "execution expired"),
    _told("cypress", TOOLS["cypress"], "app_subscription_expired",
          "This license has already expired."),
    case("webpagetest", TOOLS["webpagetest"], _bare, "activated", "app_graphql_ok"),
    case("browsermob", TOOLS["browsermob"], _nothing, "no_response", "app_no_response",
         status=None),
    case("curl_to_har", TOOLS["curl_to_har"], _bare, "unknown no_response",
         "har_bodies_omitted app_no_response", status=None),
    case("recorder", TOOLS["recorder"], lambda session: [activation(session, RESOLVE)],
         "failed", "dns_resolution_failed", "getaddrinfo: Name or service not known"),
    _http("selenium_wire", 422, "app_csrf_rejected", "rejected", _CHANGE),
    _http("zap", 504, "app_gateway_timeout", "504", _GATEWAY_TIMEOUT),
    _http("reqable", 500, "app_error_500", "Internal server error",
          '{"errors":[{"message":"Internal server error"}]}', "application/json"),
    case("gzip_kept", TOOLS["pcap2har"], _zipped_answer, "failed", "tcp_refused", REFUSED),
    case("deflate_kept", TOOLS["pcap2har"], _deflated, "failed", "dns_resolution_failed", RESOLVE),
)  # fmt: skip
