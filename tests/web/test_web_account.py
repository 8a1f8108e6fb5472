"""Which events are ours, which are our own echo, and which are another account's."""

import pytest

from bot.web.account import Account, Known, remembered
from bot.web.events import TicketEvent


def event(
    host: str | None = "acme.zendesk.com",
    *,
    account_id: int | None = None,
    actor_id: int | None = None,
) -> TicketEvent:
    return TicketEvent(4711, "created", host=host, account_id=account_id, actor_id=actor_id)


def knowing(
    *,
    bot_user_id: int | None = None,
    account_id: int | None = None,
    brand_hosts: frozenset[str] = frozenset(),
) -> Account:
    known = Known(bot_user_id, account_id, brand_hosts)
    return Account("acme.zendesk.com", lambda: known)


def test_our_host_is_ours() -> None:
    assert not Account("acme.zendesk.com").is_foreign(event(), None)


def test_a_brands_host_is_ours_once_it_is_known() -> None:
    brand = event("help.acme.example")

    assert Account("acme.zendesk.com").is_foreign(brand, None)
    assert not knowing(brand_hosts=frozenset({"help.acme.example"})).is_foreign(brand, None)


@pytest.mark.parametrize(
    "host", ["acme1700000000.zendesk.com", "acme.zendesk.com.evil.example", "zendesk.com"]
)
def test_a_host_that_only_looks_alike_is_foreign(host: str) -> None:
    assert Account("acme.zendesk.com").is_foreign(event(host), None)


def test_the_names_of_this_machine_are_one_host() -> None:
    assert not Account("localhost").is_foreign(event("127.0.0.1"), None)
    assert Account("acme.zendesk.com").is_foreign(event("127.0.0.1"), None)


def test_the_accounts_number_decides_where_both_sides_have_one() -> None:
    account = knowing(account_id=7)

    assert not account.is_foreign(event("help.acme.example"), 7)
    assert account.is_foreign(event(), 8)
    assert not account.is_foreign(event(None, account_id=7), None)
    assert account.is_foreign(event(None, account_id=8), 7)


def test_a_subscription_without_numbers_is_ours_by_its_signature_alone() -> None:
    assert not Account("acme.zendesk.com").is_foreign(event(None), None)


def test_our_own_user_is_known_by_number() -> None:
    account = knowing(bot_user_id=31337)

    assert account.is_own(event(actor_id=31337))
    assert not account.is_own(event(actor_id=900))
    assert not account.is_own(event(actor_id=None))


def test_before_provisioning_nobody_is_our_own_user() -> None:
    assert not Account("acme.zendesk.com").is_own(event(actor_id=None))


def test_who_we_are_is_read_once_in_a_while() -> None:
    asked: list[int] = []

    def read() -> Known:
        asked.append(1)
        return Known(bot_user_id=len(asked))

    patient, hasty = remembered(read, seconds=3600), remembered(read, seconds=0)

    assert [patient().bot_user_id for _ in range(3)] == [1, 1, 1]
    assert [hasty().bot_user_id for _ in range(2)] == [2, 3]


def test_a_store_that_is_down_makes_us_forget_nothing() -> None:
    answers = [None, Known(), Known(bot_user_id=7), None, None]
    ask = remembered(lambda: answers.pop(0), seconds=0, retry_seconds=0)

    assert [ask().bot_user_id for _ in range(5)] == [None, None, 7, 7, 7]
