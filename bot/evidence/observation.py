"""What one look at the network or the product saw, in the one closed vocabulary."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

Layer = Literal["ok", "dns", "ip", "tcp", "tls", "http", "proxy", "app", "unknown"]
Verdict = Literal["ok", "warn", "fail", "unknown"]
Activates = Literal["yes", "degraded", "no", "unknown"]
Confidence = Literal["certain", "likely", "unclear"]

#: A value that a look can record; lists become tuples so that an observation stays frozen.
Fact = str | int | float | bool | tuple[str, ...]

LAYERS: Final[tuple[Layer, ...]] = (
    "ok", "dns", "ip", "tcp", "tls", "http", "proxy", "app", "unknown",
)  # fmt: skip

_CAUSES_OF: Final[Mapping[Layer, str]] = {
    "dns": (
        "dns_ok dns_nxdomain dns_servfail dns_refused dns_timeout dns_no_address"
        " dns_no_aaaa dns_sinkhole dns_private_answer dns_hosts_override"
        " dns_resolution_failed wrong_hostname dns_resolver_unreachable"
        " dns_first_resolver_dead dns_aaaa_timeout"
    ),
    "ip": (
        "icmp_ok icmp_no_reply packet_loss no_route host_unreachable admin_prohibited"
        " ipv6_unreachable ipv4_unreachable route_stops high_latency ip_stale_address"
        " ip_blackhole mtu_blackhole"
    ),
    "tcp": "tcp_ok tcp_timeout tcp_refused tcp_reset tcp_partial",
    "tls": (
        "tls_ok tls_untrusted_ca tls_inspection tls_self_signed tls_incomplete_chain"
        " tls_expired tls_not_yet_valid tls_hostname_mismatch tls_weak_key"
        " tls_protocol_version tls_handshake_failure tls_unrecognized_name"
        " tls_handshake_timeout tls_reset tls_unexpected_eof tls_not_tls"
        " tls_ca_bundle_missing tls_revocation_check tls_verification_disabled"
        " tls_sni_blocked tls_client_cert_required"
    ),
    "http": (
        "http_ok_redirect_signin http_forbidden http_server_error http_rate_limited"
        " http_block_page http_captive_portal http_redirect_loop http_redirect_https"
        " http_timeout http_unexpected_status http_slow http_connection_closed"
    ),
    "proxy": (
        "proxy_ok proxy_auth_required proxy_forbidden proxy_unreachable"
        " proxy_unresolvable proxy_upstream_failed proxy_configured no_proxy_configured"
        " no_proxy_bypass proxy_bypass_needed"
    ),
    "app": (
        "app_graphql_ok app_silent_mode app_subscription_not_found"
        " app_invalid_activation_code app_connectivity_generic app_graphql_schema"
        " app_unauthorized app_blocked_url app_error_500 app_gateway_timeout"
        " seatlink_sync_failed console_snippet_version_mismatch console_unavailable"
        " license_record_not_found license_destroyed no_license sidekiq_down"
        " app_trueup_mismatch app_seat_overage app_code_already_used"
        " app_subscription_expired app_subscription_not_started app_csrf_rejected"
        " app_bad_request app_no_response app_answer_unknown no_activation"
    ),
    "unknown": (
        "irrelevant truncated tool_missing unclear har_malformed har_truncated har_bodies_omitted"
    ),
    "ok": "ok",
}

#: Every cause id with the layer it belongs to. Closed: a new cause is a new line here and a
#: sentence in manifests/runbook/findings.toml.
CAUSES: Final[Mapping[str, Layer]] = MappingProxyType(
    {cause: layer for layer, causes in _CAUSES_OF.items() for cause in causes.split()}
)


@dataclass(frozen=True, slots=True)
class Observation:
    """What one look saw.

    The same type holds a probe of ours, a Globalping result, pasted output, the check script and
    a HAR file, so that all of them can be judged together.
    """

    probe: str
    """What looked: a probe's or a tool's name, such as ``dns``, ``curl`` or ``har``."""
    target: str
    """Host, address or URL that was looked at, redacted."""
    vantage: str
    """``bot:<name>``, ``globalping:<place>``, ``customer:paste|har|script`` or ``product``."""
    layer: Layer
    """The layer about which something decisive is said; ``unknown`` when nothing follows."""
    cause: str
    """A key of `CAUSES`."""
    verdict: Verdict
    """``warn`` means: works, or proves nothing alone."""
    detail: str = ""
    """The redacted line that shows it, at most about 300 characters."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """Typed values: ``ip``, ``http_status``, ``issuer``, ``rcode``, ``ms`` …"""
    seen_at: datetime | None = None
    """When it was seen, in UTC; None when the evidence does not say."""

    def __post_init__(self) -> None:
        """Refuse a cause outside the closed vocabulary: a typo must not reach a ticket."""
        if self.cause not in CAUSES:
            raise ValueError(f"{self.cause!r} is not a cause of evidence/observation.py")


@dataclass(frozen=True, slots=True)
class Assessment:
    """Observations judged together: the layer and cause that stop activation first."""

    layer: Layer
    cause: str
    activates: Activates
    """Could a self-managed instance activate through this network?"""
    confidence: Confidence
    also: tuple[str, ...] = ()
    """Further causes that were seen, most important first."""
