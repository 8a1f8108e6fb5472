"""What another spelling of the same is, and what is a change that somebody made."""

import pytest

from bot.zendesk.catalog import Kind
from bot.zendesk.provision.compare import differs, same

TAGS = {"field": "current_tags", "operator": "includes", "value": "a b"}
ROLE = {"field": "role", "operator": "is_not", "value": "900"}
MODE = {"field": "comment_mode_is_public", "value": "true"}
DRAFT = {"field": "comment_value_html", "value": "<p>Hello <b>you</b></p>"}


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        (TAGS, {**TAGS, "value": ["b", "a"]}),
        (TAGS, {**TAGS, "value": ["B a"]}),
        (ROLE, {**ROLE, "value": 900, "is_user_value": False}),
        (ROLE, {**ROLE, "value": ["900"]}),
        (MODE, {**MODE, "value": True}),
        (MODE, {**MODE, "value": ["true"]}),
        (DRAFT, {**DRAFT, "value": ["channel:all", "<p dir='auto'>Hello <b>you</b></p>"]}),
        ({"field": "attachment", "operator": "", "value": ""}, {"field": "attachment"}),
        ({"all": [ROLE], "any": []}, {"all": [ROLE], "any": None}),
        ({"all": [ROLE], "any": []}, {"all": [ROLE]}),
    ],
)
def test_another_spelling_is_no_change(wanted: object, there: object) -> None:
    assert same(wanted, there)


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        (TAGS, {**TAGS, "value": ["a"]}),
        (ROLE, {**ROLE, "value": ["901"]}),
        (ROLE, {**ROLE, "value": ["900", "901"]}),
        (MODE, {**MODE, "value": False}),
        ({"all": [ROLE], "any": []}, {"all": [ROLE], "any": [TAGS]}),
        ({"all": [ROLE], "any": []}, {"all": []}),
    ],
)
def test_another_meaning_is_a_change(wanted: object, there: object) -> None:
    assert not same(wanted, there)


@pytest.mark.parametrize(
    ("kind", "key", "wanted"),
    [
        ("field", "agent_description", "words"),
        ("webhook", "subscriptions", ["conditional_ticket_events"]),
        ("view", "output", {"columns": ["status"]}),
    ],
)
def test_a_key_that_an_account_never_shows_is_not_written_for_ever(
    kind: Kind, key: str, wanted: object
) -> None:
    assert not differs(kind, key, wanted, {"id": 1})
    assert differs(kind, key, wanted, {key: None})
    assert differs("trigger", "actions", [TAGS], {"id": 1})
