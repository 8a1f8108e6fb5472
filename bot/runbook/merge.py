"""Three sources, one verdict: our look at the portal, the customer's evidence, the product's words.

DESIGN 4.3: where ours is healthy and the customer's fails, the note says so and what differs; where
the customer's own statements clash, it names the trap and the one question that settles it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.evidence.headline import headline
from bot.evidence.observation import Layer, Observation
from bot.runbook.book import Runbook, Scenario
from bot.runbook.clash import DESKTOP_TRAP, Clash, clash_of, is_desktop
from bot.runbook.control import NETWORK, TELLING, age_in_words
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.differs import Pair, differences, listed
from bot.runbook.snippet import frame_values, render

#: Works for curl although one family does not.
_PARTLY: Final = frozenset({"ipv6_unreachable", "ipv4_unreachable"})
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
    we = _we_reach(book.head.note, healthy, now) if healthy else ""
    said = _compared(book, diagnosis, theirs, healthy) if healthy else ""
    lines = (f"{we}{said}",) if said else ()
    clash = clash_of(book.head.clashes, theirs, diagnosis.findings)
    if clash is None:
        return Merged(lines, ours_told=bool(lines))
    return Merged(
        (*lines, _clashing(book, diagnosis, clash)),
        told=frozenset({clash.trap} - {""}),
        ours_told=bool(lines),
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
    book: Runbook, diagnosis: Diagnosis, theirs: Sequence[Observation], ours: Observation
) -> str:
    """Return how the sentence that begins with *we reach the portal* goes on."""
    words, scenario = book.head.note, book.scenarios[diagnosis.scenario]
    failed = _decisive(scenario, theirs)
    works = any(look.cause in _WORKS and look.verdict == "ok" for look in theirs)
    if works and (failed is None or failed.verdict == "fail"):
        about_app = scenario.layer not in NETWORK
        return words["merge_read_error" if about_app else "merge_both_reach"]
    if failed is None:
        return _only_said(words, diagnosis, scenario.layer)
    found = differences(Pair(ours, failed, theirs, words))
    partly = failed.verdict == "warn"
    name = "merge_partly" if partly else "merge_differs" if found else "merge_ends_at"
    values = {
        "place": words["merge_desktop" if _is_of_desktop(diagnosis, failed) else "merge_server"],
        "differs": f" {words['and']} ".join(found),
        "layer": _named(failed.layer),
    }
    return "" if partly and not found else render(words[name], values)


def _only_said(words: Mapping[str, str], diagnosis: Diagnosis, layer: Layer | None) -> str:
    """The customer's words name a layer that no output shows."""
    if layer is None or layer not in NETWORK or diagnosis.confidence == "unclear":
        return ""
    return render(words["merge_only_said"], {"layer": _named(layer)})


def _decisive(scenario: Scenario, theirs: Sequence[Observation]) -> Observation | None:
    """Return the customer's failure that the verdict is about, None when none is shown."""
    # A HAR shows the way from a browser to the instance, none of the instance's way to the portal.
    theirs = [look for look in theirs if look.vantage != "customer:har"]
    fails = [look for look in theirs if look.verdict == "fail"]
    own = [look for look in fails if scenario.layer in (_judged(look.layer), look.layer)]
    kept = [look for look in theirs if not own or look in own or look not in fails]
    found = headline(kept)
    if found is not None and found.verdict == "fail" and found.layer in NETWORK:
        fits = scenario.layer not in NETWORK or scenario.layer in (
            _judged(found.layer),
            found.layer,
        )
        return found if fits else None
    partly = [look for look in theirs if look.cause in _PARTLY and look.verdict == "warn"]
    return partly[-1] if partly and scenario.layer in ("tcp", None) else None


def _judged(layer: Layer) -> Layer:
    """The scenario for *ip* is that for *tcp*."""
    return "tcp" if layer == "ip" else layer


def _is_of_desktop(diagnosis: Diagnosis, look: Observation) -> bool:
    return is_desktop(look) or DESKTOP_TRAP in diagnosis.findings


def _named(layer: Layer) -> str:
    return layer if layer in ("proxy", "unknown") else layer.upper()
