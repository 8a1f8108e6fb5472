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

    @property
    def addresses(self) -> tuple[str, ...]:
        """What the name led to, for the answers that could be the portal's."""
        found: dict[str, None] = {}
        for look in self.observations:
            refused = look.facts.get("refused", ())
            for address in (*_listed(look.facts.get("answers")), *_listed(look.facts.get("ip"))):
                if look.facts.get("path") != "proxy" and address not in _listed(refused):
                    found[address] = None
        return tuple(found)

    def headline(self) -> Observation:
        """The whole look as one observation, with what a customer's look is compared with."""
        judged = self.assessment
        facts: dict[str, Fact] = {
            "activates": judged.activates,
            "families": self.families,
            "addresses": self.addresses,
            **_first_facts(self.observations, "tls", ("issuer",)),
            **_first_facts(self.observations, "https", ("http_status", "location")),
        }
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


def _listed(value: Fact | None) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()


def _first_facts(
    looks: Iterable[Observation], probe: str, names: tuple[str, ...]
) -> dict[str, Fact]:
    """Return these facts of the first look of a probe that went well; HEAD comes before GET."""
    good = [look for look in looks if look.probe == probe and look.verdict in ("ok", "warn")]
    good.sort(key=lambda look: not str(look.facts.get("request", "HEAD")).startswith("HEAD"))
    first = good[0].facts if good else {}
    return {name: first[name] for name in names if name in first}
