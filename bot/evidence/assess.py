"""Observations judged together: the layer and cause that stop activation first."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.evidence.assess_addresses import Path, gather, judge_addresses
from bot.evidence.assess_answers import judge_answers
from bot.evidence.assess_fault import Fault, Stage, Stops, by_weight
from bot.evidence.assess_names import Names, judge_names
from bot.evidence.observation import (
    LAYERS,
    Activates,
    Assessment,
    Confidence,
    Layer,
    Observation,
)

_HIGH_LATENCY_MS: Final = 250.0
_TUNNEL_CUT: Final = frozenset(
    {"tls_handshake_timeout", "tls_reset", "tls_unexpected_eof", "tcp_timeout"}
)
_ACTIVATES: Final[tuple[Activates, ...]] = ("yes", "degraded", "no")
_CONFIDENCE: Final[tuple[Confidence, ...]] = ("certain", "likely")
_NO_EVIDENCE: Final = frozenset({"truncated", "tool_missing", "irrelevant", "unclear"})


def assess(observations: Iterable[Observation]) -> Assessment:
    """Judge looks of one vantage together.

    Looks of our own suite are judged as a client would meet them, stage by stage. Anything else,
    such as pasted output, is judged by the layers that it names.
    """
    looks = tuple(observations)
    sums = [look for look in looks if look.facts.get("judged")]
    if sums:
        return _told_by(sums[-1])
    if any("path" in look.facts or "rank" in look.facts for look in looks):
        return _judge_suite(looks)
    return _judge_statements(looks)


def _told_by(summed: Observation) -> Assessment:
    """Take over what the check script's looks added up to (`checkscript.read_check_script`)."""
    activates, confidence = summed.facts.get("activates"), summed.facts.get("confidence")
    also = summed.facts.get("also", ())
    return Assessment(
        layer=summed.layer,
        cause=summed.cause,
        activates=next((one for one in _ACTIVATES if one == activates), "unknown"),
        confidence=next((one for one in _CONFIDENCE if one == confidence), "unclear"),
        also=also if isinstance(also, tuple) else (),
    )


def _judge_suite(looks: Sequence[Observation]) -> Assessment:
    names = judge_names(looks)
    order = names.order or tuple(gather(looks))
    proxied = [look for look in looks if look.facts.get("path") == "proxy"]
    direct = judge_addresses(order, looks)
    if proxied:
        faults, complete = _judge_proxied(proxied, names, direct)
    else:
        faults, complete = _judge_direct(names, direct), direct.complete
    if not faults:
        return _judge_healthy(looks, proxied=bool(proxied), complete=complete)
    first, *others = sorted(faults, key=by_weight)
    also = dict.fromkeys(fault.cause for fault in others if fault.cause != first.cause)
    return Assessment(
        layer=first.layer,
        cause=first.cause,
        activates=_activates(first, complete=complete),
        confidence="likely" if first.guess else "certain",
        also=tuple(also),
    )


def _activates(first: Fault, *, complete: bool) -> Activates:
    if first.stops != "no" and not complete:
        return "unknown"
    return first.stops


def _judge_direct(names: Names, direct: Path) -> list[Fault]:
    faults = [*names.faults, *direct.faults]
    if not names.overridden:
        return faults
    # The hosts file decides where a client goes: what is wrong there is wrong because of it.
    stops: Stops = "no" if any(fault.stops == "no" for fault in faults) else "yes"
    return [Fault(Stage.NAMES, stops, "dns_hosts_override"), *faults]


