"""What the store knows that belongs on `/metrics`: workers, Zendesk's limits, probes, errands."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from bot.store.budgets import BudgetState, SharedBudget
from bot.store.database import Database
from bot.store.errands import Errand
from bot.store.heartbeats import GONE_AFTER
from bot.store.signals import Signal, read_signals


@dataclass(frozen=True, slots=True)
class Alive:
    """How many processes of a role and version were heard of lately."""

    role: str
    version: str
    count: int


@dataclass(frozen=True, slots=True)
class NewestLook:
    """What one vantage of ours saw of the portal last, within the hour."""

    vantage: str
    layer: str
    cause: str
    activates: str
    seconds_ago: float


@dataclass(frozen=True, slots=True)
class Resting:
    """Dead letters of one task."""

    task: str
    count: int


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything of one moment."""

    signals: Sequence[Signal]
    alive: Sequence[Alive]
    budgets: Sequence[BudgetState]
    looks: Sequence[NewestLook]
    resting: Sequence[Resting]
    errands: Sequence[Errand]
    paused: bool


def read_measures(database: Database) -> Measures:
    """Read it all; raises `StoreDown`."""
    with database.connection() as connection:
        alive, looks, resting, errands = (
            _alive(connection), _looks(connection), _resting(connection), _errands(connection)
        )  # fmt: skip
        paused = connection.execute("SELECT FROM switches WHERE name = 'paused'").fetchone()
    return Measures(
        read_signals(database), alive, SharedBudget(database).states(), looks, resting, errands,
        paused is not None,
    )  # fmt: skip


def _alive(connection: psycopg.Connection) -> Sequence[Alive]:
    with connection.cursor(row_factory=class_row(Alive)) as cursor:
        return cursor.execute(
            "SELECT role, version, count(*) AS count FROM heartbeats"
            " WHERE seen_at > now() - make_interval(secs => %s) GROUP BY 1, 2 ORDER BY 1, 2",
            (GONE_AFTER,),
        ).fetchall()


def _looks(connection: psycopg.Connection) -> Sequence[NewestLook]:
    with connection.cursor(row_factory=class_row(NewestLook)) as cursor:
        return cursor.execute(
            "SELECT DISTINCT ON (vantage) vantage, layer, cause, activates,"
            " extract(epoch FROM now() - seen_at)::float8 AS seconds_ago FROM looks"
            " WHERE seen_at > now() - interval '1 hour' AND vantage LIKE 'bot:%%'"
            " ORDER BY vantage, seen_at DESC"
        ).fetchall()


def _resting(connection: psycopg.Connection) -> Sequence[Resting]:
    with connection.cursor(row_factory=class_row(Resting)) as cursor:
        return cursor.execute(
            "SELECT task_name AS task, count(*) AS count FROM procrastinate_jobs"
            " WHERE status = 'failed' GROUP BY 1 ORDER BY 1"
        ).fetchall()


def _errands(connection: psycopg.Connection) -> Sequence[Errand]:
    with connection.cursor(row_factory=class_row(Errand)) as cursor:
        return cursor.execute(
            "SELECT name, began_at, ended_at,"
            " extract(epoch FROM now() - ended_at)::float8 AS seconds_ago, state FROM errands"
        ).fetchall()
