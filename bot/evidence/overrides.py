"""DNS answers well and the machine still goes elsewhere: then its hosts file is the finding."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.evidence.observation import Observation

_ASK_DNS: Final = frozenset({"dig", "host", "nslookup"})
_ASK_NSS: Final = frozenset({"getent", "ping", "curl", "nc", "telnet", "wget"})
_WRONG: Final = frozenset({"dns_private_answer", "dns_sinkhole"})


def with_overrides(observations: Sequence[Observation]) -> tuple[Observation, ...]:
    """The same observations; a wrong address that DNS did not give becomes a hosts override."""
    healthy = [seen for seen in observations if seen.cause == "dns_ok" and seen.probe in _ASK_DNS]
    listed = any(seen.cause == "dns_hosts_override" for seen in observations)
    return tuple(_explained(seen, healthy, listed=listed) for seen in observations)


def _explained(seen: Observation, healthy: Iterable[Observation], *, listed: bool) -> Observation:
    if seen.cause not in _WRONG or seen.probe not in _ASK_NSS:
        return seen
    if listed or any(_same_machine(seen, other) for other in healthy):
        return replace(seen, cause="dns_hosts_override")
    return seen


def _same_machine(one: Observation, other: Observation) -> bool:
    machines = (one.facts.get("machine"), other.facts.get("machine"))
    return not all(machines) or machines[0] == machines[1]
