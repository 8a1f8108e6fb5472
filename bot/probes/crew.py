"""Runs looks side by side, each in a thread that can be left behind when it does not return."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.probes.patience import Deadline

T = TypeVar("T")


@dataclass(slots=True)
class Crew(Generic[T]):
    """Threads of one suite run; results come back to the one thread that waits for them.

    `getaddrinfo` cannot be cancelled from Python, so threads are daemons: a run never waits for
    one that is stuck, and neither does the end of the process.
    """

    _done: "queue.SimpleQueue[tuple[str, T | BaseException]]" = field(
        default_factory=queue.SimpleQueue
    )
    busy: set[str] = field(default_factory=set)
    """Names of the looks that have not come back."""

    def start(self, name: str, look: Callable[[], T]) -> None:
        """Start one look; `name` is unique within the run."""
        self.busy.add(name)
        threading.Thread(
            target=self._carry_out, args=(name, look), name=f"probe {name}", daemon=True
        ).start()

    def next(self, deadline: Deadline) -> tuple[str, T] | None:
        """Return the next look that came back, None when the deadline passed first.

        What a look raised is raised here: a probe returns what the world did, so an exception
        is a mistake of ours.
        """
        try:
            name, result = self._done.get(timeout=deadline.left())
        except queue.Empty:
            return None
        self.busy.discard(name)
        if isinstance(result, BaseException):
            raise result
        return name, result

    def _carry_out(self, name: str, look: Callable[[], T]) -> None:
        try:
            result: T | BaseException = look()
        except BaseException as error:  # noqa: BLE001  carried over to the thread that waits
            result = error
        self._done.put((name, result))
