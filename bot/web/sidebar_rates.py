"""How often one ticket's sidebar may ask: agents look at it together, and none can exhaust us."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, Literal

Kind = Literal["read", "act", "ask"]

#: A ticket's calls of a kind in a minute, in one process. Several agents who watch a probe run stay
#: below; `ask` is a question to Zendesk, which must never cost the notes their share of its limits.
_ALLOWED: Final[Mapping[Kind, int]] = {"read": 120, "act": 30, "ask": 12}
_WINDOW: Final = 60.0
_MOST_TICKETS: Final = 5_000


class TicketRates:
    """Counts calls by ticket; safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: dict[tuple[int, Kind], deque[float]] = {}

    def wait(self, ticket_id: int, kind: Kind) -> float:
        """Count one call; return 0, or the seconds until there is room for it."""
        now = self._clock()
        with self._lock:
            calls = self._calls.pop((ticket_id, kind), deque())
            self._calls[ticket_id, kind] = calls  # the newest stands last
            while calls and now - calls[0] >= _WINDOW:
                calls.popleft()
            if len(calls) >= _ALLOWED[kind]:
                return _WINDOW - (now - calls[0])
            calls.append(now)
            while len(self._calls) > _MOST_TICKETS:
                self._calls.pop(next(iter(self._calls)))
        return 0.0
