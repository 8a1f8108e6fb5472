"""The numbers of the intake, for Prometheus; under gunicorn summed over every worker process."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from bot.store.measures import Measures
from bot.web.metrics_store import StoreCollector

Outcome = Literal[
    "accepted", "duplicate", "own", "foreign", "unknown_type", "irrelevant", "bad_signature",
    "stale", "malformed", "cut_short", "too_large", "encoding", "store_down",
]  # fmt: skip
OUTCOMES: Final[tuple[Outcome, ...]] = (
    "accepted", "duplicate", "own", "foreign", "unknown_type", "irrelevant", "bad_signature",
    "stale", "malformed", "cut_short", "too_large", "encoding", "store_down",
)  # fmt: skip
#: An ack should take a few milliseconds; Zendesk gives up after 10 s.
_ACK_BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in the queue of events."""

    waiting: int
    """Due now."""
    scheduled: int
    """Waiting for quiet, or between two tries."""
    running: int
    oldest_seconds: float
    dead_letters: int
    """Of every queue."""


class IntakeMetrics:
    """Counts what the webhook answered, and how fast."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._events = Counter(
            "licensing_bot_events",
            "Deliveries at the webhook by outcome",
            ["outcome"],
            registry=self._registry,
        )
        self._ack = Histogram(
            "licensing_bot_ack_seconds",
            "Seconds from the first byte of a delivery to our answer",
            buckets=_ACK_BUCKETS,
            registry=self._registry,
        )
        for outcome in OUTCOMES:
            self._events.labels(outcome)

    def count(self, outcome: Outcome, seconds: float) -> None:
        """Count one answer."""
        self._events.labels(outcome).inc()
        self._ack.observe(seconds)

    def render(
        self,
        backlog: Callable[[], Backlog | None],
        measures: Callable[[], Measures | None] = lambda: None,
    ) -> bytes:
        """Return the text that Prometheus reads."""
        registry = _of_every_process() or self._registry
        store = CollectorRegistry()
        store.register(_BacklogCollector(backlog()))
        store.register(StoreCollector(measures()))
        return generate_latest(registry) + generate_latest(store)


def _of_every_process() -> CollectorRegistry | None:
    """Return the sums over gunicorn's workers; None in a process by itself."""
    registry = CollectorRegistry()
    try:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # not typed there
    except ValueError:  # PROMETHEUS_MULTIPROC_DIR is not set
        return None
    return registry


class _BacklogCollector(Collector):
    """The queue's numbers are the store's, the same from every process: read at the scrape."""

    def __init__(self, backlog: Backlog | None) -> None:
        self._backlog = backlog

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("licensing_bot_store_up", "1 when the store answers")
        up.add_metric([], 0.0 if self._backlog is None else 1.0)
        yield up
        if self._backlog is not None:
            for name, text, value in (
                ("queue_waiting", "Jobs that are due", self._backlog.waiting),
                ("queue_scheduled", "Jobs for later", self._backlog.scheduled),
                ("queue_running", "Jobs in work", self._backlog.running),
                ("queue_oldest_seconds", "Age of the oldest due job", self._backlog.oldest_seconds),
                ("queue_dead_letters", "Jobs that failed for good", self._backlog.dead_letters),
            ):
                gauge = GaugeMetricFamily(f"licensing_bot_{name}", text)
                gauge.add_metric([], float(value))
                yield gauge
