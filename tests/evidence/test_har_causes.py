"""Which cause do a refusal's status and the product's own words name?"""

import io
import json
from typing import Any

import pytest

from bot.evidence.har.analysis import HarReport, analyse
from tests.evidence.har_samples import Recorder, Secrets, refused

CODE = "y3U6ukcCCnDDZWGssdiQpiG7"


def recorder(dialect: str = "chrome") -> Recorder:
    return Recorder(dialect, Secrets(1))


def told(log: Recorder | dict[str, Any]) -> HarReport:
    har = log.log() if isinstance(log, Recorder) else log
    return analyse(io.BytesIO(json.dumps({"log": har}).encode()))


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (400, '{"errors":[{"message":"Unexpected end of document"}]}', "app_bad_request"),
        (403, '{"message":"403 Forbidden"}', "app_unauthorized"),
        (403, "<html><title>Access denied</title>Zscaler policy", "http_block_page"),
        (422, '{"errors":["Can\'t verify CSRF token authenticity."]}', "app_csrf_rejected"),
        (429, "Retry later", "http_rate_limited"),
        (500, "<!DOCTYPE html><title>Something went wrong (500)</title>", "app_error_500"),
        (503, "<html><title>503 Service Unavailable</title>", "http_server_error"),
        (504, "", "app_gateway_timeout"),
    ],
)
def test_a_refusal_is_told_by_status_and_words(status: int, body: str, cause: str) -> None:
    r = recorder()
    r.activate(CODE, status, body, mime="text/html" if body.startswith("<") else "application/json")

    assert (told(r).outcome, told(r).cause, told(r).http_status) == ("http_error", cause, status)


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("Cannot activate instance due to a connectivity error", "app_connectivity_generic"),
        (
            "only get, head, options, and trace methods are allowed in silent mode",
            "app_silent_mode",
        ),
        ("The activation code is not valid", "app_invalid_activation_code"),
        ("without cloud compatible subscription", "app_subscription_not_found"),
        ("This license has already expired", "app_subscription_expired"),
        ("This activation code has already been used", "app_code_already_used"),
        ("The subscription has not started yet", "app_subscription_not_started"),
        (
            (
                "This GitLab installation currently has 312 active users, exceeding this license's"
                " limit of 250 by 62 users. Please add a license"
            ),
            "app_seat_overage",
        ),
        (
            "You have applied a True-up for 5 users but you need one for 12 users",
            "app_trueup_mismatch",
        ),
        (
            (
                "Failed to open TCP connection to customers.example_company.com:443 (getaddrinfo:"
                " Name or service not known)"
            ),
            "dns_resolution_failed",
        ),
        (
            (
                "Failed to open TCP connection to customers.example_company.com:443"
                " (execution expired)"
            ),
            "tcp_timeout",
        ),
        (
            (
                "Failed to open TCP connection to proxy.acme.local:3128 (Connection refused -"
                " connect(2))"
            ),
            "proxy_unreachable",
        ),
        ("execution expired", "dns_timeout"),
        ('407 "Proxy Authentication Required"', "proxy_auth_required"),
        ("URL is blocked: Requests to the local network are not allowed", "app_blocked_url"),
        ("URL is blocked: Host cannot be resolved or invalid", "dns_resolution_failed"),
        ("No route to host - connect(2)", "host_unreachable"),
        ("certificate verify failed (unable to get local issuer certificate)", "tls_untrusted_ca"),
        ("certificate verify failed (self signed certificate)", "tls_self_signed"),
        ("SSL_connect returned=1 errno=0 state=error: wrong version number", "tls_not_tls"),
        ("Connection reset by peer - SSL_connect", "tls_reset"),
        (
            (
                "The resource that you are attempting to access does not exist or you don't have"
                " permission to perform this action"
            ),
            "app_unauthorized",
        ),
        ("InputObject argument 'activationCode' isn't defined on X", "app_graphql_schema"),
        ("Something nobody has seen before", "unclear"),
    ],
)
def test_the_product_s_words_name_the_cause(said: str, cause: str) -> None:
    r = recorder()
    r.activate(CODE, body=refused(said))

    assert (told(r).outcome, told(r).cause, told(r).error_strings) == ("failed", cause, (said,))
