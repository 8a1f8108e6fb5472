"""`doctor` on a provisioned pocket Zendesk: each object broken by hand, one after the other."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from bot.cli import app_deploy
from bot.cli.checks import account, reach, running
from bot.cli.checks.account import Standing
from bot.cli.checks.finding import Finding
from bot.cli.provision_inputs import object_files, provision_session
from bot.config import Settings
from bot.sandbox.serve import SandboxServer
from bot.store.database import Database
from bot.store.objects import ObjectBook
from bot.zendesk.desk import Me
from bot.zendesk.session import ZendeskSession
from tests.doctor_parts import provisioned, settings_for

URL = "https://bot.example.com"


@pytest.fixture
def pocket(loopback: None) -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def found(pocket: SandboxServer, database: Database) -> Settings:
    return provisioned(replace(settings_for(pocket), public_url=URL), database)


@pytest.fixture
def session(found: Settings) -> Iterator[ZendeskSession]:
    opened = provision_session(found)
    yield opened
    opened.close()


@pytest.fixture
def standing(found: Settings, database: Database) -> Standing:
    return running.standing_of(database)


@pytest.fixture
def me(pocket: SandboxServer) -> Me:
    return Me(pocket.bot_user_id, "admin", "Cloud Licensing Bot")


def worst(findings: Iterable[Finding]) -> str:
    seen = list(findings)
    assert all(item.remedy for item in seen if item.verdict != "ok")
    return next((v for v in ("fail", "warn", "ok") for item in seen if item.verdict == v), "none")


def said(findings: Iterable[Finding]) -> str:
    return "\n".join(item.says for item in findings)


def break_record(pocket: SandboxServer, kind: str, key: object, **changes: Any) -> None:
    record = pocket.box.store.get(kind, key)
    assert record is not None
    pocket.box.store.put(kind, {**record, **changes})


def test_what_was_just_provisioned_is_fine(
    session: ZendeskSession, standing: Standing, found: Settings, me: Me
) -> None:
    order = tuple(object_files(found).triggers)

    assert worst(account.check_bot_user(me, standing)) == "none"
    assert worst(account.check_webhook(session, standing, found)) == "ok"
    assert worst(account.check_triggers(session, standing, order, me.id)) == "ok"
    assert worst(account.check_foreign_rules(session, me, standing)) == "ok"


def test_another_user_than_the_triggers_leave_out_fails(standing: Standing) -> None:
    other = Me(1, "agent", "Somebody")

    assert worst(account.check_bot_user(other, standing)) == "fail"


def test_a_webhook_that_is_gone_off_or_elsewhere_fails(
    session: ZendeskSession, standing: Standing, found: Settings, pocket: SandboxServer
) -> None:
    (key,) = standing.webhooks.values()

    break_record(pocket, "webhook", key, status="inactive")
    inactive = list(account.check_webhook(session, standing, found))
    break_record(pocket, "webhook", key, status="active", endpoint="https://old.example.com/x")
    elsewhere = list(account.check_webhook(session, standing, found))
    pocket.box.store.delete("webhook", key)
    gone = list(account.check_webhook(session, standing, found))

    assert "sends nothing" in said(inactive)
    assert "not below PUBLIC_URL" in said(elsewhere)
    assert "is gone" in said(gone)
    assert [worst(items) for items in (inactive, elsewhere, gone)] == ["fail"] * 3


def test_a_rotated_secret_that_we_lack_fails_and_an_older_one_is_told(
    session: ZendeskSession, standing: Standing, found: Settings
) -> None:
    older = replace(found, zendesk_webhook_secrets=("n" * 40, *found.zendesk_webhook_secrets))
    lacking = replace(found, zendesk_webhook_secrets=("n" * 40,))

    assert worst(account.check_webhook(session, standing, older)) == "warn"
    assert worst(account.check_webhook(session, standing, lacking)) == "fail"


def test_a_run_time_agent_is_told_that_it_may_not_see_webhooks(
    standing: Standing, found: Settings, pocket: SandboxServer
) -> None:
    break_record(pocket, "user", pocket.bot_user_id, role="agent")
    narrow = provision_session(replace(found, zendesk_provision_client_id=""))

    (finding,) = account.check_webhook(narrow, standing, found)
    app = worst(account.check_app(narrow, found, standing))

    narrow.close()
    assert finding.verdict == app == "warn"
    assert "ZENDESK_PROVISION_CLIENT_ID" in finding.remedy


def test_a_trigger_that_is_off_gone_or_loops_fails(
    session: ZendeskSession, standing: Standing, pocket: SandboxServer, me: Me
) -> None:
    first, second, third = sorted(standing.triggers.values())[:3]
    break_record(pocket, "trigger", first, active=False)
    record = pocket.box.store.get("trigger", second) or {}
    every = [item for item in record["conditions"]["all"] if item["field"] != "role"]
    break_record(pocket, "trigger", second, conditions={"all": every, "any": []})
    pocket.box.store.delete("trigger", third)

    found = list(account.check_triggers(session, standing, (), me.id))

    assert worst(found) == "fail"
    assert "switched off" in said(found)
    assert "fires on the bot's own notes" in said(found)
    assert "is gone" in said(found)


def test_a_trigger_in_another_category_or_order_is_told(
    session: ZendeskSession, standing: Standing, pocket: SandboxServer, me: Me, found: Settings
) -> None:
    order = tuple(object_files(found).triggers)
    last = standing.triggers[order[-1]]
    break_record(pocket, "trigger", last, position=0, category_id="1")

    seen = list(account.check_triggers(session, standing, order, me.id))

    assert worst(seen) == "warn"
    assert "another category" in said(seen)
    assert "another order" in said(seen)


def test_a_disabled_provisioning_client_is_told_as_what_it_is(
    standing: Standing, found: Settings, me: Me
) -> None:
    with closing(
        provision_session(replace(found, zendesk_provision_client_secret="gone"))
    ) as refused:
        seen = [
            *account.check_webhook(refused, standing, found),
            *account.check_triggers(refused, standing, (), me.id),
            *account.check_foreign_rules(refused, me, standing),
            *account.check_app(refused, found, standing),
        ]

    assert [finding.verdict for finding in seen] == ["warn"] * 4
    assert all("Is the provisioning client disabled?" in finding.remedy for finding in seen)


def test_rules_of_others_that_fire_on_our_notes_are_listed(
    session: ZendeskSession, standing: Standing, pocket: SandboxServer, me: Me
) -> None:
    for number in range(12):
        item = {"field": "update_type", "operator": "is", "value": "Change"}
        record = {"id": 900 + number, "title": f"Notify {number}", "active": True,
                  "description": None, "position": 50, "category_id": None,
                  "conditions": {"all": [item], "any": []}, "actions": []}  # fmt: skip
        pocket.box.store.put("trigger", record)

    found = list(account.check_foreign_rules(session, me, standing))

    assert len(found) == 11
    assert found[0].verdict == "warn"
    assert "Is not" in found[0].remedy
    assert "and 2 more" in found[-1].says


def test_the_app_is_followed_from_missing_to_current(
    session: ZendeskSession, found: Settings, database: Database, pocket: SandboxServer
) -> None:
    def look() -> Finding:
        (one,) = account.check_app(session, found, running.standing_of(database))
        return one

    missing = look()
    app_deploy.apply_sidebar(session, found, ObjectBook(database))
    current = look()
    (app,) = pocket.box.store.all("app")
    (installation,) = pocket.box.store.all("installation")
    break_record(pocket, "app", app["id"], version="0.0.9+000000000000")
    older = look()
    break_record(pocket, "installation", installation["id"], enabled=False)
    off = look()
    pocket.box.store.delete("installation", installation["id"])
    uninstalled = look()

    assert [one.verdict for one in (missing, current, older, off, uninstalled)] == [
        "warn", "ok", "warn", "warn", "fail"
    ]  # fmt: skip
    assert "is installed, ours is" in older.says


def test_deliveries_are_judged_by_how_the_last_ones_ended(
    session: ZendeskSession, standing: Standing
) -> None:
    (key,) = standing.webhooks.values()

    before = worst(reach.check_invocations(session, key))
    test = list(reach.check_from_zendesk(session, key))
    after = list(reach.check_invocations(session, key))

    assert before == "ok"
    assert worst(test) == "fail"
    assert "did not reach us" in said(test)
    assert worst(after) == "fail"
    assert "1 of the last 1 failed" in said(after)
