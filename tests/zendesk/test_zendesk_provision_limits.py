"""Accounts that allow less: scopes, plans, trials, tokens; and what is said about each."""

from dataclasses import replace

import pytest

from bot.zendesk.calls import Account
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision import ProvisionError, Refusal, apply, plan
from bot.zendesk.session import ZendeskSession
from tests.zendesk.conftest import OpenSession
from tests.zendesk.provisioned import SETTINGS, count, held, titles, writes
from tests.zendesk.stub_rules import definitions
from tests.zendesk.stub_zendesk import Handler, StubZendesk, answers, drops

FORBIDDEN = {"error": {"title": "Forbidden", "message": "You do not have access"}}


def test_an_api_token_provisions_as_well(
    zendesk: StubZendesk, open_session: OpenSession, files: ZendeskObjects
) -> None:
    zendesk.state.tokens.append("Basic")
    token = open_session(account=Account(zendesk.url, email="a@b.example", api_token="t0ken"))

    assert apply(token, files, SETTINGS).writes == count(files)
    assert apply(token, files, SETTINGS).writes == 0
    assert zendesk.calls()[0].headers["authorization"].startswith("Basic ")


def test_an_expired_client_is_told_with_where_to_make_one(
    zendesk: StubZendesk, open_session: OpenSession, files: ZendeskObjects
) -> None:
    session = open_session(account=Account(zendesk.url, "bot", "wrong"))

    with pytest.raises(Refusal, match="OAuth clients, then set ZENDESK_PROVISION_CLIENT_ID"):
        plan(session, files, SETTINGS)


