"""Three sources, one verdict: our look at the portal, the customer's evidence, the product's words.

DESIGN 4.3: where ours is healthy and the customer's fails, the note says so and what differs; where
the customer's own statements clash, it names the trap and the one question that settles it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.evidence.headline import headline
from bot.evidence.observation import Layer, Observation
from bot.evidence.trouble import TELLING
from bot.runbook.book import Runbook
from bot.runbook.clash import DESKTOP_TRAP, Clash, clash_of, is_desktop, proven_good
from bot.runbook.control import NETWORK, age_in_words
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.differs import Pair, differences, listed
from bot.runbook.snippet import frame_values, render

#: Works for curl although one family does not.
_PARTLY: Final = frozenset({"ipv6_unreachable", "ipv4_unreachable"})
_NONE: Final[frozenset[str]] = frozenset()
#: These speak from the server itself.
_ON_SERVER: Final = frozenset({"ruby", "product", "log", "rake", "check"})
_WORKS: Final = frozenset({"http_ok_redirect_signin", "proxy_ok"})


@dataclass(frozen=True, slots=True)
class Merged:
    """What the sources say together, as Markdown."""

    lines: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
    """Findings that these lines say already."""
    ours_told: bool = False
    """Our own look is told, with its age."""


def merge(book: Runbook, diagnosis: Diagnosis, ours: Observation | None, now: datetime) -> Merged:
    """Say what the sources mean together; nothing where they add nothing to one another."""
    scenario = book.scenarios[diagnosis.scenario]
    if not scenario.probe:
        return Merged()
    theirs = _theirs(diagnosis)
    healthy = ours if ours is not None and _is_telling(ours, now) else None
    merged = _compared(book, diagnosis, theirs, healthy, now) if healthy else Merged()
    clash = clash_of(book.head.clashes, theirs, diagnosis.findings)
    if clash is None:
        return merged
    return replace(
        merged,
        lines=(*merged.lines, _clashing(book, diagnosis, clash)),
        told=merged.told | {clash.trap},
    )


def _is_telling(ours: Observation, now: datetime) -> bool:
    """Only a young look of a portal that works accuses anybody else."""
    young = ours.seen_at is not None and now - ours.seen_at < TELLING
    return young and ours.verdict == "ok"


def _theirs(diagnosis: Diagnosis) -> tuple[Observation, ...]:
    return tuple(
        look for look in diagnosis.observations if look.vantage.startswith(("customer", "product"))
    )


def _we_reach(words: Mapping[str, str], ours: Observation, now: datetime) -> str:
    families = f" {words['and']} ".join(listed(ours.facts.get("families")))
    name = "merge_we_reach_over" if families else "merge_we_reach"
    return render(words[name], {"families": families, "age": age_in_words(ours.seen_at, now)})


def _clashing(book: Runbook, diagnosis: Diagnosis, clash: Clash) -> str:
    words = book.head.note
    values = frame_values(book, diagnosis.extracted)
    says = book.traps[clash.trap].says if clash.trap else render(clash.says, values)
    ask = f" **{words['merge_settle']}:** {render(clash.ask, values)}" if clash.ask else ""
    return f"**{clash.label or words['merge_clash']}:** {says}{ask}"


def _compared(
    book: Runbook,
    diagnosis: Diagnosis,
    theirs: Sequence[Observation],
    ours: Observation,
    now: datetime,
) -> Merged:
    """Go on from *we reach the portal*: and the customer?"""
    words, layer = book.head.note, book.scenarios[diagnosis.scenario].layer
    failed = _decisive(layer, theirs)
    told: frozenset[str] = frozenset()
    if _reaches(theirs) and (failed is None or failed.verdict == "fail"):
        cleared = layer not in NETWORK and DESKTOP_TRAP not in diagnosis.findings
        said = words["merge_read_error" if cleared else "merge_both_reach"]
    elif failed is None:
        said = _only_said(words, diagnosis, layer)
    else:
        pair = Pair(ours, failed, theirs, words)
        said, told = _differing(book, diagnosis, pair)
    if not said:
        return Merged()
    return Merged((f"{_we_reach(words, ours, now)}{said}",), told, ours_told=True)


def _reaches(theirs: Sequence[Observation]) -> bool:
    """Did a test of the customer's own get the portal's answer, and not just on a desktop?"""
    return any(
        look.cause in _WORKS and look.verdict == "ok" and not is_desktop(look)
        for look in proven_good(theirs)
    )


def _differing(book: Runbook, diagnosis: Diagnosis, pair: Pair) -> tuple[str, frozenset[str]]:
    """Return what differs; where nothing can be compared, what the failure means."""
    words, failed = pair.words, pair.failed
    values = {"place": words[_place(diagnosis, failed)], "layer": _named(failed.layer)}
    if found := differences(pair):
        name = "merge_partly" if failed.verdict == "warn" else "merge_differs"
        return render(words[name], {**values, "differs": "; ".join(found)}), _NONE
    if failed.verdict == "warn" and not failed.facts.get("judged"):
        return "", _NONE
    means = book.findings.get(failed.cause) or book.findings["unclear"]
    finding = f"{means.says} {means.do}".rstrip()
    name = "merge_partly_at" if failed.verdict == "warn" else "merge_ends_at"
    return render(words[name], {**values, "finding": finding}), frozenset({failed.cause})


def _only_said(words: Mapping[str, str], diagnosis: Diagnosis, layer: Layer | None) -> str:
    """The customer's words name a layer that no output shows; asking about proxies is no fault."""
    if layer not in NETWORK or layer in (None, "proxy") or diagnosis.confidence == "unclear":
        return ""
    return render(words["merge_only_said"], {"layer": _named(layer)})


def _decisive(layer: Layer | None, theirs: Sequence[Observation]) -> Observation | None:
    """Return the customer's failure that the verdict is about, None when none is shown."""
    # A HAR shows the way from a browser to the instance, none of the instance's way to the portal.
    theirs = [look for look in theirs if look.vantage != "customer:har"]
    fails = [look for look in theirs if look.verdict == "fail"]
    own = [look for look in fails if _judged(look.layer) == layer]
    kept = [look for look in theirs if not own or look in own or look not in fails]
    found = headline(kept)
    if found is not None and found.verdict == "fail" and found.layer in NETWORK:
        return found if layer not in NETWORK or _judged(found.layer) == layer else None
    if found is not None and found.facts.get("activates") == "degraded":
        return found
    partly = [look for look in theirs if look.cause in _PARTLY and look.verdict == "warn"]
    return partly[-1] if partly and layer in ("tcp", None) else None


def _judged(layer: Layer) -> Layer:
    """The scenario for *ip* is that for *tcp*."""
    return "tcp" if layer == "ip" else layer


def _place(diagnosis: Diagnosis, look: Observation) -> str:
    """Name the machine; beside a laptop, only the product's own words are surely a server's."""
    if is_desktop(look):
        return "merge_desktop"
    doubtful = DESKTOP_TRAP in diagnosis.findings and look.probe not in _ON_SERVER
    return "merge_tested" if doubtful else "merge_server"


def _named(layer: Layer) -> str:
    return layer if layer in ("proxy", "unknown") else layer.upper()
