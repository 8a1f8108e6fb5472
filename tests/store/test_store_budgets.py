"""One budget for every process: counted, learnt from headers, stopped by Retry-After."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.store.budgets import NOISY, SharedBudget
from bot.store.database import Database, StoreDown
from bot.store.limit_headers import TICKET_UPDATE


def take(budget: SharedBudget, times: int, route: str = "tickets.read", **more: int) -> list[bool]:
    priority, ticket = more.get("priority", 0), more.get("ticket")
    return [budget.acquire(route, ticket, priority) == 0.0 for _ in range(times)]


def test_calls_of_every_process_count_together(database: Database) -> None:
    one, other = (SharedBudget(database, calls_per_minute=10) for _ in range(2))

    assert take(one, 5) == [True] * 5
    assert take(other, 6) == [True, True, True, True, False, False]
    assert 0 < other.acquire("tickets.read", None, 0) <= 61


def test_a_command_may_use_what_is_kept_back(database: Database) -> None:
    budget = SharedBudget(database, calls_per_minute=10)
    assert take(budget, 20).count(True) == 9

    assert take(budget, 2, priority=1) == [True, False]


def test_updates_have_a_limit_of_their_own(database: Database) -> None:
    budget = SharedBudget(database, updates_per_minute=4)

    assert take(budget, 4, TICKET_UPDATE) == [True, True, True, False]
    assert take(budget, 1) == [True]


def test_a_ticket_takes_no_more_than_thirty_updates_in_ten_minutes(database: Database) -> None:
    budget = SharedBudget(database, updates_per_minute=1000, calls_per_minute=1000)

    assert take(budget, 40, TICKET_UPDATE, ticket=7, priority=1).count(True) == 29
    assert 60 < budget.acquire(TICKET_UPDATE, 7, 1) <= 601
    assert budget.acquire(TICKET_UPDATE, 8, 1) == 0.0


def test_parallel_callers_never_take_more_than_there_is(database: Database) -> None:
    budget = SharedBudget(database, calls_per_minute=20)

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: take(budget, 10, priority=1).count(True), range(4)))

    assert sum(taken) == 20


def test_retry_after_stops_everybody_and_is_never_shortened(database: Database) -> None:
    one, other = SharedBudget(database), SharedBudget(database)
    one.block(30)
    one.block(1)

    assert 20 < other.acquire("tickets.read", None, 1) <= 30


def test_an_absurd_retry_after_is_capped(database: Database) -> None:
    budget = SharedBudget(database)
    budget.block(1e9)

    assert budget.acquire("tickets.read", None, 1) <= 900


@pytest.mark.parametrize(
    "headers",
    [
        {"x-rate-limit": "700", "x-rate-limit-remaining": "2"},
        {"ratelimit-limit": "700", "ratelimit-remaining": "2", "ratelimit-reset": "40"},
    ],
)
def test_what_zendesk_says_is_left_counts(database: Database, headers: dict[str, str]) -> None:
    one, other = SharedBudget(database), SharedBudget(database)
    one.learn("tickets.read", headers, None)

    assert take(other, 3, priority=1) == [True, True, False]
    assert take(other, 1) == [False]


def test_a_larger_limit_is_learnt(database: Database) -> None:
    budget = SharedBudget(database, calls_per_minute=8)
    budget.learn("x", {"x-rate-limit": "700", "x-rate-limit-remaining": "690"}, None)

    assert take(SharedBudget(database, calls_per_minute=8), 30) == [True] * 30


def test_named_limits_hold_for_their_own_bucket(database: Database) -> None:
    budget = SharedBudget(database)
    budget.learn(
        TICKET_UPDATE,
        {
            "zendesk-rate-limit-tickets-update": "total=20; remaining=19; resets=59",
            "zendesk-ratelimit-per-ticket-updates": "total=30; remaining=1; resets=468",
        },
        7,
    )
    budget.learn("views", {"zendesk-rate-limit-views": "total=5; remaining=1; resets=9"}, None)

    assert take(budget, 2, TICKET_UPDATE, ticket=7, priority=1) == [True, False]
    others = [take(budget, 1, TICKET_UPDATE, ticket=8 + n, priority=1) for n in range(25)]
    assert others.count([True]) == 18
    assert take(budget, 2, "views", priority=1) == [True, False]
    assert take(budget, 1) == [True]


def test_headers_that_make_no_sense_are_passed_over(database: Database) -> None:
    budget = SharedBudget(database)
    budget.learn("x", {"x-rate-limit": "many", "zendesk-rate-limit-x": "total=1"}, None)

    assert take(budget, 1) == [True]


@pytest.mark.parametrize("total", [0, 10**4, 10**12])
def test_no_header_however_odd_slows_the_bot_below_what_it_assumes(
    database: Database, total: int
) -> None:
    budget = SharedBudget(database)
    named = f"total={total}; remaining={total}; resets=0"
    limit = {"ratelimit-limit": str(total), "ratelimit-remaining": str(total)}
    budget.learn(TICKET_UPDATE, {"zendesk-rate-limit-tickets-update": named, **limit}, 7)

    assert take(budget, 90, TICKET_UPDATE) == [True] * 90


def test_a_high_limit_holds_from_its_first_header_on_in_every_process(database: Database) -> None:
    SharedBudget(database).learn(
        TICKET_UPDATE,
        {
            "ratelimit-limit": "100000",
            "ratelimit-remaining": "99999",
            "ratelimit-reset": "59",
            "zendesk-rate-limit-tickets-update": "total=100000; remaining=99999; resets=59",
        },
        7,
    )

    assert take(SharedBudget(database), 400, TICKET_UPDATE) == [True] * 400


def test_who_may_write_often_may_read_as_often(database: Database) -> None:
    budget = SharedBudget(database)
    named = {"zendesk-rate-limit-tickets-update": "total=9000; remaining=8999; resets=59"}
    budget.learn(TICKET_UPDATE, named, 7)

    assert take(budget, 150, TICKET_UPDATE) == [True] * 150
    assert take(budget, 150) == [True] * 150


def test_an_account_lifted_beyond_every_plan_may_write_as_much_more(database: Database) -> None:
    budget = SharedBudget(database)
    headers = {"x-rate-limit": "100000", "x-rate-limit-remaining": "99999"}
    budget.learn(TICKET_UPDATE, headers, 7)

    assert take(budget, 300, TICKET_UPDATE) == [True] * 300


def test_the_largest_plan_alone_lifts_no_limit_of_writes(database: Database) -> None:
    budget = SharedBudget(database)
    headers = {"x-rate-limit": "2500", "x-rate-limit-remaining": "2499"}
    budget.learn(TICKET_UPDATE, headers, 7)

    assert take(budget, 120, TICKET_UPDATE).count(True) < 100


def test_what_a_store_that_was_away_did_not_learn_is_learnt_with_the_next_answer(
    database: Database,
) -> None:
    away = Database("postgresql:///store?host=/nowhere", timeout=0.5)
    budget = SharedBudget(away)
    named = {"zendesk-rate-limit-tickets-update": "total=20; remaining=19; resets=59"}
    with pytest.raises(StoreDown):
        budget.learn(TICKET_UPDATE, named, 7)
    away.close()
    away.url = database.url
    budget.learn(TICKET_UPDATE, named, 7)
    away.close()

    assert take(SharedBudget(database), 30, TICKET_UPDATE, priority=1).count(True) == 19


def test_a_booking_takes_a_read_and_a_write_ahead_and_costs_nothing_more(
    database: Database,
) -> None:
    budget = SharedBudget(database, calls_per_minute=100, updates_per_minute=4)

    with budget.booked(7, 0) as wait:
        assert wait.seconds == 0
        assert left(budget) == {"account": 98, "updates": 3}
        assert take(budget, 1, "tickets.read", ticket=7) == [True]
        assert take(budget, 1, TICKET_UPDATE, ticket=7) == [True]

    assert left(budget) == {"account": 98, "updates": 3}


def test_what_was_booked_and_not_used_is_given_back(database: Database) -> None:
    budget = SharedBudget(database, calls_per_minute=100, updates_per_minute=4)

    with budget.booked(7, 0):
        take(budget, 1, "tickets.read", ticket=7)

    assert left(budget) == {"account": 99, "updates": 4}


def test_nobody_books_a_ticket_that_could_not_be_written(database: Database) -> None:
    budget = SharedBudget(database, updates_per_minute=4)
    take(budget, 3, TICKET_UPDATE)

    with budget.booked(7, 0) as wait:
        assert wait.bucket == "updates"
        assert 50 < wait.seconds <= 61
        assert not wait.is_only_this_ticket
    with budget.booked(7, 1) as wait:
        assert wait.seconds == 0
    assert left(budget)["account"] == 200 - 3


def test_a_noisy_ticket_waits_alone(database: Database) -> None:
    budget = SharedBudget(database, updates_per_minute=1000, calls_per_minute=1000)
    take(budget, 30, TICKET_UPDATE, ticket=7, priority=1)

    with budget.booked(7, 1) as wait:
        assert wait.is_only_this_ticket
    with budget.booked(8, 0) as wait:
        assert wait.seconds == 0


def test_commands_of_a_noisy_ticket_leave_what_is_kept_back_to_others(database: Database) -> None:
    budget = SharedBudget(database, updates_per_minute=100)
    noisy = take(budget, NOISY, TICKET_UPDATE, ticket=7, priority=1)
    take(budget, 100, TICKET_UPDATE)

    assert all(noisy)
    assert take(budget, 3, TICKET_UPDATE, ticket=7, priority=1) == [False] * 3
    for ticket in (8, 9, 10):
        assert take(budget, 1, TICKET_UPDATE, ticket=ticket, priority=1) == [True]


def test_a_booking_that_is_old_heeds_a_retry_after(database: Database) -> None:
    budget = SharedBudget(database)

    with budget.booked(7, 0):
        budget.block(30)
        time.sleep(0.6)
        assert budget.acquire(TICKET_UPDATE, 7, 0) > 20


def left(budget: SharedBudget) -> dict[str, int]:
    return {state.bucket: state.left for state in budget.states()}


def test_a_sandbox_account_is_used_almost_whole(database: Database) -> None:
    """Twenty updates a minute: nineteen go by themselves, one waits for an agent."""
    budget = SharedBudget(database)
    header = {"zendesk-rate-limit-tickets-update": "total=20; remaining=20; resets=60"}
    budget.learn(TICKET_UPDATE, header, None)

    assert take(budget, 25, TICKET_UPDATE).count(True) == 19
    assert take(budget, 3, TICKET_UPDATE, priority=1).count(True) == 1


def test_the_version_before_this_one_counts_in_the_same_budget(database: Database) -> None:
    """While an upgrade rolls, both versions run; the older one calls `budget_acquire`."""
    budget = SharedBudget(database, updates_per_minute=4)
    with database.connection() as connection:
        asked = "SELECT budget_acquire('{account,updates}', '{200,4}', '{60,60}', false)"
        for _ in range(3):
            assert connection.execute(asked).fetchone() == (0.0,)

    assert take(budget, 1, TICKET_UPDATE) == [False]
