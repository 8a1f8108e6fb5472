"""How many calls Zendesk allows us: one budget in Postgres for every process (DESIGN 4.7)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.store.database import Database

#: Without headers to learn from: developer.zendesk.com/api-reference/introduction/rate-limits
CALLS_PER_MINUTE: Final = 200
UPDATES_PER_MINUTE: Final = 100
UPDATES_PER_TICKET: Final = 30
_MINUTE: Final = 60.0
_TEN_MINUTES: Final = 600.0
#: An absurd header must not silence the bot for a day.
_LONGEST_WAIT: Final = 900.0
#: The route of the call that is limited by account and by ticket as well.
TICKET_UPDATE: Final = "tickets.update"

_ACCOUNT: Final = "account"
_UPDATES: Final = "updates"
_NUMBER: Final = re.compile(r"(total|remaining|resets)\s*=\s*(\d{1,9})")


@dataclass(frozen=True, slots=True)
class _Said:
    """What an answer's headers say about one bucket."""

    bucket: str
    total: int
    remaining: int
    resets: float
    seconds: float


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

    def acquire(self, route: str, ticket_id: int | None, priority: int) -> float:
        """Take one call, or return the seconds to wait before asking again; 0.0 means go.

        A `priority` above 0 (an agent's command) may use what is kept back for commands.
        """
        buckets: list[tuple[str, int | None, float]] = [(_ACCOUNT, self._calls, _MINUTE)]
        buckets.append((f"route:{route}", None, _MINUTE))
        if route == TICKET_UPDATE:
            buckets.append((_UPDATES, self._updates, _MINUTE))
            if ticket_id is not None:
                buckets.append((f"ticket:{ticket_id}", UPDATES_PER_TICKET, _TEN_MINUTES))
        names, capacities, seconds = (list(column) for column in zip(*buckets, strict=True))
        with self._database.statement() as connection:
            row = connection.execute(
                "SELECT budget_acquire(%s::text[], %s::int[], %s::float8[], %s)",
                (names, capacities, seconds, priority > 0),
            ).fetchone()
        return float(row[0]) if row else 0.0

    def learn(self, route: str, headers: Mapping[str, str], ticket_id: int | None) -> None:
        """Take in the rate-limit headers of an answer (names in lower case).

        Most answers bring no news and cost nothing: our own count is right while plenty remains.
        """
        news = [said for said in _read(route, headers, ticket_id) if self._is_news(said)]
        if not news:
            return
        with self._database.statement() as connection:
            for said in news:
                connection.execute(
                    "INSERT INTO budgets"
                    " (bucket, capacity, seconds, remaining, learnt_at, resets_at)"
                    " VALUES (%s, %s, %s, %s, clock_timestamp(),"
                    " clock_timestamp() + make_interval(secs => %s))"
                    " ON CONFLICT (bucket) DO UPDATE SET capacity = excluded.capacity,"
                    " seconds = excluded.seconds, remaining = excluded.remaining,"
                    " learnt_at = excluded.learnt_at, resets_at = excluded.resets_at",
                    (said.bucket, said.total, said.seconds, said.remaining, said.resets),
                )

    def block(self, seconds: float) -> None:
        """Let nobody call for this long; a shorter wait never shortens a longer one."""
        with self._database.statement() as connection:
            connection.execute(
                "INSERT INTO budgets (bucket, blocked_until)"
                " VALUES ('all', clock_timestamp() + make_interval(secs => %s))"
                " ON CONFLICT (bucket) DO UPDATE SET blocked_until ="
                " greatest(budgets.blocked_until, excluded.blocked_until)",
                (min(max(seconds, 0.0), _LONGEST_WAIT),),
            )

    def _is_news(self, said: _Said) -> bool:
        changed = self._known.get(said.bucket) != said.total
        if not said.bucket.startswith("ticket:"):
            self._known[said.bucket] = said.total
        elif said.total == UPDATES_PER_TICKET:
            changed = False
        return changed or said.remaining <= said.total // 2


def _read(route: str, headers: Mapping[str, str], ticket_id: int | None) -> Iterator[_Said]:
    total = headers.get("ratelimit-limit") or headers.get("x-rate-limit", "")
    left = headers.get("ratelimit-remaining") or headers.get("x-rate-limit-remaining", "")
    reset = headers.get("ratelimit-reset", "60")
    if total.isdecimal() and left.isdecimal() and reset.isdecimal():
        yield _Said(_ACCOUNT, int(total), int(left), min(int(reset), _LONGEST_WAIT), _MINUTE)
    for name, text in headers.items():
        if not name.startswith(("zendesk-rate-limit-", "zendesk-ratelimit-")):
            continue
        found = {key: int(value) for key, value in _NUMBER.findall(text)}
        if not {"total", "remaining", "resets"} <= found.keys():
            continue
        bucket, seconds = _bucket_of(name, route, ticket_id)
        resets = min(found["resets"], _LONGEST_WAIT)
        yield _Said(bucket, found["total"], found["remaining"], resets, max(seconds, resets))


def _bucket_of(name: str, route: str, ticket_id: int | None) -> tuple[str, float]:
    if name.endswith("per-ticket-updates") and ticket_id is not None:
        return f"ticket:{ticket_id}", _TEN_MINUTES
    if name.endswith("-tickets-update"):
        return _UPDATES, _MINUTE
    return f"route:{route}", _MINUTE
