"""When a failed job runs again, and what is written down about it."""

import asyncio
from datetime import UTC, datetime

import procrastinate
import pytest
from procrastinate.jobs import Job

from bot.jobs.owned import OwnedJobs, Verdict
from bot.jobs.tries import Tries, describe
from bot.pipeline.ports import Later
from bot.queue import COMMAND
from bot.store.database import StoreDown
from bot.zendesk.errors import GatewayTrouble, OutcomeUnknown, Unreachable


@pytest.fixture
def jobs() -> OwnedJobs:
    return OwnedJobs(procrastinate.PsycopgConnector(conninfo=""))


def a_job(attempts: int = 0, priority: int = 0) -> Job:
    return Job(
        id=1,
        queue="events",
        lock="ticket:7",
        queueing_lock=None,
        task_name="handle_event",
        attempts=attempts,
        priority=priority,
    )


def seconds_until(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - datetime.now(UTC)).total_seconds()


def test_an_event_is_tried_eight_times_within_a_quarter_of_an_hour(jobs: OwnedJobs) -> None:
    tries = Tries(jobs, jitter=lambda: 1.0)
    waits = []
    for attempts in range(8):
        decision = tries.get_retry_decision(exception=OSError(), job=a_job(attempts))
        waits.append(None if decision is None else seconds_until(decision.retry_at))

    assert waits[-1] is None
    assert waits[0] is not None
    assert waits[0] > 2
    assert sum(wait for wait in waits if wait is not None) < 15 * 60


@pytest.mark.parametrize(
    "error", [GatewayTrouble("502"), Unreachable("no"), OutcomeUnknown("?"), StoreDown("away")]
)
def test_an_event_outlasts_an_outage_of_a_day_and_asks_seldom_once_it_is_too_old_for_a_note(
    jobs: OwnedJobs, error: Exception
) -> None:
    tries = Tries(jobs, jitter=lambda: 0.0)
    waits, attempts = [], 0
    while (decision := tries.get_retry_decision(exception=error, job=a_job(attempts))) is not None:
        waits.append(seconds_until(decision.retry_at))
        attempts += 1

    often = [wait for wait in waits if wait <= 300]

    assert 24 * 3600 <= sum(waits) + 1 < 25 * 3600
    assert waits[: len(often)] == often
    assert 2 * 3600 <= sum(often) + 1 < 3 * 3600


@pytest.mark.parametrize(
    ("kind", "tries"), [("command", 4), ("looked", 4), ("probed", 26), ("note", 26), ("stuck", 40)]
)
def test_what_an_agent_was_promised_outlasts_a_short_outage(
    jobs: OwnedJobs, kind: str, tries: int
) -> None:
    rule = Tries(jobs, jitter=lambda: 0.0)
    job = a_job(priority=COMMAND).evolve(task_kwargs={"kind": kind})
    found = [
        rule.get_retry_decision(exception=GatewayTrouble("502"), job=job.evolve(attempts=attempts))
        for attempts in range(40)
    ]

    assert sum(decision is not None for decision in found) == tries


def test_that_a_command_has_failed_is_told_after_a_night_and_holds_no_new_one_up(
    jobs: OwnedJobs,
) -> None:
    rule = Tries(jobs, jitter=lambda: 0.0)
    job = a_job(priority=COMMAND).evolve(task_kwargs={"kind": "stuck"})
    waits, priorities = [], []
    while (found := rule.get_retry_decision(exception=GatewayTrouble("502"), job=job)) is not None:
        waits.append(seconds_until(found.retry_at))
        priorities.append(found.priority)
        job = job.evolve(attempts=job.attempts + 1, priority=found.priority)

    assert 22 * 3600 < sum(waits) < 24 * 3600
    assert all(
        priority == (COMMAND if wait < 100 else COMMAND - 1)
        for wait, priority in zip(waits, priorities, strict=True)
    )


def test_an_agents_command_is_tried_less_often_and_sooner(jobs: OwnedJobs) -> None:
    tries = Tries(jobs, jitter=lambda: 1.0)
    decisions = [
        tries.get_retry_decision(exception=OSError(), job=a_job(attempts, COMMAND))
        for attempts in range(5)
    ]

    assert decisions[-1] is None
    assert sum(seconds_until(found.retry_at) for found in decisions if found) < 60
    assert {found.priority for found in decisions if found} == {COMMAND}


def test_a_failed_event_steps_back_once(jobs: OwnedJobs) -> None:
    tries = Tries(jobs)

    first = tries.get_retry_decision(exception=OSError(), job=a_job())
    second = tries.get_retry_decision(exception=OSError(), job=a_job(1, -1))

    assert first is not None
    assert second is not None
    assert (first.priority, second.priority) == (-1, -1)


def test_later_is_no_failed_try(jobs: OwnedJobs) -> None:
    decision = Tries(jobs).get_retry_decision(exception=Later(90, "not quiet"), job=a_job(7))

    assert decision is not None
    assert 80 < seconds_until(decision.retry_at) <= 90
    assert decision.priority is None
    assert jobs.verdicts == {1: Verdict("not quiet", counts=False)}


def test_the_end_of_the_worker_is_no_failed_try(jobs: OwnedJobs) -> None:
    decision = Tries(jobs).get_retry_decision(exception=asyncio.CancelledError(), job=a_job(7))

    assert decision is not None
    assert seconds_until(decision.retry_at) <= 0
    assert jobs.verdicts[1].counts is False


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StoreDown("the store does not answer"), "StoreDown: the store does not answer"),
        (KeyError("their words"), "KeyError: '…'"),
        (ValueError("no number: 'abc def"), "ValueError: no number: '…'"),
        (ValueError("ask ann@example.com at https://x.example/?t=1"), "ValueError: ask … at …"),
        (ValueError("ticket 123456789 with aaaaaaaaaabbbbbbbbbbccccc1"), "ValueError: ticket … wi"),
        (ValueError(), "ValueError"),
        (ValueError("a\nb " * 999), "ValueError: a b a b"),
    ],
)
def test_a_reason_says_what_happened_and_quotes_nobody(error: Exception, said: str) -> None:
    assert describe(error).startswith(said)
    assert len(describe(error)) < 300


def test_a_reason_says_where_it_happened() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0

    assert describe(caught.value).startswith("ZeroDivisionError at test_jobs_tries.py:")
