"""Of all observations in a paste: which one decides?"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.evidence.observation import Layer, Observation

#: Later layers prove the earlier ones; a proxy stands between us and everything.
_ORDER: Final[tuple[Layer, ...]] = (
    "unknown",
    "ok",
    "dns",
    "ip",
    "tcp",
    "tls",
    "http",
    "proxy",
    "app",
)
#: These prove nothing once something later works.
_WEAK: Final = frozenset(
    {
        "icmp_no_reply",
        "packet_loss",
        "dns_no_aaaa",
        "ipv6_unreachable",
        "route_stops",
        "no_proxy_configured",
        "http_redirect_https",
        "proxy_configured",
        "no_proxy_bypass",
        "irrelevant",
        "truncated",
        "tool_missing",
        "unclear",
    }
)
#: Symptoms: they name no layer, so any proven fault explains them.
_SYMPTOMS: Final = frozenset(
    {
        "app_connectivity_generic",
        "seatlink_sync_failed",
        "unclear",
        "app_no_response",
        "dns_resolution_failed",
    }
)
_VAGUE: Final = frozenset(
    {
        "dns_resolution_failed",
        "tls_untrusted_ca",
        "tls_handshake_failure",
        "http_unexpected_status",
        "unclear",
        "tls_self_signed",
    }
)
#: The application's own path: what fails here fails for activation, whatever curl says.
_OWN_PATH: Final = frozenset({"ruby", "log", "rake", "graphql", "product"})


def headline(observations: Sequence[Observation]) -> Observation | None:
    """The observation that decides; a healthy one is said of layer ``ok``."""
    if not observations:
        return None
    fails = [
        seen
        for seen in observations
        if seen.verdict == "fail" and not _overtaken(seen, observations)
    ]
    if fails:
        return _worst(fails)
    return _best(observations)


def _overtaken(failed: Observation, observations: Sequence[Observation]) -> bool:
    """Something later worked, over the same path: then this fault stops nothing."""
    if failed.probe in _OWN_PATH:
        return False
    return any(
        seen.verdict == "ok"
        and seen is not failed
        and _rank(seen) > _rank(failed)
        and seen.cause
        not in {"no_proxy_configured", "no_proxy_bypass", "app_graphql_ok", "license_destroyed"}
        and not _other_host(seen, failed)
        for seen in observations
    )


def _other_host(one: Observation, other: Observation) -> bool:
    return (
        bool(one.target and other.target)
        and one.target != other.target
        and one.target[0].isalpha()
        and other.target[0].isalpha()
    )


def _rank(seen: Observation) -> int:
    return _ORDER.index(seen.layer)


def _worst(fails: Sequence[Observation]) -> Observation:
    """The application's own failure first, then the latest layer, then the most exact cause."""
    proven = [seen for seen in fails if seen.cause not in _SYMPTOMS] or list(fails)
    own = [seen for seen in proven if seen.probe in _OWN_PATH]
    candidates = own or proven
    return max(
        candidates, key=lambda seen: (_rank(seen), seen.cause not in _VAGUE, _is_last(seen, fails))
    )


def _is_last(seen: Observation, among: Sequence[Observation]) -> int:
    return next(index for index, other in enumerate(among) if other is seen)


def _best(observations: Sequence[Observation]) -> Observation:
    warned = [seen for seen in observations if seen.verdict == "warn" and seen.cause not in _WEAK]
    if warned:
        return max(warned, key=_rank)
    healthy = [seen for seen in observations if seen.verdict == "ok"]
    if healthy:
        return _as_ok(max(healthy, key=_rank))
    weak = [seen for seen in observations if seen.verdict in {"warn", "fail"}]
    if weak:
        return max(weak, key=_rank)
    return _least_unknown(observations)


def _as_ok(seen: Observation) -> Observation:
    return replace(seen, layer="ok")


def _least_unknown(observations: Sequence[Observation]) -> Observation:
    order = ("truncated", "tool_missing", "unclear", "irrelevant")
    for cause in order:
        for seen in observations:
            if seen.cause == cause:
                return seen
    return observations[0]
