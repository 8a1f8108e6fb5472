"""Of all observations in a paste: which one decides?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.evidence.gate import closed_by
from bot.evidence.observation import Layer, Observation
from bot.evidence.portal import is_control, is_other_name, is_portal

#: Later layers prove the earlier ones; a proxy stands between us and everything.
_ORDER: Final[tuple[Layer, ...]] = (
    "unknown", "ok", "dns", "ip", "tcp", "tls", "http", "proxy", "app",
)  # fmt: skip
#: These prove nothing once something later works.
_WEAK: Final = frozenset(
    {
        "icmp_no_reply", "packet_loss", "dns_no_aaaa", "ipv6_unreachable", "route_stops",
        "no_proxy_configured", "http_redirect_https", "proxy_configured", "no_proxy_bypass",
        "irrelevant", "truncated", "tool_missing", "unclear",
    }
)  # fmt: skip
#: Symptoms: they name no cause, so any proven fault explains them.
_SYMPTOMS: Final = frozenset({"app_connectivity_generic", "seatlink_sync_failed", "unclear"})
_VAGUE: Final = frozenset(
    {
        "dns_resolution_failed", "tls_untrusted_ca", "tls_handshake_failure", "tls_self_signed",
        "http_unexpected_status", "unclear",
    }
)  # fmt: skip
#: Ruby hides the issuer and the resolver's answer; openssl and dig show them.
_SAME_FAULT: Final[Mapping[str, frozenset[str]]] = {
    "tls_untrusted_ca": frozenset(
        {"tls_inspection", "tls_incomplete_chain", "tls_expired", "tls_hostname_mismatch"}
    ),
    "dns_resolution_failed": frozenset({"dns_nxdomain", "dns_servfail", "dns_refused"}),
}
#: With verification off a tool shows the certificate that it would have refused.
_SHOWS: Final = frozenset({"insecure"})
#: What works here says nothing about the way to the portal.
_PROVES_NO_PATH: Final = frozenset(
    {"no_proxy_configured", "no_proxy_bypass", "license_destroyed", "icmp_ok", "dns_ok"}
)
#: Good news of the instance or of its settings: nobody looked at the way.
_NO_LOOK: Final = frozenset({"ok", "no_proxy_configured", "no_proxy_bypass", "license_destroyed"})
#: The application's own path: what fails here fails for activation, whatever curl says.
_OWN_PATH: Final = frozenset({"ruby", "log", "rake", "graphql", "product"})
#: CURLE_OPERATION_TIMEDOUT.
_TIMED_OUT: Final = 28
#: Looked up as the application does, through NSS.
_THROUGH_NSS: Final = frozenset({"getent", "ping", "curl", "ruby", "wget"})


#: A snippet of another version; the right one was tried next.
_MISTYPED: Final = frozenset({"console_snippet_version_mismatch"})
#: Found by their words alone: which machine, host and path they are about is not known.
_BY_WORDS: Final = frozenset({"generic", "text"})


def headline(observations: Sequence[Observation]) -> Observation | None:
    """The observation that decides; a healthy one is said of layer ``ok``, past the last gate."""
    read = [seen for seen in observations if not seen.facts.get("doubt")]
    if not read:
        return None
    found = _decisive(read)
    if found.layer != "ok" or found.facts.get("judged"):
        return found
    return closed_by(found, observations) or found


def _decisive(observations: Sequence[Observation]) -> Observation:
    observations = _of_the_portal(observations)
    judged = _judged(observations)
    if judged is not None:
        return judged
    fails = [
        seen
        for index, seen in enumerate(observations)
        if seen.verdict == "fail" and not _overtaken(index, observations)
    ]
    if fails:
        return _worst(fails)
    return _best(observations)


def _of_the_portal(observations: Sequence[Observation]) -> Sequence[Observation]:
    """Beside a clear look at the portal, what fails towards another host is another matter."""
    if not any(is_portal(seen.target) and seen.verdict != "unknown" for seen in observations):
        return observations
    return [seen for seen in observations if not _elsewhere(seen)] or observations


def _elsewhere(seen: Observation) -> bool:
    if seen.verdict != "fail" or seen.layer in {"proxy", "app"} or seen.probe in _OWN_PATH:
        return False
    host = str(seen.facts.get("host", ""))
    return is_control(host) or is_other_name(host)


def _judged(observations: Sequence[Observation]) -> Observation | None:
    """The check script's own sum, unless the application fails where the script's tools pass."""
    sums = [seen for seen in observations if seen.facts.get("judged")]
    own = [seen for seen in observations if seen.probe in _OWN_PATH and seen.verdict == "fail"]
    if sums and own and sums[-1].verdict != "fail":
        return _worst(own)
    return sums[-1] if sums else None


def _overtaken(index: int, observations: Sequence[Observation]) -> bool:
    """Something worked over the same path that could not work with this fault."""
    failed = observations[index]
    return any(
        _refutes(seen, failed, later=position > index)
        for position, seen in enumerate(observations)
        if seen.verdict in {"ok", "warn"} and seen.cause not in _WEAK and seen.probe != "hosts"
    )


def _refutes(seen: Observation, failed: Observation, *, later: bool) -> bool:
    if _is_no_servers(seen, failed):
        return _rank(seen) >= _rank(failed) and not _other_host(seen, failed)
    if later and _typed_again(seen, failed):
        return True
    if _other_machine(seen, failed) or _other_host(seen, failed) or _had_it_easier(seen, failed):
        return False
    if seen.probe == failed.probe:
        still = failed.cause in _MISTYPED or _rank(seen) >= _rank(failed)
        return later and still and not _other_resolver(seen, failed)
    return _explains(seen, failed, later=later)


def _typed_again(seen: Observation, failed: Observation) -> bool:
    """The same tool with the portal's name spelled right; the application's own name stands."""
    if failed.cause != "wrong_hostname" or failed.probe in _OWN_PATH or _helps(seen):
        return False
    return seen.probe == failed.probe and is_portal(seen.target) and seen.verdict == "ok"


def _is_no_servers(seen: Observation, failed: Observation) -> bool:
    """Did the fault show on a desktop or another machine, where the server's own look is good?"""
    if _from_desktop(failed) and seen.facts.get("machine") and not _from_desktop(seen):
        return True
    if seen.facts.get("in_product") and not failed.facts.get("machine"):
        return True
    return "elsewhere" in _helps(failed) - _helps(seen)


