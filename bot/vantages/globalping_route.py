"""Where does the path to the portal end? A probe's mtr over TCP, read hop by hop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.evidence.observation import Fact, Verdict

#: Packets to each hop; Globalping allows 3 to 16.
PACKETS: Final = 3
#: Layers at which a path is worth asking for: below TLS nothing else is left to look at.
LAYERS: Final = frozenset({"ip", "tcp"})
_MUCH_LOSS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Route:
    """How far a probe's packets came, in a cause of ours."""

    cause: str
    verdict: Verdict
    detail: str
    facts: Mapping[str, Fact]


def options() -> dict[str, object]:
    """The measurement's options: SYNs to the portal's own port, which no ICMP filter stops."""
    return {"protocol": "TCP", "port": 443, "packets": PACKETS}


def read_route(result: Mapping[str, Any]) -> Route:
    """Judge the hops of one result; a hop is where something answered."""
    hops = [item for item in result.get("hops") or () if isinstance(item, dict)]
    goal = str(result.get("resolvedAddress") or "")
    answered = [
        (number, hop) for number, hop in enumerate(hops, 1) if _number(hop, "rcv") and _address(hop)
    ]
    facts: dict[str, Fact] = {"hops": len(hops)}
    if goal:
        facts["ip"] = goal
    if not answered:
        return Route("route_stops", "warn", "no hop answered", facts)
    number, last = answered[-1]
    if goal and _address(last) != goal:
        detail = f"ends after hop {number}, {_name(last)}"
        return Route("route_stops", "warn", detail, facts | {"last_hop": _address(last)})
    loss = _number(last, "loss")
    if loss >= _MUCH_LOSS:
        return Route("packet_loss", "warn", f"{loss:g} % lost at the portal", facts)
    return Route("tcp_ok", "ok", f"reached at hop {number}", facts)


def _address(hop: Mapping[str, Any]) -> str:
    return str(hop.get("resolvedAddress") or "")


def _name(hop: Mapping[str, Any]) -> str:
    networks = hop.get("asn")
    numbers = networks if isinstance(networks, Sequence) else ()
    named = ", ".join(f"AS{number}" for number in numbers if isinstance(number, int))
    return f"{_address(hop)} ({named})" if named else _address(hop)


def _number(hop: Mapping[str, Any], name: str) -> float:
    stats = hop.get("stats")
    value = stats.get(name) if isinstance(stats, dict) else None
    return float(value) if isinstance(value, int | float) else 0.0
