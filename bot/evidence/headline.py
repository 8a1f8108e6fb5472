"""Of all observations in a paste: which one decides?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.evidence.dated import newest
from bot.evidence.gate import closed_by
from bot.evidence.observation import Observation
from bot.evidence.overtaken import (
    OWN_PATH,
    WEAK,
    from_desktop,
    helps_of,
    other_host,
    other_machine,
    overtaken,
    rank,
)
from bot.evidence.portal import is_control, is_other_name, is_portal

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
#: Good news of the instance or of its settings: nobody looked at the way.
_NO_LOOK: Final = frozenset({"ok", "no_proxy_configured", "no_proxy_bypass", "license_destroyed"})
#: Here the other side proves who it is.
_PROVEN: Final = frozenset({"tls", "http", "proxy", "app"})
#: CURLE_OPERATION_TIMEDOUT.
_TIMED_OUT: Final = 28


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
        if seen.verdict == "fail" and not overtaken(index, observations)
    ]
    if fails:
        return _worst(newest(fails))
    return _best(observations)


def _of_the_portal(observations: Sequence[Observation]) -> Sequence[Observation]:
    """Beside a clear look at the portal, what fails towards another host is another matter."""
    if not any(is_portal(seen.target) and seen.verdict != "unknown" for seen in observations):
        return observations
    return [seen for seen in observations if not _elsewhere(seen)] or observations


def _elsewhere(seen: Observation) -> bool:
    if seen.verdict != "fail" or seen.layer in {"proxy", "app"} or seen.probe in OWN_PATH:
        return False
    host = str(seen.facts.get("host", ""))
    return is_control(host) or is_other_name(host)


def _judged(observations: Sequence[Observation]) -> Observation | None:
    """The check script's own sum, unless the application fails where the script's tools pass."""
    sums = [seen for seen in observations if seen.facts.get("judged")]
    own = [seen for seen in observations if seen.probe in OWN_PATH and seen.verdict == "fail"]
    if sums and own and sums[-1].verdict != "fail":
        return _worst(own)
    return sums[-1] if sums else None


def _worst(fails: Sequence[Observation]) -> Observation:
    """The application's own failure first, then the latest layer, then the most exact cause."""
    shown = fails
    fails = [seen for seen in fails if not helps_of(seen)] or fails
    proven = [seen for seen in fails if seen.cause not in _SYMPTOMS] or list(fails)
    own = [seen for seen in proven if seen.probe in OWN_PATH]
    ranked = sorted(own or proven, key=lambda seen: (rank(seen), seen.cause not in _VAGUE))
    return _exact(ranked[-1], [seen for seen in shown if helps_of(seen) <= _SHOWS])


def _exact(decisive: Observation, fails: Sequence[Observation]) -> Observation:
    """The same fault as a tool on the same machine names it, where the application cannot."""
    exact = _SAME_FAULT.get(decisive.cause, frozenset())
    for seen in reversed(fails):
        apart = other_machine(seen, decisive) or other_host(seen, decisive)
        if seen.cause in exact and not apart and not from_desktop(seen):
            return seen
    return decisive


def _best(observations: Sequence[Observation]) -> Observation:
    warned = [seen for seen in observations if seen.verdict == "warn" and seen.cause not in WEAK]
    warned = [seen for seen in warned if not _outlived(seen, observations)]
    if warned:
        return max(warned, key=rank)
    healthy = [seen for seen in observations if seen.verdict == "ok"]
    weak = [seen for seen in observations if seen.verdict == "warn"]
    over_v6 = _dead_v6(observations, healthy)
    if over_v6:
        return over_v6
    looked = [seen for seen in healthy if seen.cause not in _NO_LOOK]
    if looked or (healthy and not weak):
        return replace(max(looked or healthy, key=rank), layer="ok")
    if weak:
        return max(weak, key=rank)
    failed = [seen for seen in observations if seen.verdict == "fail"]
    return _worst(failed) if failed else _least_unknown(observations)


def _outlived(seen: Observation, observations: Sequence[Observation]) -> bool:
    """A line of the hosts file that leads to the portal, as an answer from above TCP proves."""
    if seen.cause != "dns_hosts_override" or seen.facts.get("differs") or seen.probe == "getent":
        return False
    return any(one.verdict == "ok" and one.layer in _PROVEN for one in observations)


def _dead_v6(
    observations: Sequence[Observation], healthy: Iterable[Observation]
) -> Observation | None:
    """IPv6 that fails, where nothing shows that the application gets past it.

    A machine without any says so at once; where it is silent, the application waits for it.
    """
    over_v6 = [seen for seen in observations if seen.cause == "ipv6_unreachable"]
    further = [seen for seen in healthy if seen.layer not in {"dns", "ok"}]
    if not over_v6 or any(seen.probe in OWN_PATH for seen in further):
        return None
    if all("family" in helps_of(seen) for seen in further):
        return over_v6[0]
    silent = (seen for seen in over_v6 if seen.facts.get("curl_exit") == _TIMED_OUT)
    return next(silent, None)


def _least_unknown(observations: Sequence[Observation]) -> Observation:
    for cause in ("truncated", "tool_missing", "unclear"):
        for seen in observations:
            if seen.cause == cause:
                return seen
    return observations[0]
