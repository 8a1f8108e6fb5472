"""How many calls Zendesk allows us: one budget in Postgres for every process (DESIGN 4.7)."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import psycopg
from psycopg.rows import class_row

from bot.store.database import Database
from bot.store.guessed_limits import note_refusal, raise_guesses
from bot.store.limit_headers import (
    ACCOUNT,
    CALLS_PER_MINUTE,
    LONGEST_WAIT,
    MINUTE,
    TEN_MINUTES,
    TICKET_READ,
    TICKET_UPDATE,
    UPDATES,
    Said,
    read_limits,
)

#: As CALLS_PER_MINUTE, for the calls that change a ticket.
UPDATES_PER_MINUTE: Final = 100
UPDATES_PER_TICKET: Final = 30
#: With so many updates within ten minutes a ticket's commands leave alone what is kept back: a note
#: and an answer. A trigger that fires in a circle would use it up, and agents elsewhere would wait.
NOISY: Final = 2
#: What was booked longer ago than this is booked anew when it is used: somebody may have been told
#: to wait since, and what Zendesk counts is when a call arrives.
_BOOKED_SECONDS: Final = 0.5
#: How often a process looks whether a guessed limit may rise.
_LOOK_SECONDS: Final = 10.0


#: The calls of each bucket may go ahead, or so long it takes until they may.
_TAKE: Final = """
SELECT seconds, bucket, at FROM budget_take(
    %s::text[], %s::int[], %s::int[], %s::float8[],
    %s AND coalesce((SELECT sum(calls) FROM budget_counts AS count WHERE count.bucket = %s
        AND second > extract(epoch FROM clock_timestamp())::bigint - 600), 0) < %s)
"""
_STATES: Final = """
SELECT asked.bucket, coalesce(known.capacity, asked.capacity) AS capacity,
    greatest(least(
        coalesce(known.capacity, asked.capacity) - coalesce((
            SELECT sum(calls) FROM budget_counts AS count WHERE count.bucket = asked.bucket
                AND second >= extract(epoch FROM clock_timestamp())::bigint - asked.seconds), 0),
        CASE WHEN known.resets_at > clock_timestamp() THEN known.remaining - known.taken END
    ), 0)::int AS "left",
    (SELECT waiting.seconds FROM budget_wait(
        ARRAY[asked.bucket], ARRAY[1], ARRAY[asked.capacity], ARRAY[asked.seconds], false
    ) AS waiting) AS wait
FROM unnest(%(names)s::text[], %(capacities)s::int[], %(seconds)s::float8[])
    AS asked (bucket, capacity, seconds)
LEFT JOIN budgets AS known USING (bucket)
"""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait before a call, and for which bucket; 0 seconds means go."""

    seconds: float = 0.0
    bucket: str = ""

    @property
    def is_only_this_ticket(self) -> bool:
        """Has only one ticket spent its own limit, so that all others go on?"""
        return self.bucket.startswith("ticket:")


@dataclass(frozen=True, slots=True)
class BudgetState:
    """One limit as it stands, for the metrics."""

    bucket: str
    """``account`` or ``updates``."""
    capacity: int
    left: int
    wait: float
    """Seconds until an automatic call may leave."""


@dataclass(slots=True)
class _Booking:
    """What this thread took ahead for one ticket."""

    ticket_id: int
    priority: int
    at: int
    booked: float
    left: list[str] = field(default_factory=lambda: [TICKET_READ, TICKET_UPDATE])


