"""Did something work over the same path that could not work with this fault?"""

from collections.abc import Sequence
from typing import Final

from bot.evidence.addresses import is_literal
from bot.evidence.dated import is_too_old
from bot.evidence.observation import Layer, Observation
from bot.evidence.portal import is_portal

#: Later layers prove the earlier ones; a proxy stands between us and everything.
_ORDER: Final[tuple[Layer, ...]] = (
    "unknown", "ok", "dns", "ip", "tcp", "tls", "http", "proxy", "app",
)  # fmt: skip
#: These prove nothing once something later works.
WEAK: Final = frozenset(
    {
        "icmp_no_reply", "packet_loss", "dns_no_aaaa", "ipv6_unreachable", "route_stops",
        "no_proxy_configured", "http_redirect_https", "proxy_configured", "no_proxy_bypass",
        "irrelevant", "truncated", "tool_missing", "unclear",
    }
)  # fmt: skip
#: What works here says nothing about the way to the portal.
_PROVES_NO_PATH: Final = frozenset(
    {"no_proxy_configured", "no_proxy_bypass", "license_destroyed", "icmp_ok", "dns_ok"}
)
#: The application's own path: what fails here fails for activation, whatever curl says.
OWN_PATH: Final = frozenset({"ruby", "log", "rake", "graphql", "product"})
#: Looked up as the application does, through NSS.
_THROUGH_NSS: Final = frozenset({"getent", "ping", "curl", "ruby", "wget"})
#: These go the whole way, through the proxy that is set; another tool's success before explains
#: nothing of what they meet now.
_WHOLE_WAY: Final = frozenset({"curl", "wget"})
#: A snippet of another version; the right one was tried next.
_MISTYPED: Final = frozenset({"console_snippet_version_mismatch"})
#: Found by their words alone: which machine, host and path they are about is not known.
_BY_WORDS: Final = frozenset({"generic", "text"})
#: Where the portal listens.
_HTTPS: Final = 443


def overtaken(index: int, observations: Sequence[Observation]) -> bool:
    """Something worked over the same path that could not work with this fault."""
    failed = observations[index]
    return any(
        _refutes(seen, failed, later=position > index)
        and not is_too_old(seen, failed, later=position > index)
        for position, seen in enumerate(observations)
        if seen.verdict in {"ok", "warn"} and seen.cause not in WEAK and seen.probe != "hosts"
    )


def _refutes(seen: Observation, failed: Observation, *, later: bool) -> bool:
    if _is_no_servers(seen, failed):
        return rank(seen) >= rank(failed) and not other_host(seen, failed)
    if later and _typed_again(seen, failed):
        return True
    if other_machine(seen, failed) or other_host(seen, failed) or _had_it_easier(seen, failed):
        return False
    if _is_no_portals_port(seen, failed):
        return True
    if _other_port(seen, failed) or _other_address(seen, failed):
        return False
    if seen.probe == failed.probe:
        still = failed.cause in _MISTYPED or rank(seen) >= rank(failed)
        return later and still and not _other_resolver(seen, failed)
    return _explains(seen, failed, later=later)


def _typed_again(seen: Observation, failed: Observation) -> bool:
    """The same tool with the portal's name spelled right; the application's own name stands."""
    if failed.cause != "wrong_hostname" or failed.probe in OWN_PATH or helps_of(seen):
        return False
    return seen.probe == failed.probe and is_portal(seen.target) and seen.verdict == "ok"


def _is_no_servers(seen: Observation, failed: Observation) -> bool:
    """Did the fault show on a desktop or another machine, where the server's own look is good?"""
    if from_desktop(failed) and seen.facts.get("machine") and not from_desktop(seen):
        return True
    if seen.facts.get("in_product") and not failed.facts.get("machine"):
        return True
    return "elsewhere" in helps_of(failed) - helps_of(seen)


def _explains(seen: Observation, failed: Observation, *, later: bool) -> bool:
    """Did another tool get further than the one that failed?"""
    if failed.probe in OWN_PATH or failed.layer == "app":
        return seen.cause == "app_graphql_ok" and later
    if failed.layer == "dns" and seen.layer == "dns":
        return seen.probe == "getent" and failed.probe not in _THROUGH_NSS
    if seen.cause in _PROVES_NO_PATH or failed.probe in {"openssl", *_BY_WORDS}:
        return False
    if not later and failed.probe in {"getent", *_WHOLE_WAY}:
        return False  # what the application is told now outweighs what worked before
    return rank(seen) > rank(failed)


def _had_it_easier(seen: Observation, failed: Observation) -> bool:
    """With verification off, an address given or only HEAD, what fails for the product passes."""
    if failed.facts.get("posted") and not seen.facts.get("posted") and failed.layer == "http":
        return True
    if failed.facts.get("user", "root") not in {"root", seen.facts.get("user")}:
        return True  # root has other rights, another environment and other certificates
    return bool(helps_of(seen) - helps_of(failed))


def helps_of(seen: Observation) -> frozenset[str]:
    """What a tester gave to a command that the application does not have."""
    helps = seen.facts.get("helped_by")
    return frozenset(helps) if isinstance(helps, tuple) else frozenset()


def _other_resolver(seen: Observation, failed: Observation) -> bool:
    """A public resolver that answers does not heal the machine's own."""
    asked = (seen.facts.get("dns_server"), failed.facts.get("dns_server"))
    if seen.facts.get("resolver_named") and not failed.facts.get("resolver_named"):
        return True
    return seen.layer == "dns" and all(asked) and asked[0] != asked[1]


def from_desktop(seen: Observation) -> bool:
    """A Windows desktop's failure says nothing about the server that works."""
    return seen.facts.get("machine") == "windows"


def other_machine(one: Observation, other: Observation) -> bool:
    """Two hosts, or a container and its host?"""
    machines = (one.facts.get("machine"), other.facts.get("machine"))
    contained = any(str(machine).startswith("container") for machine in machines)
    return machines[0] != machines[1] and (all(machines) or contained)


def _other_port(seen: Observation, failed: Observation) -> bool:
    """Another port that is open says nothing of the one that fails."""
    ports = [int(str(one.facts.get("port", _HTTPS))) for one in (seen, failed)]
    return ports[0] not in {ports[1], _HTTPS}


def _is_no_portals_port(seen: Observation, failed: Observation) -> bool:
    """Closed is a port on which the portal is not asked, and the one that counts is open."""
    beside = failed.facts.get("port", _HTTPS) != _HTTPS and failed.layer in {"ip", "tcp"}
    return beside and seen.facts.get("port", _HTTPS) == _HTTPS and rank(seen) >= rank(failed)


def _other_address(seen: Observation, failed: Observation) -> bool:
    """Each address was asked by itself: the application may take the one that is dead."""
    hosts = [str(one.facts.get("host", "")) for one in (seen, failed)]
    return hosts[0] != hosts[1] and all(is_literal(host) for host in hosts)


def other_host(one: Observation, other: Observation) -> bool:
    """Are two names asked for, and not one?"""
    targets = (one.target.lower().rstrip("."), other.target.lower().rstrip("."))
    named = all(target and not target[-1].isdigit() and ":" not in target for target in targets)
    return named and targets[0] != targets[1] and one.layer != "proxy" and other.layer != "proxy"


def rank(seen: Observation) -> int:
    """How far on the way the layer lies that something was said of."""
    return _ORDER.index(seen.layer)
