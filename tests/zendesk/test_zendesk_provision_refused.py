"""What `provision` refuses, and what a refusal or a lost answer of Zendesk leads to."""

from typing import Any

import pytest

from bot.zendesk.errors import Rejected
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision import (
    Applied,
    ProvisionError,
    ProvisionSettings,
    Refusal,
    apply,
)
from bot.zendesk.provision.refusals import way_out
from bot.zendesk.session import ZendeskSession
from tests.zendesk.keeping import Kept
from tests.zendesk.provisioned import SETTINGS, held, titles, writes
from tests.zendesk.stub_zendesk import StubZendesk, answers, drops


@pytest.mark.parametrize("part", ["webhooks", "ticket_fields", "triggers", "macros"])
def test_a_lost_answer_to_a_creation_makes_no_double(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects, part: str
) -> None:
    zendesk.fail("POST", part, drops, commit_first=True)

    applied = apply(account, files, SETTINGS)

    assert set(titles(zendesk).values()) == {1}
    assert isinstance(applied, Applied)


def test_a_creation_that_was_lost_before_it_was_applied_is_told(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    zendesk.fail("POST", "triggers", drops)

    with pytest.raises(Refusal, match="Run the same command again"):
        apply(account, files, SETTINGS, looks=(0.01,))

    apply(account, files, SETTINGS)
    assert set(titles(zendesk).values()) == {1}


def test_a_stranger_of_the_same_name_is_refused_before_anything_is_written(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    zendesk.state.collections["macros"] = {
        "5": {"id": 5, "title": "Cloud licensing::Run probes", "actions": [], "description": "mine"}
    }

    with pytest.raises(ProvisionError, match=r"macro .*Run probes.* \(id 5\) exists and is not"):
        apply(account, files, SETTINGS)

    assert writes(zendesk) == []


def test_two_objects_with_our_mark_are_refused(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    macro = held(zendesk, "macros")[0]
    zendesk.state.collections["macros"]["777"] = macro | {"id": 777, "title": "A copy"}

    with pytest.raises(ProvisionError, match="several objects carry"):
        apply(account, files, SETTINGS)


def test_a_field_of_another_type_is_refused_because_zendesk_never_changes_it(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    held(zendesk, "ticket_fields")[3]["type"] = "integer"

    with pytest.raises(ProvisionError, match="type is 'integer'"):
        apply(account, files, SETTINGS)


def test_an_ignored_key_is_an_error(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    warning = {"x-zendesk-api-warn": 'Removed restricted keys ["regexp"] from parameters'}
    zendesk.fail(
        "POST",
        "macros",
        lambda handler: handler.reply(201, {"macro": {"id": 1, "title": "x"}}, warning),
    )

    with pytest.raises(Refusal, match="ignored keys that we sent: regexp"):
        apply(account, files, SETTINGS)


@pytest.mark.parametrize(
    ("status", "body"),
    [(403, {"error": {"title": "Forbidden"}}), (422, {"error": "RecordInvalid"})],
)
def test_a_refusal_of_zendesk_is_told_with_the_kind_of_object(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects, status: int, body: Any
) -> None:
    zendesk.fail("POST", "triggers", answers(status, body))

    with pytest.raises(Refusal, match=r"^trigger 'Cloud .*' could not be made: triggers: "):
        apply(account, files, SETTINGS)


def test_a_text_that_is_too_long_is_not_taken_for_a_full_account() -> None:
    error = Rejected("ticket_fields: Title: is too long (maximum is 30 characters)", status=422)

    assert way_out(error, "field").startswith("Change the file under manifests/zendesk")


def test_an_account_that_is_busy_is_asked_again(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    busy = {"error": "DatabaseConflict", "description": "Database collision"}
    zendesk.fail("POST", "macros", answers(409, busy), times=1)

    applied = apply(account, files, SETTINGS)

    assert "run_probes" in applied.ids["macro"]
    assert set(titles(zendesk).values()) == {1}


def test_what_a_dead_run_made_and_is_not_listed_yet_is_looked_for_and_not_made_twice(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    applied = apply(account, files, SETTINGS)
    key = applied.ids["macro"]["run_probes"]
    hidden = zendesk.state.collections["macros"].pop(key)

    class Begun(Kept):
        def pending(self, kind: str, key: str) -> bool:
            zendesk.state.collections["macros"][hidden["id"]] = hidden
            return (kind, key) == ("macro", "run_probes")

    again = apply(account, files, SETTINGS, recorder=Begun())

    assert again.ids["macro"]["run_probes"] == key
    assert set(titles(zendesk).values()) == {1}


def test_settings_that_cannot_work_are_refused_first(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    settings = ProvisionSettings("http://bot.example.com", 99, known_commands={"cl_run_probes"})

    with pytest.raises(ProvisionError) as caught:
        apply(account, files, settings)

    assert "PUBLIC_URL must be an https address" in str(caught.value)
    assert "'cl_full_runbook': the runbook knows no such command" in str(caught.value)
    assert writes(zendesk) == []
