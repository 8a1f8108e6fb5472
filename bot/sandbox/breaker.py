"""When Zendesk stops calling an endpoint that keeps failing."""

import threading
import time
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """Third-party figures (facts §2.4); the least number of attempts is ours."""

    window: float = 300.0
    ratio: float = 0.7
    errors: int = 1000
    least: int = 100
    pause: float = 5.0


class Breaker:
    """Counts the attempts of one webhook."""

    def __init__(self, rules: BreakerRules) -> None:
        self._rules = rules
        self._lock = threading.Lock()
        self._seen: deque[tuple[float, bool]] = deque()
        self._failures = 0
        self._open_until = 0.0

    def is_open(self) -> bool:
        """Are calls dropped at the moment?"""
        return time.monotonic() < self._open_until

    def count(self, *, failed: bool) -> None:
        """Count one attempt; the one too many opens the circuit for a while."""
        now = time.monotonic()
        with self._lock:
            self._seen.append((now, failed))
            self._failures += failed
            while self._seen and now - self._seen[0][0] > self._rules.window:
                self._failures -= self._seen.popleft()[1]
            if self._too_many():
                self._open_until = now + self._rules.pause
                self._seen.clear()
                self._failures = 0

    def _too_many(self) -> bool:
        attempts = len(self._seen)
        return self._failures > self._rules.errors or (
            attempts >= self._rules.least and self._failures >= self._rules.ratio * attempts
        )
