"""Writes down what a probe saw, as an Observation of one vantage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.evidence.observation import CAUSES, Fact, Observation, Verdict

_LONGEST_DETAIL: Final = 300


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Recorder:
    """Knows from where we look, and the time of day."""

    vantage: str
    clock: Callable[[], datetime] = _now

    def saw(
        self,
        probe: str,
        target: str,
        cause: str,
        verdict: Verdict,
        detail: str = "",
        facts: Mapping[str, Fact | None] | None = None,
    ) -> Observation:
        """Return the observation; facts without a value are left out."""
        return Observation(
            probe=probe,
            target=target,
            vantage=self.vantage,
            layer=CAUSES[cause],
            cause=cause,
            verdict=verdict,
            detail=" ".join(detail.split())[:_LONGEST_DETAIL],
            facts={key: value for key, value in (facts or {}).items() if value is not None},
            seen_at=self.clock(),
        )


def endpoint(address: str, port: int) -> str:
    """Write an address and a port as a URL would."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def family(address: str) -> int:
    """4 or 6."""
    return 6 if ":" in address else 4
