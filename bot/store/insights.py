"""What the store knows about the bot's work over a span of days, summed up; nothing per person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, LiteralString

from psycopg.rows import TupleRow

from bot.store.database import Database

#: The newest decision of every ticket that was decided on in the span.
_NEWEST: Final[LiteralString] = """
WITH newest AS (
    SELECT DISTINCT ON (ticket_id) ticket_id, scenario, silence, confidence, details, decided_at
    FROM diagnoses WHERE decided_at > now() - make_interval(days => %(days)s)
    ORDER BY ticket_id, number DESC
)
"""
_NOTES: Final[LiteralString] = """
SELECT (done_at AT TIME ZONE 'UTC')::date, count(*) FILTER (WHERE kind = 'automatic'),
    count(*) FILTER (WHERE kind <> 'automatic')
FROM notes WHERE state = 'done' AND done_at > now() - make_interval(days => %(days)s)
GROUP BY 1 ORDER BY 1
"""
#: From the event that a note answers, the last one before it, until it stood on the ticket.
_WAITS: Final[LiteralString] = """
SELECT extract(epoch FROM notes.done_at - event.received_at)::float8
FROM notes JOIN LATERAL (
    SELECT received_at FROM events WHERE ticket_id = notes.ticket_id
        AND received_at <= notes.created_at ORDER BY received_at DESC LIMIT 1
) AS event ON true
WHERE notes.state = 'done' AND notes.done_at > now() - make_interval(days => %(days)s)
    AND notes.done_at >= event.received_at
"""
_PORTAL: Final[LiteralString] = """
SELECT date_trunc(%(step)s, seen_at AT TIME ZONE 'UTC'), vantage,
    count(*) FILTER (WHERE activates IN ('yes', 'degraded')), count(*)
FROM looks WHERE seen_at > now() - make_interval(days => %(days)s) AND activates <> 'unknown'
GROUP BY 1, 2 ORDER BY 1, 2
"""
_CAUSES: Final[LiteralString] = """
SELECT details ->> 'cause', count(*) FROM newest
WHERE details ->> 'cause' IS NOT NULL AND NOT details ->> 'cause' = ANY (%(no_cause)s)
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 12
"""
_SCENARIOS: Final[LiteralString] = """
SELECT scenario, count(*) FROM newest GROUP BY 1 ORDER BY 2 DESC, 1
"""
_SILENCES: Final[LiteralString] = """
SELECT silence, count(*) FROM newest WHERE silence IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1
"""
_NAMES: Final[LiteralString] = """
SELECT pair ->> 0, pair ->> 1 FROM jsonb_array_elements((
    SELECT details -> 'view' -> 'scenarios' FROM diagnoses
    WHERE jsonb_typeof(details -> 'view' -> 'scenarios') = 'array' ORDER BY number DESC LIMIT 1
)) AS pair
"""
_DEAD: Final[LiteralString] = """
SELECT count(*) FROM job_failures JOIN procrastinate_jobs AS job ON job.id = job_id
WHERE job.status = 'failed' AND failed_at > now() - make_interval(days => %(days)s)
"""
_NO_CAUSE: Final = ("ok", "irrelevant", "unclear", "truncated", "tool_missing")
_SHORT_DAYS: Final = 3


@dataclass(frozen=True, slots=True)
class DayOfNotes:
    """How many notes were posted on one day."""

    day: date
    automatic: int
    asked: int
    """By a command or from the sidebar."""


@dataclass(frozen=True, slots=True)
class PortalSpan:
    """How often a vantage got through to the portal in one span of time."""

    at: datetime
    vantage: str
    through: int
    looks: int


@dataclass(frozen=True, slots=True)
class Insights:
    """Everything that the page shows."""

    days: int
    tickets: int
    notes: Sequence[DayOfNotes]
    scenarios: Sequence[tuple[str, int]]
    causes: Sequence[tuple[str, int]]
    silences: Sequence[tuple[str, int]]
    waits: Sequence[float]
    """Seconds from an event to the note that answers it."""
    portal: Sequence[PortalSpan]
    names: Mapping[str, str]
    """Scenario id to its name."""
    dead_letters: int


def read_insights(database: Database, days: int) -> Insights:
    """Sum up the last `days` days."""
    ask = _Asking(database, days)
    scenarios, silences = ask.pairs(_NEWEST + _SCENARIOS), ask.pairs(_NEWEST + _SILENCES)
    return Insights(
        days=days,
        tickets=sum(number for _, number in scenarios),
        notes=[DayOfNotes(*row) for row in ask.rows(_NOTES)],
        scenarios=scenarios,
        causes=ask.pairs(_NEWEST + _CAUSES, no_cause=list(_NO_CAUSE)),
        silences=silences,
        waits=sorted(float(row[0]) for row in ask.rows(_WAITS)),
        portal=[
            PortalSpan(*row)
            for row in ask.rows(_PORTAL, step="hour" if days <= _SHORT_DAYS else "day")
        ],
        names={str(row[0]): str(row[1]) for row in ask.rows(_NAMES)},
        dead_letters=int(ask.rows(_DEAD)[0][0]),
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    database: Database
    days: int

    def rows(self, query: LiteralString, **values: Any) -> Sequence[TupleRow]:
        with self.database.connection() as connection:
            return connection.execute(query, {"days": self.days, **values}).fetchall()

    def pairs(self, query: LiteralString, **values: Any) -> Sequence[tuple[str, int]]:
        return [(str(word), int(number)) for word, number in self.rows(query, **values)]