def _explains(seen: Observation, failed: Observation, *, later: bool) -> bool:
    """Did another tool get further than the one that failed?"""
    if failed.probe in _OWN_PATH or failed.layer == "app":
        return seen.cause == "app_graphql_ok" and later
    if failed.layer == "dns" and seen.layer == "dns":
        return seen.probe == "getent" and failed.probe not in _THROUGH_NSS
    if seen.cause in _PROVES_NO_PATH or failed.probe in {"openssl", *_BY_WORDS}:
        return False
    if failed.probe == "getent" and not later:
        return False  # what the application is told now outweighs what worked before
    return _rank(seen) > _rank(failed)


def _had_it_easier(seen: Observation, failed: Observation) -> bool:
    """With verification off, an address given or only HEAD, what fails for the product passes."""
    if failed.facts.get("posted") and not seen.facts.get("posted") and failed.layer == "http":
        return True
    if failed.facts.get("user", "root") not in {"root", seen.facts.get("user")}:
        return True  # root has other rights, another environment and other certificates
    return bool(_helps(seen) - _helps(failed))


def _helps(seen: Observation) -> frozenset[str]:
    helps = seen.facts.get("helped_by")
    return frozenset(helps) if isinstance(helps, tuple) else frozenset()


def _other_resolver(seen: Observation, failed: Observation) -> bool:
    """A public resolver that answers does not heal the machine's own."""
    asked = (seen.facts.get("dns_server"), failed.facts.get("dns_server"))
    if seen.facts.get("resolver_named") and not failed.facts.get("resolver_named"):
        return True
    return seen.layer == "dns" and all(asked) and asked[0] != asked[1]


