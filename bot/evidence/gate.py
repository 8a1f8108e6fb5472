"""The last gate before good news: is everything that the paste says accounted for?

`ok` is said only when nothing beside it speaks of trouble. A reader that does not know a tool, a
language or a turn of phrase can so cost an answer, but it cannot turn a fault into good news.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot.evidence.addresses import address_cause
from bot.evidence.dated import WHEN
from bot.evidence.observation import Layer, Observation
from bot.evidence.portal import is_portal

#: How far a tool gets when it works.
_REACHES: Final[dict[str, Layer]] = {
    "curl": "http", "wget": "http", "http": "http", "ruby": "http", "powershell": "tcp",
    "openssl": "tls", "nc": "tcp", "telnet": "tcp", "devtcp": "tcp",
    "dig": "dns", "host": "dns", "nslookup": "dns", "getent": "dns",
}  # fmt: skip
_DEPTH: Final[tuple[Layer, ...]] = ("dns", "ip", "tcp", "tls", "http", "proxy", "app")
#: An outcome that nobody knows: the command was aimed at the portal and nothing came of it.
_OPEN_ENDED: Final = frozenset({"truncated", "unclear"})
#: Where another success says nothing of the server itself.
_AWAY: Final = frozenset({"elsewhere", "changed"})


def closed_by(good: Observation, observations: Sequence[Observation]) -> Observation | None:
    """What stands in the way of good news, as the best guess at its layer; None when nothing."""
    doubts = [_guess(seen) for seen in observations if seen.facts.get("doubt")]
    return (
        _astray(good)
        or next(reversed(doubts), None)
        or next(_flapping(observations), None)
        or next(_open_ended(good, observations), None)
    )


def _astray(good: Observation) -> Observation | None:
    """It works, and at an address that cannot be the portal's: no proxy explains that."""
    found = good.facts.get("ip")
    if not isinstance(found, tuple) or not found or good.facts.get("proxy_host"):
        return None
    cause = address_cause(found[0])
    if cause == "dns_ok" or good.cause == "proxy_ok":
        return None
    return replace(good, layer="dns", cause=cause, verdict="fail")


def _guess(doubt: Observation) -> Observation:
    """A program's own words name the layer; a person's complaint names none."""
    named = doubt.cause != "unclear" and doubt.facts.get("doubt") == "printed"
    return replace(doubt, verdict="fail") if named else doubt


def _flapping(observations: Sequence[Observation]) -> Iterator[Observation]:
    """It worked, failed and worked again, with nothing told to have been mended in between."""
    for index, failed in enumerate(observations):
        if failed.verdict != "fail" or _AWAY & _helps(failed):
            continue
        before = [seen for seen in observations[:index] if _same_try(seen, failed)]
        after = [seen for seen in observations[index + 1 :] if _same_try(seen, failed)]
        if before and after:
            yield replace(failed, verdict="warn")


def _same_try(seen: Observation, failed: Observation) -> bool:
    same = all(
        seen.facts.get(key) == failed.facts.get(key)
        for key in ("machine", "host", "helped_by", WHEN)
    )
    return seen.verdict == "ok" and seen.probe == failed.probe and same


def _open_ended(good: Observation, observations: Sequence[Observation]) -> Iterator[Observation]:
    """A command that goes further than what worked, and whose outcome nobody knows."""
    place = next((i for i, seen in enumerate(observations) if _is(seen, good)), 0)
    for index, seen in enumerate(observations):
        if seen.verdict != "unknown" or seen.cause not in _OPEN_ENDED or _AWAY & _helps(seen):
            continue
        reaches = _REACHES.get(seen.probe)
        if reaches is None or not is_portal(str(seen.facts.get("host", ""))):
            continue
        further = _rank(reaches) - _rank(observations[place].layer)
        if further > 0 or (further == 0 and index > place):
            yield seen


def _is(seen: Observation, good: Observation) -> bool:
    """The same look, which as the headline is said of layer ``ok``."""
    return seen.detail == good.detail and seen.cause == good.cause and seen.probe == good.probe


def _rank(layer: Layer) -> int:
    return _DEPTH.index(layer) if layer in _DEPTH else 0


def _helps(seen: Observation) -> frozenset[str]:
    helps = seen.facts.get("helped_by")
    return frozenset(helps) if isinstance(helps, tuple) else frozenset()
