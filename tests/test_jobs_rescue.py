"""Jobs of lost workers come back, each once, and only the owner of a job says how it ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import procrastinate
import pytest
from procrastinate.jobs import Job, Status

from bot import queue
from bot.jobs.clocks import Steadiness
from bot.jobs.owned import OwnedJobs, Verdict
from bot.jobs.pulse import Pulse
from bot.jobs.rescue import rescue
from bot.jobs.tries import Tries
from bot.store.database import Database


def put(database: Database, ticket_id: int = 7) -> int:
    with database.connection() as connection:
        return queue.defer(connection, "events", "handle_event", {}, lock=f"ticket:{ticket_id}")


def shown(database: Database, job_id: int) -> queue.QueuedJob:
    with database.connection() as connection:
        job = queue.show(connection, job_id)
    assert job is not None
    return job


def lose_workers(database: Database, seconds: int = 7) -> None:
    with database.connection() as connection:
        connection.execute(
            "UPDATE procrastinate_workers"
            " SET last_heartbeat = last_heartbeat - make_interval(secs => %s)",
            (seconds,),
        )


@asynccontextmanager
async def managers(database: Database, number: int) -> AsyncIterator[list[OwnedJobs]]:
    """Job managers of so many worker processes, each with one registered worker."""
    connectors = [
        procrastinate.PsycopgConnector(conninfo=database.url, min_size=1, max_size=2)
        for _ in range(number)
    ]
    for connector in connectors:
        await connector.open_async()
    found = [OwnedJobs(connector) for connector in connectors]
    for manager in found:
        manager.tasks = ("handle_event",)
        await manager.register_worker()
    yield found
    for connector in connectors:
        await connector.close_async()


async def take(jobs: OwnedJobs) -> Job:
    (worker_id,) = jobs.workers
    job = await jobs.fetch_job(["events"], worker_id)
    assert job is not None
    return job


def test_a_job_of_a_lost_worker_comes_back_with_its_reason(database: Database) -> None:
    async def run() -> None:
        async with managers(database, 1) as (jobs,):
            await take(jobs)

    job_id = put(database)
    asyncio.run(run())
    lose_workers(database)

    assert rescue(database) == 1
    assert rescue(database) == 0
    job = shown(database, job_id)
    assert (job.status, job.attempts) == ("todo", 1)
    assert job.reason == "its worker was lost while it ran"


def test_a_job_of_a_living_worker_is_left_alone(database: Database) -> None:
    async def run() -> None:
        async with managers(database, 1) as (jobs,):
            await take(jobs)

    job_id = put(database)
    asyncio.run(run())
    lose_workers(database, 3)

    assert rescue(database) == 0
    assert shown(database, job_id).status == "doing"


def test_a_job_that_was_left_without_a_worker_comes_back(database: Database) -> None:
    async def run() -> None:
        async with managers(database, 1) as (jobs,):
            await take(jobs)
            await jobs.unregister_worker(min(jobs.workers))

    job_id = put(database)
    asyncio.run(run())

    assert rescue(database) == 1
    assert shown(database, job_id).status == "todo"


def test_many_rescuers_give_a_job_back_once(database: Database) -> None:
    async def run() -> None:
        async with managers(database, 1) as (jobs,):
            for _ in range(5):
                await take(jobs)

    for ticket in range(5):
        put(database, ticket)
    asyncio.run(run())
    lose_workers(database)

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(lambda _: rescue(database), range(3))) == 5


def test_a_job_that_killed_eight_workers_is_a_dead_letter(database: Database) -> None:
    async def run() -> None:
        async with managers(database, 1) as (jobs,):
            await take(jobs)

    job_id = put(database)
    with database.connection() as connection:
        connection.execute("UPDATE procrastinate_jobs SET attempts = 6")
    states = []
    for _ in range(2):
        asyncio.run(run())
        lose_workers(database)
        assert rescue(database) == 1
        states.append(shown(database, job_id).status)

    assert states == ["todo", "failed"]


def test_a_job_that_outlasted_an_outage_survives_the_loss_of_a_worker(database: Database) -> None:
    async def run() -> None:
        async with managers(database, 1) as (jobs,):
            await take(jobs)

    job_id = put(database)
    with database.connection() as connection:
        connection.execute("UPDATE procrastinate_jobs SET attempts = 12")
        connection.execute(
            "INSERT INTO job_failures (job_id, reason) VALUES (%s, 'GatewayTrouble: 502')",
            (job_id,),
        )
    asyncio.run(run())
    lose_workers(database)

    assert rescue(database) == 1
    assert shown(database, job_id).status == "todo"


@pytest.mark.parametrize(
    "end",
    [
        lambda jobs, job: jobs.finish_job(job, Status.SUCCEEDED, True),  # noqa: FBT003  positional
        lambda jobs, job: jobs.finish_job(job, Status.FAILED, False),  # noqa: FBT003  positional
        lambda jobs, job: jobs.retry_job(job),
    ],
)
def test_only_the_owner_ends_a_job(
    database: Database, end: Callable[[OwnedJobs, Job], Awaitable[None]]
) -> None:
    async def run() -> None:
        async with managers(database, 2) as (slow, quick):
            lost = await take(slow)
            lose_workers(database)
            await asyncio.to_thread(rescue, database)
            await take(quick)
            await end(slow, lost)

    job_id = put(database)
    asyncio.run(run())

    job = shown(database, job_id)
    assert (job.status, job.attempts) == ("doing", 1)


def test_an_end_of_an_earlier_try_of_the_same_worker_is_dropped(database: Database) -> None:
    async def run() -> None:
        async with managers(database, 1) as (jobs,):
            first = await take(jobs)
            lose_workers(database)
            await asyncio.to_thread(rescue, database)
            await take(jobs)
            await jobs.finish_job(first, Status.SUCCEEDED, delete_job=True)

    job_id = put(database)
    asyncio.run(run())

    assert shown(database, job_id).status == "doing"


def test_reason_and_tries_are_written_with_the_end(database: Database) -> None:
    async def run() -> None:
        async with managers(database, 1) as (jobs,):
            job = await take(jobs)
            jobs.verdicts[job_id] = Verdict("not quiet yet", counts=False)
            await jobs.retry_job(job)
            job = await take(jobs)
            jobs.verdicts[job_id] = Verdict("OSError: no", counts=True)
            await jobs.finish_job(job, Status.FAILED, delete_job=False)

    job_id = put(database)
    asyncio.run(run())

    job = shown(database, job_id)
    assert (job.status, job.attempts, job.reason) == ("failed", 1, "OSError: no")


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-2), timedelta(hours=2)])
def test_a_worker_whose_clock_is_wrong_gives_a_job_back_in_time(
    database: Database, wrong_by: timedelta
) -> None:
    async def run() -> None:
        async with managers(database, 1) as (jobs,):
            jobs.clock = lambda: datetime.now(UTC) + wrong_by
            job = await take(jobs)
            decision = Tries(jobs).get_retry_decision(exception=OSError(), job=job)
            assert decision is not None
            await jobs.retry_job(job, decision.retry_at)

    job_id = put(database)
    before = datetime.now(UTC)
    asyncio.run(run())

    due = shown(database, job_id).scheduled_at
    assert due is not None
    assert timedelta(seconds=2) < due - before < timedelta(minutes=30)


def test_the_pulse_gives_back_what_could_not_be_settled(database: Database) -> None:
    async def run() -> None:
        async with managers(database, 1) as (jobs,):
            jobs.unsettled[job_id] = await take(jobs)
            pulse = Pulse(database, jobs, Steadiness(lambda: 0.0), "host:1", "test")
            await asyncio.to_thread(pulse.beat)
            assert jobs.unsettled == {}

    job_id = put(database)
    asyncio.run(run())

    assert shown(database, job_id).status == "todo"


def test_a_worker_that_was_pruned_lives_again_with_its_next_beat(database: Database) -> None:
    async def run() -> None:
        async with managers(database, 1) as (jobs,):
            with database.connection() as connection:
                connection.execute("DELETE FROM procrastinate_workers")
            pulse = Pulse(database, jobs, Steadiness(lambda: 0.0), "host:1", "test")
            await asyncio.to_thread(pulse.beat)
            await take(jobs)

    job_id = put(database)
    asyncio.run(run())

    assert shown(database, job_id).status == "doing"


def test_after_a_gap_nobody_is_taken_for_lost_at_once() -> None:
    now = [0.0]
    steadiness = Steadiness(lambda: now[0])
    ticks = []
    for seconds in (2.0, 2.0, 60.0, 2.0, 2.0, 2.0, 2.0):
        now[0] += seconds
        ticks.append(steadiness.tick())

    assert ticks == [True, True, False, False, False, False, True]
