"""The process dies, or a reply is lost, at every single write: `apply` again ends it the same."""

import copy
from collections.abc import Iterator

import pytest

from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision import Refusal, apply
from bot.zendesk.provision.destroy import destroy
from bot.zendesk.session import ZendeskSession
from tests.zendesk.crashes import Dies, DiesAfter, lose_reply, whole
from tests.zendesk.provisioned import SETTINGS, count, titles, writes
from tests.zendesk.stub_zendesk import StubZendesk

pytestmark = pytest.mark.slow


@pytest.fixture
def account(zendesk: StubZendesk) -> Iterator[ZendeskSession]:
    zendesk.headers = {"x-rate-limit": "100000", "x-rate-limit-remaining": "99999"}
    session = ZendeskSession(
        Account(zendesk.url, "bot", "s3cret"), InMemoryBudget(), deadline=60, patience=60
    )
    yield session
    session.close()


def test_the_process_dies_around_every_single_write(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    empty = copy.deepcopy(zendesk.state)
    apply(account, files, SETTINGS)
    undisturbed = whole(zendesk)

    for number in range(1, count(files) + 1):
        for written in (False, True):
            zendesk.state = copy.deepcopy(empty)
            zendesk.state.tokens = ["token-1"]
            with pytest.raises(Dies):
                apply(account, files, SETTINGS, recorder=DiesAfter(number, written=written))

            apply(account, files, SETTINGS)

            assert whole(zendesk) == undisturbed, (number, written)


def test_the_reply_of_every_single_write_is_lost_after_it_took_effect(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    empty = copy.deepcopy(zendesk.state)
    apply(account, files, SETTINGS)
    undisturbed = whole(zendesk)

    for number in range(1, count(files) + 1):
        zendesk.state = copy.deepcopy(empty)
        zendesk.state.tokens = ["token-1"]
        lose_reply(zendesk, number, applied=True)

        applied = apply(account, files, SETTINGS)

        assert whole(zendesk) == undisturbed, number
        assert applied.writes == count(files)


def test_every_single_write_is_lost_before_it_took_effect(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    empty = copy.deepcopy(zendesk.state)
    apply(account, files, SETTINGS)
    undisturbed = whole(zendesk)

    for number in range(1, count(files) + 1):
        zendesk.state = copy.deepcopy(empty)
        zendesk.state.tokens = ["token-1"]
        lose_reply(zendesk, number, applied=False)
        with pytest.raises(Refusal, match="Run the same command again"):
            apply(account, files, SETTINGS, looks=())

        apply(account, files, SETTINGS)

        assert whole(zendesk) == undisturbed, number
    assert set(titles(zendesk).values()) == {1}


def test_a_destruction_that_dies_around_every_single_write_leaves_the_account_as_it_was(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    before = whole(zendesk)
    apply(account, files, SETTINGS)
    full = copy.deepcopy(zendesk.state)

    for number in range(1, count(files) + 1):
        for written in (False, True):
            zendesk.state = copy.deepcopy(full)
            with pytest.raises(Dies):
                destroy(account, recorder=DiesAfter(number, written=written), fields=True)

            destroy(account, fields=True)

            assert whole(zendesk) == before, (number, written)


def test_a_destruction_survives_the_loss_of_every_reply(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    before = whole(zendesk)
    apply(account, files, SETTINGS)
    full = copy.deepcopy(zendesk.state)

    for number in range(1, count(files) + 1):
        zendesk.state = copy.deepcopy(full)
        lose_reply(zendesk, number, applied=True)

        destroy(account, fields=True)

        assert whole(zendesk) == before, number
    written = len(writes(zendesk))
    assert destroy(account, fields=True) == ()
    assert len(writes(zendesk)) == written