def test_a_wrong_scope_gives_a_token_and_the_message_names_the_scopes(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    zendesk.fail("GET", "/api/v2/", answers(403, FORBIDDEN), times=99)

    with pytest.raises(Refusal, match=r"needs the scopes `read write` \(a wrong scope still"):
        apply(account, files, SETTINGS)


@pytest.mark.parametrize("status", [403, 404])
def test_a_plan_without_webhooks_is_told_before_anything_is_written(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects, status: int
) -> None:
    zendesk.fail("GET", "webhooks", answers(status, FORBIDDEN), times=99)

    with pytest.raises(Refusal, match=r"the list of webhooks cannot be read.*need a plan that"):
        apply(account, files, SETTINGS)

    assert writes(zendesk) == []


def test_a_trial_with_ten_webhooks_says_to_delete_one(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    zendesk.state.most_webhooks = 0

    with pytest.raises(Refusal, match="delete one that nobody uses"):
        apply(account, files, SETTINGS)


def test_a_trial_that_allows_no_more_calls_says_how_long_to_wait(
    zendesk: StubZendesk, open_session: OpenSession, files: ZendeskObjects
) -> None:
    session = open_session(patience=1.0)
    zendesk.fail("POST", "triggers", answers(429, {"error": "TooMany"}, retry_after="40"), times=9)

    with pytest.raises(Refusal, match=r"Wait 40 s\. Run the same command again"):
        apply(session, files, SETTINGS)


def test_a_short_limit_is_waited_for(
    zendesk: StubZendesk, open_session: OpenSession, files: ZendeskObjects
) -> None:
    session = open_session(patience=60.0)
    zendesk.fail("POST", "macros", answers(429, {"error": "TooMany"}, retry_after="1"))

    applied = apply(session, files, SETTINGS)

    assert applied.writes == count(files)
    assert set(titles(zendesk).values()) == {1}


@pytest.mark.parametrize(("kind", "words"), [("ticket_forms", "need Suite"), ("views", "views: ")])
def test_what_a_plan_lacks_is_left_out_with_a_line(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects, kind: str, words: str
) -> None:
    zendesk.state.lacking.add(kind)

    applied = apply(account, files, SETTINGS)
    planned = plan(account, files, SETTINGS)

    assert applied.writes == count(files) - 1
    assert planned.writes == 0
    assert any(words in line for line in planned.left_out)


def test_our_fields_stand_behind_those_of_the_default_form(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    applied = apply(account, files, SETTINGS)

    (form,) = held(zendesk, "ticket_forms")
    ours = [int(number) for number in applied.ids["field"].values()]
    assert form["ticket_field_ids"] == [1, 2, 3, *ours]


def test_macros_without_html_get_plain_text_and_stay_as_they_are(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    offered = [
        {"field": one} for one in ("current_tags", "comment_value", "comment_mode_is_public")
    ]
    zendesk.fail("GET", "macros/actions", answers(200, {"actions": offered}), times=99)

    applied = apply(account, files, SETTINGS)

    macro = zendesk.state.collections["macros"][applied.ids["macro"]["ask_for_har"]]
    (channel, said) = macro["actions"][0]["value"]
    assert channel == "channel:all"
    assert "Sign in to your Example instance" in said
    assert "<p>" not in said
    assert apply(account, files, SETTINGS).writes == 0


def test_macros_that_cannot_draft_are_left_out_with_a_line(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    offered = [{"field": one} for one in ("current_tags", "comment_value")]
    zendesk.fail("GET", "macros/actions", answers(200, {"actions": offered}), times=99)

    applied = apply(account, files, SETTINGS)

    assert "ask_for_har" not in applied.ids["macro"]
    assert "run_probes" in applied.ids["macro"]
    (line, *_) = plan(account, files, SETTINGS).left_out
    assert line.endswith("macros of this account know no comment_mode_is_public")


@pytest.mark.parametrize("part", ["webhooks", "triggers", "definitions", "views", "signing_secret"])
def test_a_read_whose_answer_is_lost_is_asked_again(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects, part: str
) -> None:
    zendesk.fail("GET", part, drops)

    assert apply(account, files, SETTINGS).writes == count(files)


def test_a_refused_list_is_called_by_its_name_and_the_sentence_ends_once(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    said = {"error": "Forbidden", "description": "You have no access. Ask the owner."}
    zendesk.fail("GET", "trigger_categories", answers(403, said), times=9)

    with pytest.raises(Refusal, match="the list of trigger categories cannot be read") as refused:
        plan(account, files, SETTINGS)

    assert "Ask the owner. The OAuth client's scope" in str(refused.value)


def test_advice_that_cannot_be_had_is_said_and_stops_nothing(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    zendesk.fail("GET", "automations", answers(400, {"error": "BadRequest"}), times=9)
    zendesk.fail("GET", "definitions", answers(400, {"error": "BadRequest"}), times=9)

    planned = plan(account, files, SETTINGS)

    assert any(line.startswith("rules of others could not be") for line in planned.notices)
    assert planned.problems == ()
    assert planned.writes


def test_a_draft_is_public_only_where_its_file_says_so(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)

    modes = {
        macro["title"]: action["value"]
        for macro in held(zendesk, "macros")
        for action in macro["actions"]
        if action["field"] == "comment_mode_is_public"
    }
    assert modes == {
        "Cloud licensing::Wrong scenario": "false",
        "Cloud licensing::Ask for a HAR file": "true",
        "Cloud licensing::Resend the activation code": "true",
        "Cloud licensing::Activate with GraphQL": "true",
    }


def test_a_condition_that_this_account_does_not_offer_is_refused_with_what_it_offers(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    def offer_less(handler: Handler) -> None:
        told = definitions(handler.zendesk.state)
        for part in ("conditions_all", "conditions_any"):
            told["definitions"][part] = [
                entry if entry["subject"] != "role" else {**entry, "operators": [{"value": "is"}]}
                for entry in told["definitions"][part]
                if entry["subject"] != "comment_is_public"
            ]
        handler.reply(200, told)

    zendesk.fail("GET", "triggers/definitions", offer_less, times=99)

    with pytest.raises(ProvisionError) as caught:
        apply(account, files, SETTINGS)

    assert "offers no condition `role is_not` in `all`; role knows is" in str(caught.value)
    assert "offers no condition `comment_is_public is` in `all`; it offers " in str(caught.value)
    assert writes(zendesk) == []


def test_an_account_without_the_webhook_action_says_why(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    def offer_less(handler: Handler) -> None:
        told = definitions(handler.zendesk.state)
        told["definitions"]["actions"] = [{"subject": "current_tags"}]
        handler.reply(200, told)

    zendesk.fail("GET", "triggers/definitions", offer_less, times=99)

    with pytest.raises(ProvisionError, match="no action `notification_webhook`: its plan"):
        apply(account, files, SETTINGS)


def test_reactivate_switches_on_what_an_admin_switched_off(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    held(zendesk, "triggers")[0]["active"] = False
    held(zendesk, "webhooks")[0]["status"] = "inactive"

    planned = plan(account, files, SETTINGS)
    applied = apply(account, files, replace(SETTINGS, reactivate=True))

    assert len([line for line in planned.notices if "is switched off, and stays so" in line]) == 2
    assert applied.writes == 2
    assert held(zendesk, "triggers")[0]["active"] is True
    assert held(zendesk, "webhooks")[0]["status"] == "active"


def test_what_a_sandbox_copied_from_another_account_is_recognised_and_made_its_own(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, replace(SETTINGS, public_url="https://production.example.com"))
    for trigger in held(zendesk, "triggers"):
        trigger["actions"][0]["value"][0] = "01HOFANOTHERACCOUNT"

    planned = plan(account, files, SETTINGS)
    apply(account, files, SETTINGS)

    assert any("points to https://production.example.com" in line for line in planned.notices)
    assert any("calls a webhook that this account does not have" in n for n in planned.notices)
    assert plan(account, files, SETTINGS).writes == 0
    assert plan(account, files, SETTINGS).notices == ()
