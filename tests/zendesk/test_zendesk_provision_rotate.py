"""A new signing secret: two webhooks for a while, and it goes on after a death at any write."""

import copy

import pytest

from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision import ProvisionError, apply, plan
from bot.zendesk.provision.rotate import Rotation
from bot.zendesk.session import ZendeskSession
from tests.zendesk.crashes import Dies, DiesAfter, lose_reply
from tests.zendesk.provisioned import SETTINGS, held, titles
from tests.zendesk.stub_zendesk import StubZendesk


def rotate(
    account: ZendeskSession, files: ZendeskObjects, recorder: DiesAfter | None = None
) -> str:
    rotation = Rotation(account, files, SETTINGS, recorder)
    rotation.start()
    rotation.repoint()
    return rotation.finish()[1]


def called(zendesk: StubZendesk) -> set[str]:
    """Ids of the webhooks that triggers call."""
    return {
        action["value"][0]
        for trigger in held(zendesk, "triggers")
        for action in trigger["actions"]
        if action["field"] == "notification_webhook"
    }


def test_both_secrets_are_known_before_a_trigger_calls_the_new_webhook(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    (old,) = apply(account, files, SETTINGS).secrets
    rotation = Rotation(account, files, SETTINGS)

    secrets = rotation.start()

    assert secrets[1] == old
    assert len(set(secrets)) == len(held(zendesk, "webhooks")) == 2
    assert called(zendesk) == {held(zendesk, "webhooks")[0]["id"]}
    assert rotation.start() == secrets


def test_afterwards_one_webhook_stands_and_a_plan_writes_nothing(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    (old,) = apply(account, files, SETTINGS).secrets

    secret = rotate(account, files)

    (webhook,) = held(zendesk, "webhooks")
    assert secret == f"secret-of-{webhook['id']}=" != old
    assert called(zendesk) == {webhook["id"]}
    planned = plan(account, files, SETTINGS)
    assert (planned.writes, planned.problems) == (0, ())


def test_half_way_apply_is_refused_and_says_what_ends_it(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    Rotation(account, files, SETTINGS).start()

    with pytest.raises(ProvisionError, match="`provision rotate-secret` ends it"):
        apply(account, files, SETTINGS)


def test_a_rotation_that_dies_around_any_write_goes_on(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    before = copy.deepcopy(zendesk.state)

    for number in range(1, len(files.triggers) + 4):
        for written in (False, True):
            zendesk.state = copy.deepcopy(before)
            with pytest.raises(Dies):
                rotate(account, files, DiesAfter(number, written=written))

            if number < len(files.triggers) + 3 or not written:
                rotate(account, files)

            assert plan(account, files, SETTINGS).writes == 0, (number, written)
            assert called(zendesk) == {held(zendesk, "webhooks")[0]["id"]}
            assert set(titles(zendesk).values()) == {1}


def test_a_rotation_survives_the_loss_of_every_reply(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    before = copy.deepcopy(zendesk.state)

    for number in range(1, len(files.triggers) + 4):
        zendesk.state = copy.deepcopy(before)
        lose_reply(zendesk, number, applied=True)

        rotate(account, files)

        assert plan(account, files, SETTINGS).writes == 0, number
        assert len(held(zendesk, "webhooks")) == 1


def test_the_old_webhook_stays_while_a_trigger_calls_it(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    rotation = Rotation(account, files, SETTINGS)
    rotation.start()

    with pytest.raises(ProvisionError, match="still called by 'Cloud licensing bot: new ticket"):
        rotation.finish()

    assert len(held(zendesk, "webhooks")) == 2


def test_nothing_to_rotate_before_the_first_apply(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    with pytest.raises(ProvisionError, match="run `provision apply` first"):
        Rotation(account, files, SETTINGS).start()
