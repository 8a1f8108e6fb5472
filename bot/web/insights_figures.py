"""The sections of the insights: one question each, its chart, and the same as a table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from markupsafe import Markup

from bot.store.corrections import AgentsWord
from bot.store.insights import Insights, PortalSpan
from bot.web.insights_charts import MOST_SERIES, bars, columns, lines, stacked

#: Upper edges of the distribution, in seconds, and how they read.
_EDGES: Final = (
    (1.0, "under 1 s"), (2.0, "1 to 2 s"), (5.0, "2 to 5 s"), (10.0, "5 to 10 s"),
    (30.0, "10 to 30 s"), (60.0, "30 to 60 s"), (300.0, "1 to 5 min"), (float("inf"), "over 5 min"),
)  # fmt: skip
_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure at the top."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Section:
    """One question with its answer."""

    id: str
    title: str
    text: str
    chart: Markup | None
    head: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()
    empty: str = ""
    """What is said while nothing is known."""
    is_matrix: bool = False
    legend: tuple[str, ...] = ()
    """Names of the chart's series, in their order."""


def tiles_of(found: Insights, words: Sequence[AgentsWord]) -> list[Tile]:
    """Return the figures at the top."""
    notes = sum(day.automatic + day.asked for day in found.notes)
    right = sum(word.said == word.expected for word in words)
    return [
        Tile(f"{found.tickets:,}", "tickets decided on"),
        Tile(f"{notes:,}", "notes posted"),
        Tile(_seconds(_share_of(found.waits, 0.5)) if found.waits else "-",
             "from event to note, half are faster"),
        Tile(f"{right} of {len(words)}" if words else "-", "where agents said what it is: agreed"),
        Tile(f"{found.dead_letters:,}", "jobs that failed for good"),
    ]  # fmt: skip


def sections_of(found: Insights, words: Sequence[AgentsWord]) -> list[Section]:
    """Return the page's sections in their order."""
    return [
        _notes(found),
        _scenarios(found),
        _agreement(found, words),
        _waits(found),
        _portal(found),
        _counted(
            "causes", "Most frequent causes", "cause", found.causes,
            "What the customers' own evidence shows, each ticket counted once.",
            "No ticket of these days showed a cause yet.",
        ),
        _counted(
            "silences", "Why the bot stayed silent", "reason",
            [(word.replace("_", " "), number) for word, number in found.silences],
            "The last decision on each ticket that posted nothing.",
            "It was never silent in these days.",
        ),
    ]  # fmt: skip


def _notes(found: Insights) -> Section:
    known = {day.day: day for day in found.notes}
    days = _every_day(found.days, min(known, default=None))
    automatic = [known[day].automatic if day in known else 0 for day in days]
    asked = [known[day].asked if day in known else 0 for day in days]
    title = "Notes per day"
    labels = [f"{day:%b} {day.day}" for day in days]
    chart = stacked(title, labels, {"automatic": automatic, "asked for": asked})
    return Section(
        "notes", title, "By the day on which they were posted, in UTC.",
        chart if known else None,
        ("day", "automatic", "asked for"),
        [(f"{d.day:%Y-%m-%d}", str(d.automatic), str(d.asked)) for d in reversed(found.notes)],
        "No note was posted in these days. In shadow mode that is as it should be.",
        legend=("automatic", "asked for"),
    )  # fmt: skip


def _every_day(days: int, first: date | None) -> list[date]:
    """Days without a note are days, too; those before the first note are not."""
    today = datetime.now(UTC).date()
    start = max(first or today, today - timedelta(days=days))
    return [start + timedelta(days=step) for step in range((today - start).days + 1)]


def _scenarios(found: Insights) -> Section:
    named = [(found.names.get(label, label), number) for label, number in found.scenarios]
    return _counted(
        "scenarios", "Which scenarios", "scenario", named,
        "The newest verdict on each ticket.", "No ticket was decided on in these days.",
    )  # fmt: skip


