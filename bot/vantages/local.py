"""The vantage that needs nothing: this machine."""

from collections.abc import Mapping

from bot.evidence.observation import Observation
from bot.probes.guard import Guard
from bot.probes.https import Portal
from bot.probes.suite import OnResult, run_suite
from bot.probes.surroundings import read_surroundings


def look_from_here(
    target: str,
    environ: Mapping[str, str],
    *,
    guard: Guard,
    portal: Portal | None = None,
    name: str = "local",
    deadline: float = 10.0,
    on_result: OnResult | None = None,
) -> tuple[Observation, ...]:
    """Run the suite here; of `environ` only the proxy variables count.

    Raises `bot.probes.guard.Refused` for a target that is not probed.
    """
    return run_suite(
        target,
        guard=guard,
        surroundings=read_surroundings(environ),
        deadline=deadline,
        on_result=on_result,
        portal=portal,
        vantage=f"bot:{name}",
    )
