"""What do the portal's answers on one route mean for an activation, which is a POST?"""

from collections.abc import Sequence
from typing import Final

from bot.evidence.assess_fault import Fault, Stage, Stops
from bot.evidence.observation import CAUSES, Observation

_SEQUENCE: Final = ("HEAD", "GET", "POST")
_LOSS: Final = frozenset(
    {"tcp_timeout", "tls_handshake_timeout", "http_timeout", "http_slow", "mtu_blackhole"}
)


def judge_answers(
    looks: Sequence[Observation], *, stops_all: bool, lossy: bool = False
) -> list[Fault]:
    """Name the first request that fails; only the POST's failure stops an activation.

    `stops_all`: every client ends up on this route; otherwise only some do.
    """
    ordered = sorted(looks, key=_place)
    failed = [look for look in ordered if look.verdict == "fail"]
    if lossy:
        failed = [look for look in failed if look.cause not in _LOSS]
    posts = [look for look in ordered if _method(look) == "POST"]
    if failed:
        stopped = not posts or any(look in failed for look in posts)
        stops: Stops = "no" if stopped and stops_all else "degraded"
        cause = failed[0].cause
        first = Fault(_stage(cause), stops, cause)
        others = dict.fromkeys(look.cause for look in failed if look.cause != cause)
        return [first, *(Fault(_stage(other), "degraded", other) for other in others)]
    if not lossy and any(look.verdict == "warn" for look in ordered):
        return [Fault(Stage.ANSWER, "degraded", "http_slow")]
    return []


def _stage(cause: str) -> Stage:
    return Stage.HANDSHAKE if CAUSES[cause] == "tls" else Stage.ANSWER


def _method(look: Observation) -> str:
    return str(look.facts.get("request", "")).partition(" ")[0]


def _place(look: Observation) -> int:
    method = _method(look)
    return _SEQUENCE.index(method) if method in _SEQUENCE else len(_SEQUENCE)
