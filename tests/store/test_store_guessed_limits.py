"""Limits that no header tells: a 429 teaches them, for every process, and not for ever."""

import pytest

from bot.store.budgets import SharedBudget
from bot.store.database import Database
from bot.store.guessed_limits import FLOOR, raise_guesses
from bot.store.limit_headers import TICKET_UPDATE


def take(budget: SharedBudget, times: int, route: str = "tickets.read") -> int:
    return [budget.acquire(route, None, 1) for _ in range(times)].count(0.0)


def capacities(budget: SharedBudget) -> dict[str, int]:
    return {state.bucket: state.capacity for state in budget.states()}


def pass_minutes(database: Database, minutes: int) -> None:
    """Let all that was counted and learnt have happened so much earlier."""
    with database.connection() as connection:
        connection.execute("UPDATE budget_counts SET second = second - %s", (minutes * 60 + 2,))
        connection.execute(
            "UPDATE budgets SET learnt_at = learnt_at - make_interval(mins => %s)", (minutes,)
        )
        raise_guesses(connection, 200, 100)


def test_a_429_without_headers_teaches_every_process_what_was_let_through(
    database: Database,
) -> None:
    one, other = SharedBudget(database), SharedBudget(database)
    take(one, 50)
    take(other, 51)
    one.refused("tickets.read")

    assert capacities(other) == {"account": 95, "updates": 100}
    assert take(other, 1) == 0


def test_further_refusals_of_one_moment_cut_no_deeper(database: Database) -> None:
    budget = SharedBudget(database)
    take(budget, 104)
    for _ in range(4):
        budget.refused("tickets.read")

    assert capacities(budget)["account"] == 95


def test_a_refused_update_teaches_the_limit_of_updates_too(database: Database) -> None:
    budget = SharedBudget(database)
    take(budget, 61, TICKET_UPDATE)
    budget.refused(TICKET_UPDATE)

    assert capacities(budget) == {"account": 57, "updates": 57}


def test_a_guess_rises_faster_the_longer_no_429_comes_and_is_forgotten_at_the_limit_assumed(
    database: Database,
) -> None:
    budget = SharedBudget(database)
    take(budget, 101)
    budget.refused("tickets.read")
    rises = []
    for _ in range(6):
        pass_minutes(database, 1)
        rises.append(capacities(budget)["account"])

    assert rises == [100, 110, 127, 153, 192, 200]


def test_a_guess_rises_for_all_the_minutes_in_which_nobody_looked(database: Database) -> None:
    budget = SharedBudget(database)
    take(budget, 101)
    budget.refused("tickets.read")
    pass_minutes(database, 20)

    assert capacities(budget)["account"] == 200


def test_headers_win_at_once_and_no_429_unlearns_them(database: Database) -> None:
    budget = SharedBudget(database)
    take(budget, 101)
    budget.refused("tickets.read")
    budget.learn("tickets.read", {"x-rate-limit": "700", "x-rate-limit-remaining": "600"}, None)
    budget.refused("tickets.read")

    assert capacities(budget)["account"] == 700


def test_an_endpoint_is_slowed_where_headers_tell_the_accounts_limit(database: Database) -> None:
    budget = SharedBudget(database)
    budget.learn("x", {"x-rate-limit": "700", "x-rate-limit-remaining": "600"}, None)
    take(budget, 61, "views")
    budget.refused("views")

    assert take(budget, 1, "views") == 0
    assert take(budget, 1, "search") == 1


def test_a_passing_429_slows_no_reading_where_headers_tell_the_accounts_limit(
    database: Database,
) -> None:
    budget = SharedBudget(database)
    budget.learn("x", {"x-rate-limit": "9000", "x-rate-limit-remaining": "8900"}, None)
    take(budget, 125)
    for _ in range(5):
        budget.refused("tickets.read")

    assert take(budget, 200) == 200


@pytest.mark.parametrize(("refusals", "account"), [(3, 200), (4, FLOOR)])
def test_few_refusals_of_few_calls_are_zendesks_own_trouble(
    database: Database, refusals: int, account: int
) -> None:
    budget = SharedBudget(database)
    for _ in range(refusals):
        take(budget, 1)
        budget.refused("tickets.read")

    assert capacities(budget)["account"] == account