def _judge_proxied(
    proxied: Sequence[Observation], names: Names, direct: Path
) -> tuple[list[Fault], bool]:
    """Judge the way through the proxy; the direct one only tells what else would help."""
    faults: list[Fault] = []
    for look in proxied:
        if look.probe == "proxy" and look.verdict == "fail":
            works = direct.complete and all(fault.stops == "yes" for fault in direct.faults)
            bypass = works and look.cause == "proxy_forbidden"
            cause = "proxy_bypass_needed" if bypass else look.cause
            faults.append(Fault(Stage.PROXY, "no", cause))
        elif look.probe == "proxy" and look.verdict == "warn":
            # Reached in the end, past an address where a client that tries in turn gives up.
            faults.append(Fault(Stage.PROXY, "no", look.cause))
        elif look.probe == "tls" and look.verdict != "ok":
            faults.append(_judge_tunnel(look))
    answers = [look for look in proxied if look.probe == "https"]
    faults += judge_answers(answers, stops_all=True)
    if names.silent:
        # The product asks for the name before it uses the proxy, and waits (its 15 s limit).
        faults.append(Fault(Stage.NAMES, "degraded", "dns_timeout"))
    return faults, bool(answers)


def _judge_tunnel(look: Observation) -> Fault:
    if look.cause in _TUNNEL_CUT:
        return Fault(Stage.PROXY, "no", "proxy_upstream_failed")
    if look.cause == "tls_not_tls":
        # The proxy says "established" and then speaks itself: a page of its own.
        return Fault(Stage.PROXY, "no", "proxy_forbidden")
    return Fault(Stage.HANDSHAKE, "no" if look.verdict == "fail" else "yes", look.cause)


def _judge_healthy(looks: Sequence[Observation], *, proxied: bool, complete: bool) -> Assessment:
    if not complete:
        return Assessment("unknown", "unclear", "unknown", "unclear")
    cause = "ok"
    if proxied:
        cause = "proxy_ok"
    elif _round_trip(looks) >= _HIGH_LATENCY_MS:
        cause = "high_latency"
    elif _pings_are_lost(looks):
        cause = "icmp_no_reply"
    return Assessment("ok", cause, "yes", "certain")


def _round_trip(looks: Sequence[Observation]) -> float:
    """The shortest round trip that the kernel measured: a loaded machine only makes it longer."""
    times = [look.facts["rtt_ms"] for look in looks
             if look.probe in ("tcp", "tls", "https") and "rtt_ms" in look.facts]  # fmt: skip
    return min((time for time in times if isinstance(time, float | int)), default=0.0)


def _pings_are_lost(looks: Sequence[Observation]) -> bool:
    pings = [look for look in looks if look.probe == "icmp" and look.verdict != "unknown"]
    return bool(pings) and all(look.cause == "icmp_no_reply" for look in pings)


def _judge_statements(looks: Sequence[Observation]) -> Assessment:
    """Judge what tools and people say, layer by layer; an error proves the layers before it."""
    failed = sorted((look for look in looks if look.verdict == "fail"), key=_depth)
    warned = [look for look in looks if look.verdict == "warn"]
    if failed:
        causes = dict.fromkeys(look.cause for look in (*failed, *warned))
        first = failed[0]
        also = tuple(cause for cause in causes if cause != first.cause)
        layer = first.layer
        confidence = "unclear" if layer == "unknown" else "likely"
        return Assessment(layer, first.cause, "no", confidence, also)  # type: ignore[arg-type]  # one of two words
    proven = [look for look in looks
              if look.verdict == "ok" and look.cause not in _NO_EVIDENCE]  # fmt: skip
    also = tuple(dict.fromkeys(look.cause for look in warned))
    if not proven:
        return Assessment("unknown", warned[0].cause if warned else "unclear", "unknown",
                          "unclear", also[1:])  # fmt: skip
    deepest = max(proven, key=_depth)
    # A success proves its own layer and those below it, and an activation needs the last one.
    activates: Activates = "yes" if deepest.layer in ("http", "app") else "unknown"
    return Assessment("ok", "ok", activates, "likely" if activates == "yes" else "unclear", also)


_DEPTH: Final[dict[Layer, int]] = {
    layer: depth
    for depth, layer in enumerate(
        ("proxy", *[layer for layer in LAYERS if layer not in ("ok", "proxy", "unknown")], "ok",
         "unknown")
    )
}  # fmt: skip


def _depth(look: Observation) -> int:
    return _DEPTH[look.layer]
