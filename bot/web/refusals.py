"""A delivery that is refused, and one clear line in the log for each kind of refusal."""

import logging
import threading
import time
from typing import Final

from bot.web.metrics import Outcome

_LOG: Final = logging.getLogger(__name__)
_QUIET_SECONDS: Final = 10.0


class Refused(Exception):  # noqa: N818  an answer, not an error of ours
    """Ends a delivery with this status; the problem is said to the sender, the detail only to us.

    Neither ever quotes the body.
    """

    def __init__(self, status: int, outcome: Outcome, problem: str, detail: str = "") -> None:
        super().__init__(problem)
        self.status = status
        self.outcome = outcome
        self.problem = problem
        self.detail = detail or problem


class Refusals:
    """Logs the first refusal of a kind at once, then at most one line in ten seconds.

    A stopped store or a stranger's flood would otherwise fill the disk with equal lines.
    """

    def __init__(self, quiet_seconds: float = _QUIET_SECONDS) -> None:
        self._quiet = quiet_seconds
        self._lock = threading.Lock()
        self._logged_at: dict[str, float] = {}
        self._unlogged: dict[str, int] = {}

    def log(self, outcome: str, problem: str) -> None:
        """Say what was refused and why; count what is not said."""
        with self._lock:
            now = time.monotonic()
            if now - self._logged_at.get(outcome, float("-inf")) < self._quiet:
                self._unlogged[outcome] = self._unlogged.get(outcome, 0) + 1
                return
            self._logged_at[outcome] = now
            more = self._unlogged.pop(outcome, 0)
        _LOG.warning(problem, extra={"outcome": outcome, "more_since_last_line": more})