class SharedBudget:
    """Leave to call, counted over a sliding window, in one statement per call.

    The newest answer of Zendesk counts, too: other programs use up the account's limit as well.
    """

    def __init__(
        self,
        database: Database,
        *,
        calls_per_minute: int = CALLS_PER_MINUTE,
        updates_per_minute: int = UPDATES_PER_MINUTE,
    ) -> None:
        self._database = database
        self._calls = calls_per_minute
        self._updates = updates_per_minute
        self._known: dict[str, int] = {}
        self._here = threading.local()
        self._looked = time.monotonic()

    def acquire(self, route: str, ticket_id: int | None, priority: int) -> float:
        """Take one call, or return the seconds to wait before asking again; 0.0 means go.

        A `priority` above 0 (an agent's command) may use what is kept back for commands.
        """
        booking: _Booking | None = getattr(self._here, "booking", None)
        if booking and booking.ticket_id == ticket_id and route in booking.left:
            booking.left.remove(route)
            if time.monotonic() - booking.booked < _BOOKED_SECONDS:
                return 0.0
            return self._book_anew(booking, route)
        with self._database.statement() as connection:
            return self._take(connection, [route], ticket_id, priority)[0].seconds

    @contextmanager
    def booked(self, ticket_id: int, priority: int) -> Iterator[Wait]:
        """Take the read and the write of a ticket ahead, for this thread, or say how long to wait.

        So nobody reads a ticket whose note could not be written. What is not used is given back.
        """
        with self._database.statement() as connection:
            wait, at = self._take(connection, [TICKET_READ, TICKET_UPDATE], ticket_id, priority)
        if wait.seconds > 0:
            yield wait
            return
        booking = _Booking(ticket_id, priority, at, time.monotonic())
        self._here.booking = booking
        try:
            yield wait
        finally:
            self._here.booking = None
            if booking.left:
                with self._database.statement() as connection:
                    self._give_back(connection, booking, booking.left)

    def states(self) -> Sequence[BudgetState]:
        """Return how the account's limits stand."""
        with (
            self._database.statement() as connection,
            connection.cursor(row_factory=class_row(BudgetState)) as cursor,
        ):
            asked = {
                "names": [ACCOUNT, UPDATES],
                "capacities": [self._calls, self._updates],
                "seconds": [MINUTE, MINUTE],
            }
            return cursor.execute(_STATES, asked).fetchall()

    def _book_anew(self, booking: _Booking, route: str) -> float:
        """Move a call to now, in one transaction: nobody takes its place meanwhile."""
        with self._database.connection() as connection:
            self._give_back(connection, booking, [route])
            wait, _ = self._take(connection, [route], booking.ticket_id, booking.priority)
        return wait.seconds

    def _take(
        self,
        connection: psycopg.Connection,
        routes: Sequence[str],
        ticket_id: int | None,
        priority: int,
    ) -> tuple[Wait, int]:
        if time.monotonic() - self._looked >= _LOOK_SECONDS:
            self._looked = time.monotonic()
            raise_guesses(connection, self._calls, self._updates)
        names, calls, capacities, seconds = self._columns(routes, ticket_id)
        row = connection.execute(
            _TAKE,
            (names, calls, capacities, seconds, priority > 0, f"ticket:{ticket_id}", NOISY),
        ).fetchone()
        found_seconds, bucket, at = row or (0.0, None, None)
        return Wait(float(found_seconds), str(bucket or "")), int(at or 0)

    def _give_back(
        self, connection: psycopg.Connection, booking: _Booking, routes: Sequence[str]
    ) -> None:
        names, calls, _, _ = self._columns(routes, booking.ticket_id)
        connection.execute(
            "SELECT budget_return(%s::text[], %s::int[], %s)", (names, calls, booking.at)
        )

    def _columns(
        self, routes: Sequence[str], ticket_id: int | None
    ) -> tuple[list[str], list[int], list[int | None], list[float]]:
        """Every bucket that these calls count against: name, calls, capacity, window."""
        rows: list[tuple[str, int, int | None, float]] = [
            (ACCOUNT, len(routes), self._calls, MINUTE)
        ]
        rows += [(f"route:{route}", 1, None, MINUTE) for route in routes]
        if TICKET_UPDATE in routes:
            rows.append((UPDATES, 1, self._updates, MINUTE))
            if ticket_id is not None:
                rows.append((f"ticket:{ticket_id}", 1, UPDATES_PER_TICKET, TEN_MINUTES))
        names, calls, capacities, seconds = zip(*rows, strict=True)
        return list(names), list(calls), list(capacities), list(seconds)

    def learn(self, route: str, headers: Mapping[str, str], ticket_id: int | None) -> None:
        """Take in the rate-limit headers of an answer (names in lower case).

        Most answers bring no news and cost nothing: our own count is right while plenty remains.
        """
        # A limit of nothing at all beside an answer makes no sense: it would stay for good.
        said_here = (said for said in read_limits(route, headers, ticket_id) if said.total > 0)
        news = [said for said in said_here if self._is_news(said)]
        if not news:
            return
        with self._database.statement() as connection:
            for said in news:
                connection.execute(
                    "INSERT INTO budgets"
                    " (bucket, capacity, seconds, remaining, learnt_at, resets_at)"
                    " VALUES (%s, %s, %s, %s, clock_timestamp(),"
                    " clock_timestamp() + make_interval(secs => %s))"
                    " ON CONFLICT (bucket) DO UPDATE SET capacity = excluded.capacity, taken = 0,"
                    " seconds = excluded.seconds, remaining = excluded.remaining,"
                    " learnt_at = excluded.learnt_at, resets_at = excluded.resets_at",
                    (said.bucket, said.total, said.seconds, said.remaining, said.resets),
                )
        # Not before it is written down: what a store that is away did not learn is still news.
        self._known |= {
            said.bucket: said.total for said in news if not said.bucket.startswith("ticket:")
        }

    def refused(self, route: str) -> None:
        """Take in a 429: where no header tells the limit, what was let through does."""
        with self._database.statement() as connection:
            note_refusal(connection, route, self._calls, self._updates)

    def block(self, seconds: float) -> None:
        """Let nobody call for this long; a shorter wait never shortens a longer one."""
        with self._database.statement() as connection:
            connection.execute(
                "INSERT INTO budgets (bucket, blocked_until)"
                " VALUES ('all', clock_timestamp() + make_interval(secs => %s))"
                " ON CONFLICT (bucket) DO UPDATE SET blocked_until ="
                " greatest(budgets.blocked_until, excluded.blocked_until)",
                (min(max(seconds, 0.0), LONGEST_WAIT),),
            )

    def _is_news(self, said: Said) -> bool:
        known = self._known.get(said.bucket)
        if said.bucket.startswith("ticket:"):
            known = UPDATES_PER_TICKET
        return known != said.total or said.remaining <= said.total // 2
