"""How many runs of the suite are let through."""

from datetime import UTC, datetime, timedelta

from bot.probes.budget import Budget

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_ticket_has_its_own_budget() -> None:
    budget = Budget(per_ticket=2)
    for second in range(2):
        budget = budget.spend(1, NOON + timedelta(seconds=second))

    assert "ticket 1" in budget.refusal(1, NOON)
    assert not budget.refusal(2, NOON)


def test_a_ticket_may_ask_again_after_the_window() -> None:
    budget = Budget(per_ticket=1).spend(1, NOON)

    assert not budget.refusal(1, NOON + timedelta(hours=1))


def test_all_tickets_together_are_limited_by_the_minute() -> None:
    budget = Budget(per_minute=3)
    for ticket in range(3):
        budget = budget.spend(ticket, NOON)

    assert "last minute" in budget.refusal(9, NOON + timedelta(seconds=59))
    assert not budget.refusal(9, NOON + timedelta(seconds=60))


def test_what_is_older_than_the_window_is_forgotten() -> None:
    budget = Budget().spend(1, NOON).spend(2, NOON + timedelta(hours=2))

    assert [run.ticket_id for run in budget.spent] == [2]
