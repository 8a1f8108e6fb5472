"""Two statements that clash: which of the product's traps explains both, and what settles it?"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from bot.evidence.observation import Observation

#: The trap that says which machine was tested.
DESKTOP_TRAP: Final = "laptop_proves_nothing"
_HEALTHY: Final = ("ok", "warn")


class Clash(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of runbook.toml: what works beside what fails, and how to tell why."""

    id: str
    works: tuple[str, ...]
    """One of these causes was seen, and not as a failure."""
    works_by: tuple[str, ...] = ()
    """Only by one of these tools; none named means by any."""
    fails: tuple[str, ...] = ()
    """One of these causes was seen as a failure; `app_*` stands for all of a layer."""
    fails_by: tuple[str, ...] = ()
    nothing_fails: bool = False
    """Nothing was seen failing on the way; the application's symptom may be there."""
    desktop: bool = False
    """What works was run on a desktop or laptop."""
    trap: str = ""
    """The trap of findings.toml that says it; without one, `says` does."""
    says: str = ""
    ask: str = ""
    """The one question that settles it, with `[[ ]]` holes."""
    label: str = ""
    """Stands before it; without one, the word for a contradiction does."""


def clash_of(
    clashes: Iterable[Clash], seen: Sequence[Observation], findings: Sequence[str]
) -> Clash | None:
    """Return the first row that fits what the customer's evidence shows."""
    theirs = [look for look in seen if look.vantage.startswith(("customer", "product"))]
    proven = proven_good(theirs)
    return next((clash for clash in clashes if _fits(clash, theirs, proven, findings)), None)


def proven_good(seen: Sequence[Observation]) -> list[Observation]:
    """Return what works and proves it: no answer without verification, or of another resolver.

    A look of the check script counts only when the run's sum says that an activation gets through.
    """
    unverified = any(look.cause == "tls_verification_disabled" for look in seen)
    sums = [look for look in seen if look.facts.get("judged")]
    gets_through = bool(sums) and sums[-1].facts.get("activates") == "yes"
    return [
        look
        for look in seen
        if look.verdict in _HEALTHY
        and not look.facts.get("resolver_named")
        and not (unverified and look.layer in ("http", "tls", "ok"))
        and (gets_through or look.vantage != "customer:script")
    ]


def _fits(
    clash: Clash,
    seen: Sequence[Observation],
    proven: Sequence[Observation],
    findings: Sequence[str],
) -> bool:
    works = [look for look in proven if _is_one(look, clash.works, clash.works_by)]
    if clash.desktop:
        works = [look for look in works if is_desktop(look) or DESKTOP_TRAP in findings]
    else:
        works = [look for look in works if not is_desktop(look)]
    if clash.nothing_fails:
        fails = (look for look in seen if look.verdict == "fail" and look.layer != "app")
        return bool(works) and not any(fails)
    return any(
        not _are_apart(good, bad) for good in works for bad in _standing_failures(clash, seen)
    )


def _standing_failures(clash: Clash, seen: Sequence[Observation]) -> Iterator[Observation]:
    """Yield the failures that the same tool has not got over since."""
    for place, look in enumerate(seen):
        if look.verdict != "fail" or not _is_one(look, clash.fails, clash.fails_by):
            continue
        later = seen[place + 1 :]
        if not any(other.probe == look.probe and other.verdict == "ok" for other in later):
            yield look


def _is_one(look: Observation, causes: Sequence[str], tools: Sequence[str]) -> bool:
    if tools and look.probe not in tools:
        return False
    return any(
        look.cause.startswith(cause[:-1]) if cause.endswith("*") else look.cause == cause
        for cause in causes
    )


def is_desktop(look: Observation) -> bool:
    """Was it run on a desktop? Servers of this product never run Windows."""
    return look.facts.get("machine") == "windows"


def _are_apart(good: Observation, bad: Observation) -> bool:
    """Two machines may differ without any clash."""
    machines = (good.facts.get("machine"), bad.facts.get("machine"))
    return all(machines) and machines[0] != machines[1]
