"""Our own host as a vantage: `local`, or a worker elsewhere under the name it was given."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.evidence.look import Look, judged_look
from bot.evidence.observation import Observation
from bot.probes.guard import Guard, Refused
from bot.probes.https import Portal
from bot.vantages.local import look_from_here

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
#: The look at a customer's own instance: from this host, but not at the portal.
INSTANCE: Final = "instance"
#: These mean something else.
_TAKEN: Final = frozenset({"globalping", INSTANCE})


@dataclass(frozen=True, slots=True)
class Here:
    """Looks at the portal from this host."""

    name: str
    target: str
    clock: Callable[[], datetime]
    guard: Guard = field(default_factory=Guard)
    portal: Portal = field(default_factory=Portal)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Only the proxy variables count."""
    deadline: float = 10.0

    def __call__(self, place: str) -> tuple[Look, float]:  # noqa: ARG002  this host stays where it is
        """Look now; a target that is not probed is told in the look."""
        began, vantage = time.monotonic(), f"bot:{self.name}"
        try:
            seen = look_from_here(
                self.target,
                self.environ,
                guard=self.guard,
                portal=self.portal,
                name=self.name,
                deadline=self.deadline,
            )
        except Refused as reason:
            return nothing_seen(vantage, self.target, str(reason), self.clock()), 0.0
        took = time.monotonic() - began
        return judged_look(vantage, self.target, seen, self.clock(), took), 0.0


def nothing_seen(vantage: str, target: str, why: str, at: datetime) -> Look:
    """Return the look of a vantage that could not look, with the one line that says why."""
    probe = vantage.partition(":")[0]
    line = Observation(probe, target, vantage, "unknown", "unclear", "unknown", why[:300], {}, at)
    return judged_look(vantage, target, (line,), at)


def check_name(name: str) -> str:
    """Return the name of a vantage; `ValueError` says what one looks like."""
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise ValueError(f"{name!r} is no name of a vantage: small letters, digits, hyphens")
    return name
