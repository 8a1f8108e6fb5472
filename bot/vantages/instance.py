"""One look from this host at a customer's own instance: does it answer from outside?"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.evidence.look import Look, judged_look
from bot.probes.guard import Guard, Refused
from bot.probes.https import Portal
from bot.vantages.here import INSTANCE, nothing_seen
from bot.vantages.local import look_from_here

#: No `bot:` vantage: those look at the portal, and what they see is counted as its state.
VANTAGE: Final = f"{INSTANCE}:local"


@dataclass(frozen=True, slots=True)
class Instance:
    """Looks straight, through no proxy: behind one its resolver would choose the address.

    No path of the portal is asked for and nothing is posted; a page view is all the instance sees.
    """

    clock: Callable[[], datetime]
    guard: Guard = field(default_factory=Guard)
    deadline: float = 10.0

    def __call__(self, place: str) -> tuple[Look, float]:
        """Look at the address that the order named; `place` is that address."""
        began = time.monotonic()
        try:
            seen = look_from_here(
                place,
                {},
                guard=self.guard,
                portal=Portal(sign_in="", graphql=""),
                name=INSTANCE,
                deadline=self.deadline,
            )
        except Refused as reason:
            return nothing_seen(VANTAGE, place, str(reason), self.clock()), 0.0
        return judged_look(VANTAGE, place, seen, self.clock(), time.monotonic() - began), 0.0
