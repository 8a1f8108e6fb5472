"""Every API call that arrived, so that a test can count them."""

import re
import threading
from collections import deque
from dataclasses import asdict, dataclass

_TICKET = re.compile(r"/tickets/(\d+)")


@dataclass(frozen=True, slots=True)
class Call:
    """One call and the answer its caller saw."""

    at: str
    method: str
    path: str
    query: str
    status: int
    """0 when the caller got no answer."""
    milliseconds: float
    ticket: int | None
    fault: str = ""


def ticket_in(path: str) -> int | None:
    """The ticket that a path is about."""
    found = _TICKET.search(path)
    return int(found[1]) if found else None


class CallLog:
    """The newest calls, oldest first."""

    def __init__(self, keep: int = 100_000) -> None:
        self._calls: deque[Call] = deque(maxlen=keep)
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Remember one call."""
        with self._lock:
            self._calls.append(call)

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()

    def find(self, method: str = "", path: str = "", ticket: int | None = None) -> list[Call]:
        """Calls with this method, a path that the regular expression finds, and this ticket."""
        wanted = re.compile(path)
        with self._lock:
            calls = list(self._calls)
        return [
            call
            for call in calls
            if (not method or call.method == method.upper())
            and wanted.search(call.path)
            and (ticket is None or call.ticket == ticket)
        ]

    def as_json(
        self, method: str = "", path: str = "", ticket: int | None = None
    ) -> list[dict[str, object]]:
        """The same as plain objects."""
        return [asdict(call) for call in self.find(method, path, ticket)]
