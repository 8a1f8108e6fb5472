"""The numbers that live in the store: what workers counted, and how everything stands now.

They are the same from every web process, so they are read at the scrape and never summed.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from bot.queue import HANDLE_EVENT
from bot.store.measures import Measures
from bot.store.signals import (
    CALLS,
    HANDLED,
    NOTE_SECONDS,
    NOTES,
    PREVENTED,
    RECONCILED,
    buckets_of,
)

#: Metric of the workers → its name for Prometheus, what it says, its labels.
_COUNTERS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    HANDLED: ("events_handled", "Events by what came of them", ("outcome",)),
    NOTES: ("notes", "Notes written, by what called for them", ("kind",)),
    PREVENTED: ("duplicates_prevented", "Second notes that were not written", ("how",)),
    CALLS: ("zendesk_calls", "Calls to Zendesk by route and status", ("route", "status")),
    RECONCILED: ("reconciled", "Changes that no webhook told and the search found", ()),
}
_ACTIVATES: Final = {"yes": 1.0, "degraded": 0.5, "no": 0.0}
_ERRANDS: Final = ("reconcile", "purge", "drift")


class StoreCollector(Collector):
    """Turns one reading of the store into metrics; nothing while the store is down."""

    def __init__(self, measures: Measures | None) -> None:
        self._measures = measures

    def collect(self) -> Iterable[Metric]:
        """Yield every metric."""
        if self._measures is None:
            return
        yield from _counters(self._measures)
        yield _note_seconds(self._measures)
        yield from _limits(self._measures)
        yield from _processes(self._measures)
        yield from _portal(self._measures)
        yield from _house(self._measures)


def _counters(measures: Measures) -> Iterator[Metric]:
    for metric, (name, text, labels) in _COUNTERS.items():
        family = CounterMetricFamily(f"licensing_bot_{name}", text, labels=labels)
        found = [one for one in measures.signals if one.metric == metric]
        for one in found:
            family.add_metric([str(label) for label in one.labels], one.value)
        if not found and not labels:
            family.add_metric([], 0.0)
        yield family


def _note_seconds(measures: Measures) -> Metric:
    buckets, total = buckets_of(measures.signals, NOTE_SECONDS)
    family = HistogramMetricFamily(
        "licensing_bot_event_to_note_seconds", "Seconds from an event's arrival to its note"
    )
    family.add_metric([], buckets, total)
    return family


def _limits(measures: Measures) -> Iterator[Metric]:
    left = _gauge("zendesk_budget_left", "Calls that Zendesk still allows", "bucket")
    limit = _gauge("zendesk_budget_limit", "Calls that Zendesk allows a minute", "bucket")
    wait = _gauge("zendesk_wait_seconds", "Until an automatic call may leave", "bucket")
    for state in measures.budgets:
        left.add_metric([state.bucket], state.left)
        limit.add_metric([state.bucket], state.capacity)
        wait.add_metric([state.bucket], max(state.wait, 0.0))
    yield from (left, limit, wait)


def _processes(measures: Measures) -> Iterator[Metric]:
    family = _gauge("processes", "Processes heard of within six seconds", "role", "version")
    for alive in measures.alive:
        family.add_metric([alive.role, alive.version], alive.count)
    yield family
    workers = sum(alive.count for alive in measures.alive if alive.role == "worker")
    yield _single("workers", "Workers heard of within six seconds", workers)
    yield _single("paused", "1 while `licensing-bot pause` holds", float(measures.paused))


def _portal(measures: Measures) -> Iterator[Metric]:
    activates = _gauge(
        "probe_activates", "Could one activate from here: 1, 0.5 degraded, 0, -1 unknown", "vantage"
    )
    verdict = _gauge(
        "probe_verdict", "The newest look of each vantage", "vantage", "layer", "cause", "activates"
    )
    age = _gauge("probe_age_seconds", "Age of the newest look", "vantage")
    for look in measures.looks:
        activates.add_metric([look.vantage], _ACTIVATES.get(look.activates, -1.0))
        verdict.add_metric([look.vantage, look.layer, look.cause, look.activates], 1.0)
        age.add_metric([look.vantage], look.seconds_ago)
    yield from (activates, verdict, age)


def _house(measures: Measures) -> Iterator[Metric]:
    resting = _gauge("dead_letters", "Jobs that failed for good, by task", "task")
    # From the first scrape on: `delta` does not see how a series began.
    counts = {HANDLE_EVENT: 0} | {letters.task: letters.count for letters in measures.resting}
    for task, count in counts.items():
        resting.add_metric([task], count)
    yield resting
    age = _gauge("errand_age_seconds", "Since this housekeeping last ended well", "errand")
    for errand in measures.errands:
        if errand.seconds_ago is not None and errand.name in _ERRANDS:
            age.add_metric([errand.name], errand.seconds_ago)
    yield age
    changed = [errand.state.get("changed") for errand in measures.errands if errand.name == "drift"]
    sections = len(changed[0]) if changed and isinstance(changed[0], dict) else 0
    yield _single("handbook_changed_sections", "Sections changed since the last accept", sections)


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"licensing_bot_{name}", text, labels=labels)


def _single(name: str, text: str, value: float) -> GaugeMetricFamily:
    family = _gauge(name, text)
    family.add_metric([], value)
    return family
