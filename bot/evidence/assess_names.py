"""What do the looks at names mean for a client that resolves as glibc does?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.evidence.assess_fault import Fault, Stage, Stops
from bot.evidence.observation import Observation

#: glibc takes these for the final word; after anything else it asks the next server.
_FINAL: Final = frozenset({"dns_nxdomain", "dns_no_address", "dns_no_aaaa"})
_SILENT: Final = frozenset({"dns_timeout"})
_DEAD: Final = frozenset({"dns_timeout", "dns_resolver_unreachable", "no_route"})
_SLOW_MS: Final = 2000.0
_UNSPECIFIED: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104  an answer, not a bind


@dataclass(frozen=True, slots=True)
class Names:
    """What the name leads to, and what is wrong on the way."""

    order: tuple[str, ...] = ()
    """Addresses as a client tries them, those that are no public ones left out."""
    faults: tuple[Fault, ...] = ()
    overridden: bool = False
    """The hosts file says something that no name server says."""
    silent: bool = False
    """No name server answers: a client that asks before it uses a proxy waits in vain."""


def judge_names(observations: Iterable[Observation]) -> Names:
    """Walk the servers as the stub resolver does, then believe the system where it spoke."""
    seen = tuple(observations)
    servers = _by_server(seen)
    system = next((look for look in seen if look.probe == "getaddrinfo"), None)
    hosts = next((look for look in seen if look.probe == "hosts"), None)
    asked = [_judge_server(looks) for looks in servers]
    walked = _walk(asked)
    silent = bool(servers) and all(
        look.cause in _SILENT for looks in servers for look in looks.values()
    )
    answers = _answers(system) or walked.answers
    if hosts is not None:
        from_hosts = _answers(hosts)
        known = {
            answer for looks in servers for look in looks.values() for answer in _answers(look)
        }
        return Names(
            order=_public(_answers(system) or from_hosts, (hosts, system)),
            faults=_bad_addresses(system or hosts),
            overridden=not set(from_hosts) <= known,
            silent=silent,
        )
    faults = list(walked.faults)
    if system is not None and _answers(system):
        # Something else than these servers may answer the system (NSS): then it works, perhaps
        # after a while.
        faults = [
            replace(fault, stops="degraded") if fault.stops == "no" else fault
            for fault in faults
            if fault.stops != "no" or _is_slow(system)
        ]
    elif system is not None and system.cause == "dns_timeout":
        # The name servers may answer us, but not in the way in which the system asks them.
        faults = [_stop("dns_timeout")] if walked.answers else faults
    elif system is not None and system.cause == "dns_resolution_failed":
        faults = [fault.stopping() for fault in faults] or [
            Fault(Stage.NAMES, "no", "dns_resolution_failed")
        ]
    source = system if _answers(system) else walked.source
    looks = tuple(look for server in servers for look in server.values())
    faults += _bad_addresses(source)
    return Names(order=_public(answers, (*looks, system)), faults=tuple(faults), silent=silent)


@dataclass(frozen=True, slots=True)
class _Server:
    """What asking one server, or all in turn, leads to."""

    answers: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    final: bool = False
    source: Observation | None = None


def _by_server(seen: Sequence[Observation]) -> list[dict[str, Observation]]:
    found: dict[int, dict[str, Observation]] = {}
    for look in seen:
        rank = look.facts.get("rank")
        if look.probe == "dns" and isinstance(rank, int):
            found.setdefault(rank, {})[str(look.facts.get("qtype"))] = look
    return [found[rank] for rank in sorted(found)]


def _judge_server(looks: Mapping[str, Observation]) -> _Server:
    ipv4, ipv6 = looks.get("A"), looks.get("AAAA")
    answers = _answers(ipv6) + _answers(ipv4)
    if answers:
        return _Server(answers, _half_answer(ipv4, ipv6), final=True, source=ipv4 or ipv6)
    causes = [look.cause for look in (ipv4, ipv6) if look]
    if "dns_nxdomain" in causes:
        return _Server(faults=(_stop("dns_nxdomain"),), final=True)
    if causes and all(cause in _FINAL for cause in causes):
        return _Server(faults=(_stop("dns_no_address"),), final=True)
    decisive = [cause for cause in causes if cause not in _FINAL]
    return _Server(faults=(_stop(decisive[0]),) if decisive else ())


def _half_answer(ipv4: Observation | None, ipv6: Observation | None) -> tuple[Fault, ...]:
    """One family is answered: is the other one's question lost?"""
    for look, timeout in ((ipv6, "dns_aaaa_timeout"), (ipv4, "dns_timeout")):
        if look is None or _answers(look) or look.cause in ("dns_no_aaaa", "dns_no_address"):
            continue
        if look.cause in _SILENT:
            return (_stop(timeout),)
        if look.cause in _DEAD:
            # Refused at once: glibc decides, and some versions give up on both families.
            return (Fault(Stage.NAMES, "yes", timeout),)
        return (Fault(Stage.NAMES, "yes", look.cause),)
    return ()


def _walk(asked: Sequence[_Server]) -> _Server:
    failed: list[_Server] = []
    for server in asked:
        if server.final:
            return _Server(
                server.answers, (*server.faults, *_passed_over(failed, works=bool(server.answers))),
                final=True, source=server.source,
            )  # fmt: skip
        failed.append(server)
    causes = [fault.cause for server in failed for fault in server.faults]
    spoke = [cause for cause in causes if cause not in _DEAD]
    headline = (spoke or causes)[:1]
    return _Server(faults=tuple(_stop(cause) for cause in headline))


def _passed_over(failed: Sequence[_Server], *, works: bool) -> tuple[Fault, ...]:
    """Servers that stand before the one that answered."""
    if not works:
        return ()
    causes = [fault.cause for server in failed for fault in server.faults]
    # A silent server costs 5 s, any other answer sends the resolver on at once.
    stops: Stops = "degraded" if any(cause in _SILENT for cause in causes) else "yes"
    return tuple(
        Fault(Stage.NAMES, stops, "dns_first_resolver_dead" if cause in _DEAD else cause)
        for cause in causes[:1]
    )


def _bad_addresses(source: Observation | None) -> tuple[Fault, ...]:
    """Addresses that cannot be a public portal's."""
    answers, refused = _answers(source), _refused(source)
    if source is None or not refused:
        return ()
    if len(refused) == len(answers):
        return (_stop(source.cause),)
    first = answers[0]
    # The unspecified address is this machine: it refuses at once, and a client goes on.
    stops: Stops = "no" if first in refused and first not in _UNSPECIFIED else "degraded"
    return (Fault(Stage.NAMES, stops, source.cause),)


def _public(answers: Iterable[str], looks: Iterable[Observation | None]) -> tuple[str, ...]:
    refused = {address for look in looks for address in _refused(look)}
    return tuple(dict.fromkeys(answer for answer in answers if answer not in refused))


def _is_slow(look: Observation) -> bool:
    took = look.facts.get("ms")
    return isinstance(took, float | int) and took > _SLOW_MS


def _answers(look: Observation | None) -> tuple[str, ...]:
    found = look.facts.get("answers", ()) if look else ()
    return found if isinstance(found, tuple) else ()


def _refused(look: Observation | None) -> tuple[str, ...]:
    found = look.facts.get("refused", ()) if look else ()
    return found if isinstance(found, tuple) else ()


def _stop(cause: str) -> Fault:
    return Fault(Stage.NAMES, "no", cause)