def _from_desktop(seen: Observation) -> bool:
    """A Windows desktop's failure says nothing about the server that works."""
    return seen.facts.get("machine") == "windows"


def _other_machine(one: Observation, other: Observation) -> bool:
    machines = (one.facts.get("machine"), other.facts.get("machine"))
    return machines[0] != machines[1] and (all(machines) or "container" in machines)


def _other_host(one: Observation, other: Observation) -> bool:
    targets = (one.target.lower().rstrip("."), other.target.lower().rstrip("."))
    named = all(target and not target[-1].isdigit() and ":" not in target for target in targets)
    return named and targets[0] != targets[1] and one.layer != "proxy" and other.layer != "proxy"


def _rank(seen: Observation) -> int:
    return _ORDER.index(seen.layer)


def _worst(fails: Sequence[Observation]) -> Observation:
    """The application's own failure first, then the latest layer, then the most exact cause."""
    shown = fails
    fails = [seen for seen in fails if not _helps(seen)] or fails
    proven = [seen for seen in fails if seen.cause not in _SYMPTOMS] or list(fails)
    own = [seen for seen in proven if seen.probe in _OWN_PATH]
    ranked = sorted(own or proven, key=lambda seen: (_rank(seen), seen.cause not in _VAGUE))
    return _exact(ranked[-1], [seen for seen in shown if _helps(seen) <= _SHOWS])


def _exact(decisive: Observation, fails: Sequence[Observation]) -> Observation:
    """The same fault as a tool on the same machine names it, where the application cannot."""
    exact = _SAME_FAULT.get(decisive.cause, frozenset())
    for seen in reversed(fails):
        apart = _other_machine(seen, decisive) or _other_host(seen, decisive)
        if seen.cause in exact and not apart and not _from_desktop(seen):
            return seen
    return decisive


def _best(observations: Sequence[Observation]) -> Observation:
    warned = [seen for seen in observations if seen.verdict == "warn" and seen.cause not in _WEAK]
    warned = [seen for seen in warned if not _outlived(seen, observations)]
    if warned:
        return max(warned, key=_rank)
    healthy = [seen for seen in observations if seen.verdict == "ok"]
    weak = [seen for seen in observations if seen.verdict == "warn"]
    over_v6 = _dead_v6(observations, healthy)
    if over_v6:
        return over_v6
    looked = [seen for seen in healthy if seen.cause not in _NO_LOOK]
    if looked or (healthy and not weak):
        return replace(max(looked or healthy, key=_rank), layer="ok")
    if weak:
        return max(weak, key=_rank)
    failed = [seen for seen in observations if seen.verdict == "fail"]
    return _worst(failed) if failed else _least_unknown(observations)


def _outlived(seen: Observation, observations: Sequence[Observation]) -> bool:
    """A line of the hosts file that leads to the portal, as an answer from above TCP proves."""
    if seen.cause != "dns_hosts_override" or seen.facts.get("differs") or seen.probe == "getent":
        return False
    return any(one.verdict == "ok" and _rank(one) >= _ORDER.index("tls") for one in observations)


def _dead_v6(
    observations: Sequence[Observation], healthy: Iterable[Observation]
) -> Observation | None:
    """IPv6 that fails, where nothing shows that the application gets past it.

    A machine without any says so at once; where it is silent, the application waits for it.
    """
    over_v6 = [seen for seen in observations if seen.cause == "ipv6_unreachable"]
    further = [seen for seen in healthy if seen.layer not in {"dns", "ok"}]
    if not over_v6 or any(seen.probe in _OWN_PATH for seen in further):
        return None
    if all("family" in _helps(seen) for seen in further):
        return over_v6[0]
    silent = (seen for seen in over_v6 if seen.facts.get("curl_exit") == _TIMED_OUT)
    return next(silent, None)


def _least_unknown(observations: Sequence[Observation]) -> Observation:
    for cause in ("truncated", "tool_missing", "unclear"):
        for seen in observations:
            if seen.cause == cause:
                return seen
    return observations[0]
