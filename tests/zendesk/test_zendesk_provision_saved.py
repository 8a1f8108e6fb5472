"""Which account is meant, and whether it is still as it was when the plan was made."""

from dataclasses import replace
from typing import Any

import pytest

from bot.zendesk.app_plan import AppStep
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision import Change, ProvisionError, apply, plan
from bot.zendesk.provision.account import account_kind
from bot.zendesk.provision.saved import moved_since, saved
from bot.zendesk.session import ZendeskSession
from tests.zendesk.provisioned import SETTINGS, held
from tests.zendesk.stub_zendesk import StubZendesk


@pytest.mark.parametrize(
    ("url", "kind", "subdomain"),
    [
        ("http://127.0.0.1:8000", "pocket", "127.0.0.1"),
        ("https://acme.zendesk.com", "production", "acme"),
        ("https://acme1700000000.zendesk.com", "sandbox", "acme1700000000"),
        ("https://acme24.zendesk.com", "production", "acme24"),
        ("https://support.acme.example", "production", "support"),
    ],
)
def test_an_account_that_is_not_surely_a_sandbox_counts_as_production(
    url: str, kind: str, subdomain: str
) -> None:
    found = account_kind(url)

    assert (found.kind, found.subdomain) == (kind, subdomain)


def moved(account: ZendeskSession, files: ZendeskObjects, text: str, **changes: Any) -> list[str]:
    return moved_since(text, plan(account, files, replace(SETTINGS, **changes)))


def test_a_saved_plan_knows_what_moved_in_the_account_since(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    macro, trigger = held(zendesk, "macros")[0], held(zendesk, "triggers")[0]
    macro["title"] = "Once"
    text = saved(plan(account, files, SETTINGS), (), "1", "now")

    assert moved(account, files, text) == []

    macro["title"] = "Twice"
    trigger["description"] = "not ours any more"
    trigger["title"] = "somebody's"
    found = moved(account, files, text)

    assert "title has changed in the account: planned with Once, now Twice" in found[1]
    assert "new ticket with files' was there (id " in found[0]


def test_a_saved_plan_knows_when_the_settings_changed(
    account: ZendeskSession, files: ZendeskObjects
) -> None:
    text = saved(plan(account, files, SETTINGS), (), "1", "now")

    (line,) = moved(account, files, text, public_url="https://elsewhere.example.com")

    assert line.endswith("the files or the settings have changed since the plan")


def test_a_saved_plan_knows_what_moved_of_the_app(
    account: ZendeskSession, files: ZendeskObjects
) -> None:
    planned = plan(account, files, SETTINGS)
    then, now = (
        AppStep("change", "installation", "Licensing", "5", (Change("backend", old, "ours"),))
        for old in ("theirs", "somebody's")
    )
    text = saved(planned, (then,), "1", "now")

    (line,) = moved_since(text, planned, (now,))

    assert line == (
        "installation 'Licensing': backend has changed in the account: planned with theirs, now "
        "somebody's"
    )
    assert moved_since(text, planned, (then,)) == []
    assert moved_since(text, planned) == ["'Licensing': is no more in the files"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "steps": []}'])
def test_a_file_that_is_no_plan_is_refused(
    account: ZendeskSession, files: ZendeskObjects, text: str
) -> None:
    with pytest.raises(ProvisionError, match="this is no plan"):
        moved(account, files, text)
