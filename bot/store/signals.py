"""What workers count for Prometheus: kept in memory, added to the store with every heartbeat.

A worker has no page of its own; the web reads the sums here. A killed worker loses what it counted
since its last beat, two seconds.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from psycopg.rows import class_row

from bot.store.database import Database

#: Upper bounds in seconds, from a healthy note (tenths) to the end of its usefulness (two hours).
BOUNDS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600, 7200)

HANDLED: Final = "handled"
NOTES: Final = "notes"
NOTE_SECONDS: Final = "event_to_note_seconds"
CALLS: Final = "zendesk_calls"
RECONCILED: Final = "reconciled"
PREVENTED: Final = "duplicates_prevented"
LOOKS: Final = "probe_looks"
_SUM: Final = "sum"


@dataclass(frozen=True, slots=True)
class Signal:
    """One counter: its labels' values, in the order that the metric's name stands for."""

    metric: str
    labels: Sequence[str]
    value: float


class Signals:
    """One worker process's counters; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new: dict[tuple[str, tuple[str, ...]], float] = {}
        self.handled_at = float("-inf")
        """When an event was last handled, by the monotonic clock."""

    def count(self, metric: str, *labels: str, by: float = 1.0) -> None:
        """Add to one counter."""
        with self._lock:
            key = (metric, labels)
            self._new[key] = self._new.get(key, 0.0) + by

    def observe(self, metric: str, seconds: float) -> None:
        """Add one value to a histogram."""
        place = bisect_left(BOUNDS, seconds)
        bound = str(BOUNDS[place]) if place < len(BOUNDS) else "+Inf"
        self.count(metric, bound)
        self.count(metric, _SUM, by=max(seconds, 0.0))

    def flush(self, database: Database) -> None:
        """Add what is new to the store; what cannot be written is kept for the next time."""
        with self._lock:
            taken, self._new = self._new, {}
        if not taken:
            return
        rows = sorted(taken.items())  # one order in every process, so that two cannot deadlock
        try:
            with database.connection() as connection, connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO signals AS known (metric, labels, value) VALUES (%s, %s, %s)"
                    " ON CONFLICT (metric, labels) DO UPDATE"
                    " SET value = known.value + excluded.value, changed_at = now()",
                    [(metric, list(labels), value) for (metric, labels), value in rows],
                )
        except BaseException:
            for (metric, labels), value in rows:
                self.count(metric, *labels, by=value)
            raise


def read_signals(database: Database) -> Sequence[Signal]:
    """Every counter of all workers together."""
    with (
        database.connection() as connection,
        connection.cursor(row_factory=class_row(Signal)) as cursor,
    ):
        return cursor.execute(
            "SELECT metric, labels, value FROM signals ORDER BY metric, labels"
        ).fetchall()


def buckets_of(signals: Sequence[Signal], metric: str) -> tuple[list[tuple[str, float]], float]:
    """Return a histogram as Prometheus wants it: cumulative buckets, and the sum of all values."""
    mine = {signal.labels[0]: signal.value for signal in signals if signal.metric == metric}
    return list(_cumulative(mine)), mine.get(_SUM, 0.0)


def _cumulative(counts: dict[str, float]) -> Iterator[tuple[str, float]]:
    total = 0.0
    for bound in (*map(str, BOUNDS), "+Inf"):
        total += counts.get(bound, 0.0)
        yield bound, total
