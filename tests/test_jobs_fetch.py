"""The fetch of a job stays cheap in a burst that the planner has not heard of."""

import asyncio

import psycopg

from bot import queue
from bot.jobs.tasks import _configure
from bot.store.database import Database


def test_a_fetch_reads_a_few_rows_however_many_wait(database: Database) -> None:
    async def rows_read_by_a_fetch() -> int:
        async with await psycopg.AsyncConnection.connect(database.url) as connection:
            await _configure(connection)
            async with connection.transaction():
                await connection.execute(
                    "SELECT id FROM procrastinate_fetch_job_v2('{events}'::varchar[],"
                    " (SELECT worker_id FROM procrastinate_register_worker_v1()))"
                )
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
