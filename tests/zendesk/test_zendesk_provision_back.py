"""Getting back what was there before: destroy, adopt, undo."""

import copy
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision import ProvisionError, apply, plan
from bot.zendesk.provision.adopt import adopt, claim_of, plan_adoption
from bot.zendesk.provision.destroy import destroy, plan_destroy
from bot.zendesk.provision.undo import plan_undo, undo
from bot.zendesk.session import ZendeskSession
from tests.zendesk.crashes import whole
from tests.zendesk.keeping import Kept
from tests.zendesk.provisioned import SETTINGS, held, writes
from tests.zendesk.stub_zendesk import StubZendesk

TAGS = [{"field": "current_tags", "value": "theirs"}]


def stand(zendesk: StubZendesk, plural: str, number: int, **item: Any) -> dict[str, Any]:
    """Something of somebody else."""
    body = {"id": number, "description": "theirs", "active": True, **item}
    zendesk.state.collections.setdefault(plural, {})[str(number)] = body
    return body


def test_destroy_touches_nothing_of_others(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    stand(zendesk, "macros", 5, title="Mine", actions=TAGS)
    stand(zendesk, "trigger_categories", 6, id="6", name="Cloud licensing bot")
    before = whole(zendesk)
    apply(account, files, SETTINGS)

    destroy(account, fields=True)

    assert whole(zendesk) == before


def test_fields_stay_unless_they_are_asked_for(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)

    planned = plan_destroy(account)
    destroy(account)

    assert len(held(zendesk, "ticket_fields")) == len(files.fields)
    assert held(zendesk, "triggers") == held(zendesk, "webhooks") == []
    assert [line for line in planned.notices if "`--fields` removes it" in line]
    assert plan(account, files, SETTINGS).problems == ()


def test_a_category_with_a_trigger_of_others_stays(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    (category,) = held(zendesk, "trigger_categories")
    stand(zendesk, "triggers", 8, title="Theirs", category_id=category["id"], actions=TAGS,
          conditions={"all": [], "any": []})  # fmt: skip

    planned = plan_destroy(account)
    destroy(account)

    assert held(zendesk, "trigger_categories") == [category]
    assert any("holds triggers of others ('Theirs')" in line for line in planned.notices)


def test_what_is_in_no_file_any_more_is_removed_but_fields_stay(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    macros = {key: item for key, item in files.macros.items() if key != "wrong_scenario"}
    fields = {key: item for key, item in files.fields.items() if key != "plan"}
    less = msgspec.structs.replace(files, macros=macros, fields=fields)

    planned = plan(account, less, SETTINGS)
    apply(account, less, SETTINGS)

    (step,) = [step for step in planned.steps if step.verb != "keep"]
    assert (step.verb, step.kind, step.key) == ("remove", "macro", "wrong_scenario")
    assert "Cloud licensing::Wrong scenario" not in [m["title"] for m in held(zendesk, "macros")]
    assert len(held(zendesk, "ticket_fields")) == len(files.fields)
    assert any("'plan', is in no file any more and stays" in line for line in planned.notices)
    assert apply(account, less, SETTINGS).writes == 0


@pytest.mark.parametrize("words", [None, "", "Ours since 2019"])
def test_an_adopted_macro_is_used_and_given_back_as_it_was(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects, words: str | None
) -> None:
    stand(zendesk, "macros", 5, title="Cloud licensing::Run probes", actions=TAGS,
          description=words)  # fmt: skip
    before = whole(zendesk)
    kept = Kept()

    adopt(account, files, SETTINGS, [], kept)
    apply(account, files, SETTINGS, recorder=kept)

    macro = zendesk.state.collections["macros"]["5"]
    assert macro["actions"][0]["value"] == "cloud-licensing cl_run_probes"
    assert macro["description"].endswith("[licensing-bot:run_probes:adopted]")
    assert apply(account, files, SETTINGS).writes == 0

    destroy(account, kept.before_us, fields=True)

    assert whole(zendesk) == before


def test_an_adopted_macro_nobody_remembers_is_kept_and_switched_off(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    stand(zendesk, "macros", 5, title="Cloud licensing::Run probes", actions=TAGS)
    adopt(account, files, SETTINGS)
    apply(account, files, SETTINGS)

    planned = plan_destroy(account)
    destroy(account)

    macro = zendesk.state.collections["macros"]["5"]
    assert macro["active"] is False
    assert "[licensing-bot" not in macro["description"]
    assert any("this store does not know what it was before" in n for n in planned.notices)


def test_an_adopted_field_keeps_its_title_its_type_and_its_words_for_customers(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    field = stand(zendesk, "ticket_fields", 5, title="Product version", type="regexp",
                  agent_description="Ask them")  # fmt: skip

    adopt(account, files, SETTINGS, [claim_of("field:version=Product version")])
    applied = apply(account, files, SETTINGS)

    assert applied.ids["field"]["version"] == "5"
    assert field["title"] == "Product version"
    assert field["description"] == "theirs"
    assert field["agent_description"] == "Ask them [licensing-bot:version:adopted]"
    destroy(account, fields=True)
    assert zendesk.state.collections["ticket_fields"]["5"]["agent_description"] == "Ask them"


def test_an_adopted_drop_down_is_read_by_its_own_options(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    options = [{"id": 1, "name": "yes", "value": "scl_1"}, {"id": 2, "name": "Maybe", "value": "m"}]
    stand(zendesk, "ticket_fields", 5, title="On cloud?", type="tagger",
          agent_description=None, custom_field_options=options)  # fmt: skip

    adopt(account, files, SETTINGS, [claim_of("field:should_be_on_cloud_licensing=5")])
    applied = apply(account, files, SETTINGS)

    assert applied.options == {"should_be_on_cloud_licensing": {"scl_1": "yes"}}
    standing = zendesk.state.collections["ticket_fields"]["5"]["custom_field_options"]
    assert [option["value"] for option in standing] == ["scl_1", "m"]


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("macro:run_probes", "several macros fit (ids 5, 6): say which, macro:run_probes=ID"),
        ("macro:run_probes=7", "no macro is '7'"),
        ("field:scenario=9", "must be a drop-down, and its type is 'text'"),
        ("macro:nothing", "the files have no such macro"),
    ],
)
def test_what_cannot_be_adopted_is_refused_before_anything_is_written(
    zendesk: StubZendesk,
    account: ZendeskSession,
    files: ZendeskObjects,
    claim: str,
    words: str,
) -> None:
    for number in (5, 6):
        stand(zendesk, "macros", number, title="Cloud licensing::Run probes", actions=TAGS)
    stand(zendesk, "ticket_fields", 9, title="Theirs", type="text")

    with pytest.raises(ProvisionError) as caught:
        adopt(account, files, SETTINGS, [claim_of(claim)])

    assert words in str(caught.value)
    assert writes(zendesk) == []


def test_a_claim_that_names_no_kind_says_what_one_looks_like() -> None:
    with pytest.raises(ProvisionError, match="write KIND:KEY or KIND:KEY=ID"):
        claim_of("version")


def test_without_claims_only_namesakes_are_adopted(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    stand(zendesk, "macros", 5, title="Something else", actions=TAGS)
    stand(zendesk, "triggers", 6, title="Cloud licensing bot: new ticket", actions=TAGS)

    planned = plan_adoption(account, files, SETTINGS)

    assert [(step.kind, step.key) for step in planned.steps] == [("trigger", "new_ticket")]


def test_undo_of_an_apply_leaves_the_account_as_it_was(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    before = whole(zendesk)
    kept = Kept()
    apply(account, files, SETTINGS, recorder=kept)

    undo(account, kept.deals, fields=True)

    assert whole(zendesk) == before


def test_undo_puts_back_what_an_apply_changed(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    held(zendesk, "triggers")[0]["title"] = "Renamed by hand"
    by_hand = whole(zendesk)
    kept = Kept()
    apply(account, files, SETTINGS, recorder=kept)

    undone = undo(account, kept.deals)

    assert [step.verb for step in undone.steps] == ["change"]
    assert whole(zendesk) == by_hand


def test_undo_of_a_destruction_makes_it_again_with_its_new_ids(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    before = whole(zendesk)
    kept = Kept()
    destroy(account, kept.before_us, recorder=kept, fields=True)

    undone = undo(account, kept.deals)

    assert whole(zendesk) == before
    assert set(undone.ids["field"]) == set(files.fields)
    assert plan(account, files, SETTINGS).writes == 0
    assert plan(account, files, SETTINGS).notices == ()
    assert plan_undo(account, kept.deals).writes == 0


def test_undo_refuses_what_somebody_changed_since(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    apply(account, files, SETTINGS)
    held(zendesk, "macros")[0]["title"] = "Renamed by hand"
    kept = Kept()
    apply(account, files, SETTINGS, recorder=kept)
    held(zendesk, "macros")[0]["title"] = "Renamed once more"
    state = copy.deepcopy(zendesk.state.collections)

    with pytest.raises(ProvisionError, match="title changed again since"):
        undo(account, kept.deals)

    assert zendesk.state.collections == state


def test_an_undo_knows_a_creation_whose_id_was_never_learnt(
    zendesk: StubZendesk, account: ZendeskSession, files: ZendeskObjects
) -> None:
    kept = Kept()
    apply(account, files, SETTINGS, recorder=kept)
    died = [replace(deal, object_id=None) if deal.kind == "macro" else deal for deal in kept.deals]

    undo(account, died, fields=True)

    assert held(zendesk, "macros") == []
