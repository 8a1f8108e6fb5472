"""The fetch of a job: cheap in a burst that the planner has not heard of, and within the limits."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import psycopg
import pytest
from procrastinate import PsycopgConnector

from bot import queue
from bot.jobs.owned import OwnedJobs
from bot.jobs.tasks import _configure
from bot.store.budgets import SharedBudget
from bot.store.database import Database
from bot.store.limit_headers import TICKET_UPDATE

_FETCH: Final = (
    "SELECT id FROM fetch_known_job('{events}'::varchar[], '{handle_event}'::varchar[],"
    " (SELECT worker_id FROM procrastinate_register_worker_v1()), -1000)"
)


def test_a_fetch_reads_a_few_rows_however_many_wait(database: Database) -> None:
    async def rows_read_by_a_fetch() -> int:
        async with await psycopg.AsyncConnection.connect(database.url) as connection:
            await _configure(connection)
            async with connection.transaction():
                await connection.execute(_FETCH)
                cursor = await connection.execute(
                    "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
                    " WHERE relname = 'procrastinate_jobs'"
                )
                row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    with database.connection() as connection:
        for ticket in range(500):
            queue.defer(connection, "events", "handle_event", {}, lock=f"ticket:{ticket}")

    assert asyncio.run(rows_read_by_a_fetch()) < 20


def defer_one_of_each(database: Database) -> None:
    """In the order of their importance turned round."""
    with database.connection() as connection:
        for priority in (queue.RECONCILE, 10, 50, queue.COMMAND):
            queue.defer(
                connection, "events", f"job{priority}", {}, lock=f"{priority}", priority=priority
            )


def fetch(
    database: Database,
    times: int,
    known: Sequence[str] = ("job100", "job50", "job10", "job-100", "old", "new", "command"),
) -> list[str]:
    """Names of the tasks that a worker gets, one after another."""

    async def names() -> list[str]:
        connector = PsycopgConnector(conninfo=database.url, min_size=1, max_size=1)
        await connector.open_async()
        try:
            jobs = OwnedJobs(connector)
            jobs.tasks = known
            worker = await jobs.register_worker()
            fetched = [await jobs.fetch_job(["events"], worker) for _ in range(times)]
            return [job.task_name for job in fetched if job is not None]
        finally:
            await connector.close_async()

    return asyncio.run(names())


def spend_updates(database: Database, priority: int) -> None:
    budget = SharedBudget(database)
    while budget.acquire(TICKET_UPDATE, None, priority) == 0.0:
        pass


def test_the_most_important_job_comes_first(database: Database) -> None:
    defer_one_of_each(database)

    assert fetch(database, 5) == ["job100", "job50", "job10", "job-100"]


def test_a_spent_budget_leaves_only_commands_to_fetch(database: Database) -> None:
    defer_one_of_each(database)
    spend_updates(database, priority=0)

    assert fetch(database, 3) == ["job100"]


@pytest.mark.parametrize("stopped", ["spent to the last", "told to wait"])
def test_nothing_is_fetched_while_zendesk_allows_nothing(database: Database, stopped: str) -> None:
    defer_one_of_each(database)
    if stopped == "told to wait":
        SharedBudget(database).block(30)
    else:
        spend_updates(database, priority=1)

    assert fetch(database, 2) == []


def test_what_is_too_old_for_a_note_lets_the_others_pass(database: Database) -> None:
    with database.connection() as connection:
        for name, age in (("old", "3 hours"), ("new", "1 minute")):
            queue.defer(connection, "events", name, {}, lock=name, priority=50)
            connection.execute(
                "UPDATE procrastinate_jobs SET args = jsonb_build_object('received_at',"
                " (now() - %s::interval)::text) WHERE task_name = %s",
                (age, name),
            )
        queue.defer(connection, "events", "command", {}, lock="c", priority=queue.COMMAND)
        assert queue.step_back_old(connection, hours=2) == 1

    assert fetch(database, 4) == ["command", "new", "old"]


def test_a_job_of_another_version_is_left_to_whoever_knows_it(database: Database) -> None:
    defer_one_of_each(database)

    assert fetch(database, 2, known=["job10"]) == ["job10"]
    with database.connection() as connection:
        assert [job.status for job in queue.list_jobs(connection)].count("todo") == 3


def test_two_workers_at_one_ticket_do_not_stop_each_other(database: Database) -> None:
    """A command comes while another worker takes an event of the same ticket."""

    async def fetch_beside_another() -> str | None:
        connector = PsycopgConnector(conninfo=database.url, min_size=1, max_size=1)
        await connector.open_async()
        try:
            jobs = OwnedJobs(connector)
            jobs.tasks = ["handle_event", "command", "elsewhere"]
            worker = await jobs.register_worker()
            async with await psycopg.AsyncConnection.connect(database.url) as other:
                await other.execute(_FETCH)
                with database.connection() as connection:
                    queue.defer(connection, "events", "command", {}, lock="t", priority=100)
                    queue.defer(connection, "events", "elsewhere", {}, lock="u")
                fetching = asyncio.create_task(jobs.fetch_job(["events"], worker))
                await asyncio.to_thread(wait_for_a_blocked_statement, database)
            job = await fetching
        finally:
            await connector.close_async()
        return None if job is None else job.task_name

    with database.connection() as connection:
        queue.defer(connection, "events", "handle_event", {}, lock="t")

    assert asyncio.run(fetch_beside_another()) == "elsewhere"


def wait_for_a_blocked_statement(database: Database) -> None:
    """Return when a statement waits for another transaction to end."""
    blocked = None
    while blocked is None:
        time.sleep(0.01)
        with database.connection() as connection:
            blocked = connection.execute(
                "SELECT FROM pg_locks WHERE NOT granted LIMIT 1"
            ).fetchone()
