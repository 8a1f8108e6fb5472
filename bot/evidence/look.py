"""One look of all probes from one vantage, with what it means."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.evidence.assess import assess
from bot.evidence.observation import Activates, Assessment, Fact, Observation, Verdict

_VERDICTS: Final[dict[Activates, Verdict]] = {
    "yes": "ok", "degraded": "warn", "no": "fail", "unknown": "unknown",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What one vantage saw of the portal at one time."""

    vantage: str
    """``bot:<name>`` or ``globalping:<place>``."""
    target: str
    assessment: Assessment
    observations: tuple[Observation, ...]
    seen_at: datetime
    seconds: float = 0.0

    @property
    def fails(self) -> bool:
        """Could no license be activated from there?"""
        return self.assessment.activates == "no"

    @property
    def families(self) -> tuple[str, ...]:
        """Over which families of addresses the portal answered: ``IPv4``, ``IPv6``."""
        found = {
            look.facts.get("family")
            for look in self.observations
            if look.probe == "https" and look.verdict in ("ok", "warn")
        }
        return tuple(f"IPv{family}" for family in (4, 6) if family in found)

    def headline(self) -> Observation:
        """The whole look as one observation."""
        judged = self.assessment
        facts: dict[str, Fact] = {"activates": judged.activates, "families": self.families}
        return Observation(
            probe="suite",
            target=self.target,
            vantage=self.vantage,
            layer=judged.layer,
            cause=judged.cause,
            verdict=_VERDICTS[judged.activates],
            facts=facts,
            seen_at=self.seen_at,
        )


def judged_look(
    vantage: str,
    target: str,
    observations: Iterable[Observation],
    seen_at: datetime,
    seconds: float = 0.0,
) -> Look:
    """Judge what one vantage saw."""
    seen = tuple(observations)
    return Look(vantage, target, assess(seen), seen, seen_at, round(seconds, 2))
