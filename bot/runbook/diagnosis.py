"""What we think is going on with a ticket, and what made us think so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.evidence.observation import Assessment, Confidence, Observation

#: Values drawn out of a ticket, by the keys of DESIGN 4.9; several values become a tuple.
Extracted = Mapping[str, str | bool | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Reason:
    """One signal that fired, with the words that made it fire."""

    signal: str
    """Id of the signal in the scenario's file."""
    weight: float
    """Points it gave to its scenario; negative when it spoke against it."""
    quote: str
    """The evidence, redacted, at most about 160 characters."""
    source: str
    """Where it stands: ``subject``, ``description``, ``comment 2``, ``field plan``, ``paste``."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another scenario that fits, and what would confirm it."""

    scenario: str
    score: float
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The verdict on one ticket."""

    scenario: str
    """A label of manifests/runbook/scenarios."""
    branch: str | None
    confidence: Confidence
    reasons: tuple[Reason, ...] = ()
    assessment: Assessment | None = None
    missing: str | None = None
    """Id of the next smallest question, None when nothing is missing."""
    alternatives: tuple[Alternative, ...] = ()
    extracted: Extracted = field(default_factory=dict)
    observations: tuple[Observation, ...] = ()
    findings: tuple[str, ...] = ()
    """Ids of manifests/runbook/findings.toml that apply, most important first."""
    corrected_by_agent: bool = False
