"""A clock that was set, the store's or a host's, neither stops the bot nor makes it hasty."""

from collections.abc import Iterator

import procrastinate
import pytest

from bot import queue
from bot.jobs.clocks import OwnClock, Steadiness, leave_the_future
from bot.jobs.owned import OwnedJobs
from bot.jobs.pulse import Pulse
from bot.jobs.rescue import rescue
from bot.store.database import Database
from bot.store.errands import Errands

HOURS = 2 * 3600.0


def tell(database: Database, statement: str, *values: object) -> list[tuple[object, ...]]:
    with database.connection() as connection:
        done = connection.execute(statement.encode(), values)
        return done.fetchall() if done.description else []


def put(database: Database, delay: float) -> int:
    with database.connection() as connection:
        return queue.defer(
            connection, "events", "handle_event", {}, lock="ticket:7", delay_seconds=delay
        )


def seconds_until(database: Database, job_id: int) -> float:
    (row,) = tell(
        database,
        "SELECT extract(epoch FROM scheduled_at - now())::float8 FROM procrastinate_jobs"
        " WHERE id = %s",
        job_id,
    )
    return float(str(row[0]))


@pytest.mark.parametrize("jump", [-HOURS, -30.0, 30.0, HOURS])
def test_nobody_is_taken_for_lost_while_the_stores_clock_jumps(jump: float) -> None:
    now, told = 0.0, 1e9
    steadiness = Steadiness(lambda: now)
    ticks = []
    for step in (0.0, jump, 0.0, 0.0, 0.0, 0.0):
        now, told = now + 2.0, told + 2.0 + step
        ticks.append(steadiness.tick(told, now))

    assert ticks == [True, False, False, False, False, True]
    assert steadiness.gaps == 1


def test_a_slow_answer_tells_of_no_jump() -> None:
    clock = iter((0.0, 2.0, 6.5, 9.0))
    steadiness = Steadiness(lambda: next(clock))
    for told, asked in ((100.0, 2.0), (102.0, 4.0), (107.0, 9.0)):
        assert steadiness.tick(told, asked)

    assert steadiness.jumped == pytest.approx(0.0)


def beat_in_the_future(database: Database, seconds: float) -> int:
    (row,) = tell(
        database,
        "INSERT INTO procrastinate_workers (last_heartbeat)"
        " VALUES (now() + make_interval(secs => %s)) RETURNING id",
        seconds,
    )
    return int(str(row[0]))


@pytest.mark.parametrize("seen", [True, False])
def test_what_the_fast_clock_put_off_comes_when_it_should(
    database: Database, *, seen: bool
) -> None:
    later, due = put(database, HOURS + 60), put(database, HOURS - 60)
    if not seen:  # every worker was down when it jumped
        beat_in_the_future(database, HOURS)
    with database.connection() as connection:
        leave_the_future(connection, -HOURS if seen else None)

    assert 50 < seconds_until(database, later) <= 61
    assert seconds_until(database, due) <= 0


def test_without_a_jump_what_is_put_off_stays_put_off(database: Database) -> None:
    later = put(database, 60)
    beat_in_the_future(database, 0)
    with database.connection() as connection:
        leave_the_future(connection, None)

    assert seconds_until(database, later) > 50


def test_a_worker_that_was_lost_in_the_future_is_not_taken_for_alive(database: Database) -> None:
    job_id = put(database, 0)
    tell(
        database,
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s",
        beat_in_the_future(database, HOURS),
        job_id,
    )
    with database.connection() as connection:
        leave_the_future(connection, None)
    tell(
        database,
        "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '7 seconds'",
    )

    assert rescue(database) == 1


def test_an_errand_that_ended_in_the_future_can_begin(database: Database) -> None:
    errands = Errands(database)
    errands.begin("reconcile", 60)
    errands.end("reconcile")
    tell(database, "UPDATE errands SET began_at = began_at + interval '2 hours',"
         " ended_at = ended_at + interval '2 hours'")  # fmt: skip
    with database.connection() as connection:
        leave_the_future(connection, -HOURS)
    tell(database, "UPDATE errands SET ended_at = ended_at - interval '61 seconds',"
         " began_at = began_at - interval '62 seconds'")  # fmt: skip

    assert errands.begin("reconcile", 60) is not None


def test_the_first_beat_takes_back_the_future(database: Database) -> None:
    beat_in_the_future(database, HOURS)
    tell(database, "INSERT INTO errands (name, began_at) VALUES ('purge', now() + interval '1 h')")
    jobs = OwnedJobs(procrastinate.PsycopgConnector(conninfo=database.url))
    Pulse(database, jobs, Steadiness(lambda: 0.0), "host:1", "test").beat()

    assert tell(database, "SELECT began_at <= now() FROM errands") == [(True,)]


def test_what_was_dated_by_the_fast_clock_is_dated_anew(database: Database) -> None:
    tell(database, "INSERT INTO vantages (name, asked_at) VALUES ('a', now() + interval '2 hours')")
    tell(database, "INSERT INTO vantages (name, asked_at) VALUES ('b', now() - interval '1 hour')")
    for _ in range(2):  # another worker does it, too
        with database.connection() as connection:
            leave_the_future(connection, -HOURS)
    ages = tell(
        database, "SELECT extract(epoch FROM now() - asked_at) < 60 FROM vantages ORDER BY name"
    )

    assert ages == [(True,), (False,)]


def test_only_a_clock_that_was_set_back_makes_cron_start_anew() -> None:
    def own() -> Iterator[float]:
        yield from (100.0, 102.0, 7300.0, 100.0, 102.0)

    steady, told = iter((0.0, 2.0, 4.0, 6.0, 8.0)), own()
    clock = OwnClock(lambda: next(steady), lambda: next(told))

    assert [clock.was_set_back() for _ in range(4)] == [False, False, True, False]
