"""What a 429 teaches where no header tells a limit: a little less than what was let through.

A guess is a row of `budgets` without `remaining`: headers, when they come, write over it.
"""

from collections.abc import Sequence
from typing import Final

import psycopg

from bot.store.limit_headers import (
    ACCOUNT,
    CALLS_PER_MINUTE,
    TICKET_UPDATE,
    UNLIMITED,
    UPDATES,
)

#: No guess goes below this: what is kept for agents' commands must stay possible.
FLOOR: Final = 5
#: So many refusals within ten minutes are Zendesk's own trouble, if few calls came before them.
CHANCE: Final = 3

#: Refused calls are counted, too; they were not let through.
_REFUSED: Final = """
WITH moment AS (SELECT floor(extract(epoch FROM clock_timestamp()))::bigint AS now),
asked AS (
    SELECT asked.bucket, asked.assumed FROM unnest(%(buckets)s::text[], %(assumed)s::int[])
        AS asked (bucket, assumed)
    WHERE NOT EXISTS (SELECT FROM budgets AS known
        WHERE known.bucket = asked.bucket AND known.remaining IS NOT NULL)
    AND (asked.bucket NOT LIKE 'route:%%' OR EXISTS (SELECT FROM budgets AS known
        WHERE known.bucket = %(account)s AND known.remaining IS NOT NULL))
),
noted AS (
    INSERT INTO budget_counts AS count (bucket, second, calls)
    SELECT 'refused:' || bucket, now, 1 FROM asked, moment
    ON CONFLICT (bucket, second) DO UPDATE SET calls = count.calls + 1
),
seen AS (
    SELECT asked.bucket, asked.assumed,
        coalesce((SELECT sum(calls) FROM budget_counts AS count
            WHERE count.bucket = asked.bucket AND second >= now - 60), 0)
        - coalesce((SELECT sum(calls) FROM budget_counts AS count
            WHERE count.bucket = 'refused:' || asked.bucket AND second >= now - 60), 0)
        - 1 AS through,
        coalesce((SELECT sum(calls) FROM budget_counts AS count
            WHERE count.bucket = 'refused:' || asked.bucket AND second >= now - 600), 0)
        + 1 AS refused
    FROM asked, moment
)
INSERT INTO budgets (bucket, capacity, learnt_at)
SELECT bucket, greatest(%(floor)s, floor(through * 0.95))::int, clock_timestamp() FROM seen
WHERE through < assumed AND (through * 4 >= assumed OR refused > %(chance)s)
ORDER BY bucket
ON CONFLICT (bucket) DO UPDATE SET learnt_at = excluded.learnt_at,
    capacity = least(budgets.capacity, excluded.capacity)
WHERE budgets.remaining IS NULL
"""

#: Just below the limit that was met it rises by a twentieth in the first minute, so that a limit
#: that stands is met seldom; each minute without a 429 by a twentieth more, to a quarter: after a
#: storm that was no limit the whole rate is back in seven minutes. What reaches the limit assumed
#: is forgotten.
_RISE: Final = """
WITH due AS (
    SELECT bucket, capacity, floor(least(
        extract(epoch FROM clock_timestamp() - learnt_at) / 60, 200)) AS minutes,
        (SELECT extract(epoch FROM clock_timestamp()) - max(second) FROM budget_counts AS count
            WHERE count.bucket = 'refused:' || budgets.bucket) / 60 AS quiet
    FROM budgets WHERE remaining IS NULL AND capacity IS NOT NULL
        AND learnt_at < clock_timestamp() - interval '60 seconds'
    ORDER BY bucket FOR UPDATE
),
risen AS (
    SELECT due.bucket, ceil(due.capacity * power(
            1 + 0.05 * least(greatest(floor(coalesce(quiet, 5)), 1), 5), minutes)) AS capacity,
        coalesce(asked.assumed, %(calls)s) AS assumed
    FROM due LEFT JOIN unnest(%(buckets)s::text[], %(assumed)s::int[])
        AS asked (bucket, assumed) USING (bucket)
),
whole AS (
    DELETE FROM budgets USING risen
    WHERE budgets.bucket = risen.bucket AND risen.capacity >= risen.assumed
)
UPDATE budgets SET capacity = risen.capacity::int, learnt_at = clock_timestamp()
FROM risen WHERE budgets.bucket = risen.bucket AND risen.capacity < risen.assumed
"""


def note_refusal(
    connection: psycopg.Connection, route: str, calls_per_minute: int, updates_per_minute: int
) -> None:
    """Take in a 429: what no header tells is guessed, for every process.

    Reading a ticket and its comments has no limit of its own: beside headers that tell the
    account's limit a 429 for it is a passing trouble, and its Retry-After is enough.
    """
    rows = [(ACCOUNT, calls_per_minute)]
    if route == TICKET_UPDATE:
        rows.append((UPDATES, updates_per_minute))
    elif route not in UNLIMITED:
        rows.append((f"route:{route}", calls_per_minute))
    _run(connection, _REFUSED, rows)


def raise_guesses(
    connection: psycopg.Connection, calls_per_minute: int, updates_per_minute: int
) -> None:
    """Let guesses grow with the minutes in which no 429 came."""
    _run(connection, _RISE, [(ACCOUNT, calls_per_minute), (UPDATES, updates_per_minute)])


def _run(connection: psycopg.Connection, query: str, rows: Sequence[tuple[str, int]]) -> None:
    connection.execute(
        query,
        {
            "buckets": [bucket for bucket, _ in rows],
            "assumed": [assumed for _, assumed in rows],
            "account": ACCOUNT,
            "calls": CALLS_PER_MINUTE,
            "floor": FLOOR,
            "chance": CHANCE,
        },
    )