def _counted(
    key: str, title: str, what: str, counts: Sequence[tuple[str, int]], text: str, empty: str
) -> Section:
    total = sum(number for _, number in counts)
    rows = [(word, f"{number:,}", _share(number, total)) for word, number in counts]
    chart = bars(title, counts) if counts else None
    return Section(key, title, text, chart, (what, "tickets", "share"), rows, empty)


def _agreement(found: Insights, words: Sequence[AgentsWord]) -> Section:
    pairs = Counter((word.expected, word.said) for word in words)
    labels = sorted({label for pair in pairs for label in pair})
    rows = [
        (
            found.names.get(expected, expected),
            *(str(pairs.get((expected, said), 0) or "·") for said in labels),
            _share(pairs.get((expected, expected), 0),
                   sum(n for (one, _), n in pairs.items() if one == expected)),
        )
        for expected in labels
    ]  # fmt: skip
    right = sum(n for (expected, said), n in pairs.items() if expected == said)
    text = (
        f"Tickets on which an agent said what it is, in the sidebar or by the drop-down: {right} of"
        f" {len(words)} agree. Down: what agents say; across: what the bot had said. Agents mostly"
        " speak up when it is wrong, so this share lies below the true one."
    )
    head = ("agents say", *(found.names.get(label, label) for label in labels), "agreed")
    return Section(
        "agreement", "Agreement with the agents", text, None, head, rows,
        "No agent has corrected or confirmed a verdict in these days.", is_matrix=True,
    )  # fmt: skip


def _waits(found: Insights) -> Section:
    counts = [0] * len(_EDGES)
    for wait in found.waits:
        counts[next(n for n, (edge, _) in enumerate(_EDGES) if wait < edge)] += 1
    title, labels = "From event to note", [label for _, label in _EDGES]
    chart = columns(title, labels, counts) if found.waits else None
    total = len(found.waits)
    text = "From the event's arrival until its note stood on the ticket."
    if found.waits:
        half, most = (_seconds(_share_of(found.waits, share)) for share in (0.5, 0.95))
        text += f" Half within {half}, 95 % within {most}."
    rows = [(label, str(n), _share(n, total)) for label, n in zip(labels, counts, strict=True)]
    return Section(
        "waits", title, text, chart, ("time", "notes", "share"), rows if total else (),
        "No note was posted in these days.",
    )  # fmt: skip


def _portal(found: Insights) -> Section:
    times = sorted({span.at for span in found.portal})
    known = {(span.at, span.vantage): span for span in found.portal}
    vantages = sorted({span.vantage for span in found.portal}, key=lambda v: (v != "bot:local", v))
    series = {vantage: [_through(known.get((at, vantage))) for at in times] for vantage in vantages}
    is_hours = any(at.hour for at in times)
    title = "The portal from our side"
    labels = [f"{at:%b} {at.day}" + (f", {at:%H}:00" if is_hours else "") for at in times]
    return Section(
        "portal", title, "Share of our own looks that got through, in percent.",
        lines(title, labels, series) if times else None,
        ("time (UTC)", "vantage", "got through", "looks"),
        [_portal_row(span, is_hours=is_hours) for span in reversed(found.portal)],
        "No probe has looked at the portal in these days: a worker does so by itself.",
        legend=tuple(vantages[:MOST_SERIES]),
    )  # fmt: skip


def _portal_row(span: PortalSpan, *, is_hours: bool) -> tuple[str, ...]:
    at = f"{span.at:%Y-%m-%d %H:00}" if is_hours else f"{span.at:%Y-%m-%d}"
    return at, span.vantage, _share(span.through, span.looks), str(span.looks)


def _through(span: PortalSpan | None) -> float | None:
    return None if span is None else round(_PERCENT * span.through / span.looks, 1)


def _share_of(ordered: Sequence[float], share: float) -> float:
    """Return the value below which this share lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _share(part: int, whole: int) -> str:
    return "-" if not whole else f"{_PERCENT * part / whole:.0f} %"


def _seconds(value: float) -> str:
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 60 else f"{value / 60:.1f} min"  # noqa: PLR2004  a minute
