"""DNS answers well and the machine still goes elsewhere: then its hosts file is the finding."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.evidence.addresses import is_v6
from bot.evidence.observation import Observation, Verdict
from bot.evidence.portal import is_portal

_ASK_DNS: Final = frozenset({"dig", "host", "nslookup"})
_ASK_NSS: Final = frozenset({"getent", "ping", "curl", "nc", "telnet", "wget"})
_WRONG: Final = frozenset({"dns_private_answer", "dns_sinkhole"})
_NO_SUCH_NAME: Final = frozenset({"dns_nxdomain", "dns_no_address"})
#: What says nothing of who answers at the address.
_SHALLOW: Final = frozenset({"dns", "ip", "tcp"})
#: What a tester gave by hand goes past the hosts file, and so does a proxy.
_GIVEN: Final = frozenset({"address", "proxy", "resolver"})
#: Addresses of one service stand close together: a rotating answer is no other answer.
_NEAR_V4, _NEAR_V6 = 16, 32


def with_overrides(observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """The same observations; an address that DNS did not give becomes a hosts override."""
    healthy = [seen for seen in observations if seen.cause == "dns_ok" and seen.probe in _ASK_DNS]
    listed = any(seen.cause == "dns_hosts_override" for seen in observations)
    named = (_explained(seen, healthy, listed=listed) for seen in observations)
    return tuple(_compared(tuple(named), healthy))


def _explained(seen: Observation, healthy: Iterable[Observation], *, listed: bool) -> Observation:
    if seen.cause not in _WRONG or seen.probe not in _ASK_NSS:
        return seen
    if listed or any(_same_machine(seen, other) for other in healthy):
        return replace(seen, cause="dns_hosts_override")
    return seen


def _compared(
    observations: Sequence[Observation], healthy: Iterable[Observation]
) -> Iterable[Observation]:
    """Entries and connections that lead where DNS does not; only what is proven by TLS works."""
    whole = [seen for seen in healthy if _of_portal(seen) and not seen.facts.get("filtered")]
    entries = [seen for seen in observations if _is_entry(seen) and _leads_away(seen, whole)]
    own = [seen for seen in whole if not seen.facts.get("resolver_named")]
    for seen in observations:
        if seen in entries:
            yield _astray(seen, observations, "fail")
        elif _goes_astray(seen, entries, own):
            yield _astray(seen, observations, "fail" if entries else "warn")
        elif seen.probe == "getent" and seen.cause == "dns_ok" and _denied(seen, observations):
            yield replace(seen, cause="dns_hosts_override", verdict="warn")
        else:
            yield seen


def _is_entry(seen: Observation) -> bool:
    return seen.probe == "hosts" and seen.cause == "dns_hosts_override" and seen.verdict == "warn"


def _goes_astray(
    seen: Observation, entries: Iterable[Observation], own: Iterable[Observation]
) -> bool:
    """Does it go to the entry's address, or to one that the machine's own resolver did not give?"""
    if seen.probe not in _ASK_NSS or seen.layer not in _SHALLOW or seen.facts.get("proxy_host"):
        return False
    if not _of_portal(seen) or _helps(seen) & _GIVEN:
        return False
    listed = {ip for entry in entries if _same_machine(seen, entry) for ip in _addresses(entry)}
    return bool(listed & set(_addresses(seen))) or _leads_away(seen, own)


def _leads_away(seen: Observation, answers: Iterable[Observation]) -> bool:
    """Is none of its addresses, in a family that DNS answered for, near any of DNS's?"""
    given = [ip for other in answers if _same_machine(seen, other) for ip in _addresses(other)]
    alike = [(mine, [ip for ip in given if is_v6(ip) == is_v6(mine)]) for mine in _addresses(seen)]
    known = [(mine, others) for mine, others in alike if others]
    return bool(known) and not any(_near(mine, ip) for mine, others in known for ip in others)


def _near(one: str, other: str) -> bool:
    prefix = _NEAR_V6 if is_v6(one) else _NEAR_V4
    try:
        around = ipaddress.ip_network(f"{other}/{prefix}", strict=False)
        return ipaddress.ip_address(one) in around
    except ValueError:
        return one == other


def _astray(seen: Observation, observations: Iterable[Observation], worst: Verdict) -> Observation:
    """It stands as a warning where an answer from above TCP proves that it works today."""
    works = any(_proves(other) and _same_machine(seen, other) for other in observations)
    broken = seen.verdict == "fail" and seen.probe != "hosts"
    verdict: Verdict = "fail" if broken else "warn" if works else worst
    return replace(
        seen,
        layer="dns",
        cause="dns_hosts_override",
        verdict=verdict,
        facts={**seen.facts, "differs": True},
    )


def _proves(seen: Observation) -> bool:
    good = seen.verdict == "ok" and seen.layer in {"tls", "http"} and _of_portal(seen)
    return good and not _helps(seen)


def _denied(seen: Observation, observations: Iterable[Observation]) -> bool:
    """Does DNS say that there is no such name, which the machine resolves all the same?"""
    return any(
        other.cause in _NO_SUCH_NAME
        and other.probe in _ASK_DNS
        and _of_portal(other)
        and _same_machine(seen, other)
        for other in observations
    )


def _of_portal(seen: Observation) -> bool:
    """The target may be an address that the tool printed; the host is what it was asked for."""
    return is_portal(str(seen.facts.get("host", "")) or seen.target)


def _addresses(seen: Observation) -> tuple[str, ...]:
    found = seen.facts.get("ip")
    return found if isinstance(found, tuple) else ()


def _helps(seen: Observation) -> frozenset[str]:
    helps = seen.facts.get("helped_by")
    return frozenset(helps) if isinstance(helps, tuple) else frozenset()


def _same_machine(one: Observation, other: Observation) -> bool:
    machines = (one.facts.get("machine"), other.facts.get("machine"))
    return not all(machines) or machines[0] == machines[1]
