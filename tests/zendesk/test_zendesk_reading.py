"""Zendesk's JSON becomes a Ticket, whatever is missing from it or wrong in it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.zendesk.comment import internal_comment
from bot.zendesk.reading import FieldIds, People, read_comment, read_ticket, roles_in, stripped

PEOPLE = People({60: "agent", 61: "admin", 50: "end-user"}, own_id=99)
FIELDS = FieldIds(
    {"scenario": 1, "license_id": 2, "should_be_on_cloud_licensing": 3, "plan": 4, "version": 5},
    options={"plan": {"plan_gold": "Ultimate"}},
)


def ticket_of(**ticket: Any) -> Any:
    return read_ticket({"ticket": {"id": 7} | ticket}, FIELDS, PEOPLE)


def test_custom_fields_become_our_keys_and_values() -> None:
    values = {
        1: "cl_scenario_tls_interception", 2: 123123123, 3: "cl_should_be_on_cloud_licensing_no",
        4: "plan_gold", 5: None, 6: True, 8: ["a", "b"],
    }  # fmt: skip
    ticket = ticket_of(custom_fields=[{"id": key, "value": value} for key, value in values.items()])

    assert ticket.fields == {
        "scenario": "tls_interception",
        "license_id": "123123123",
        "should_be_on_cloud_licensing": "no",
        "plan": "Ultimate",
    }
    assert ticket.raw_fields[6] == "true"
    assert ticket.raw_fields[8] == "a b"
    assert 5 not in ticket.raw_fields


@pytest.mark.parametrize(("value", "meaning"), [(True, "yes"), (False, "no")])
def test_an_adopted_checkbox_reads_as_yes_or_no(value: bool, meaning: str) -> None:  # noqa: FBT001
    ticket = ticket_of(custom_fields=[{"id": 3, "value": value}])

    assert ticket.fields == {"should_be_on_cloud_licensing": meaning}


def test_fields_are_written_as_option_tags_where_they_are_drop_downs() -> None:
    written = FIELDS.write({"scenario": "resend", "plan": "Ultimate", "version": "16.1", "x": "y"})

    assert written == [
        {"id": 1, "value": "cl_scenario_resend"},
        {"id": 4, "value": "plan_gold"},
        {"id": 5, "value": "16.1"},
    ]
    assert FIELDS.write({"scenario": ""}) == [{"id": 1, "value": None}]


def test_the_rest_of_a_ticket() -> None:
    answer = {
        "ticket": {
            "id": 7, "subject": "S", "description": "a&nbsp;b\r\nc", "tags": ["x", "y"],
            "status": "Open", "created_at": "2026-11-24T01:02:03Z",
            "updated_at": "2026-11-24T01:02:04Z", "requester_id": 50, "submitter_id": 61,
            "sharing_agreement_ids": [4], "comment_count": 3, "group_id": 1, "brand_id": 2,
            "ticket_form_id": 3,
        },
        "users": [{"id": 50, "role": "end-user", "locale": "ja"}],
    }  # fmt: skip

    ticket = read_ticket(answer, FieldIds(), PEOPLE)

    assert ticket.id == "7"
    assert ticket.description == "a b\nc"
    assert ticket.status == "open"
    assert ticket.created_at == datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
    assert ticket.updated_stamp == "2026-11-24T01:02:04Z"
    assert ticket.description_author == "agent"
    assert ticket.requester_locale == "ja"
    assert ticket.shared
    assert ticket.comment_count == 3


@pytest.mark.parametrize(
    ("user", "public", "author"),
    [
        (50, True, "customer"),
        (50, False, "customer"),
        (60, True, "agent"),
        (61, False, "agent"),
        (99, False, "bot"),
        (-1, True, "agent"),
        (1234, True, "customer"),
        (1234, False, "agent"),
        (None, True, "customer"),
    ],
)
def test_whose_words_a_comment_holds(user: Any, public: bool, author: str) -> None:  # noqa: FBT001
    assert PEOPLE.author_of(user, public=public) == author


def test_plain_text_is_preferred_and_html_is_only_stripped() -> None:
    html = "<p>a &lt;b&gt;</p><pre>x\n  y</pre><script>alert(1)</script><br>c"

    both = read_comment({"id": 1, "plain_body": "plain", "html_body": html}, PEOPLE)
    only = read_comment({"id": 1, "html_body": html}, PEOPLE)

    assert both.body == "plain"
    assert only.body == "a <b>\n\nx\n  y\n\nc"
    assert stripped("") == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["subject", "description", "tags", "custom_fields", "status", "created_at", "comment_count",
     "requester_id", "submitter_id", "sharing_agreement_ids", "group_id", "fields"]
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(KEYS, JSON), JSON)
def test_no_answer_of_any_shape_breaks_the_reader(ticket: dict[str, Any], users: Any) -> None:
    answer = {"ticket": {"id": 7} | ticket, "users": users}

    assert read_ticket(answer, FIELDS, People(roles_in(answer), None)).id == "7"


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(["id", "author_id", "public", "plain_body", "html_body", "created_at"]),
        JSON,
    ),
    JSON,
)
def test_no_comment_of_any_shape_breaks_the_reader(comment: dict[str, Any], files: Any) -> None:
    assert read_comment(comment | {"attachments": files}, PEOPLE) is not None


def test_one_function_builds_comments_and_it_cannot_be_told_to_be_public() -> None:
    sources = {
        path.name: path.read_text("utf-8")
        for path in (Path(__file__).parents[2] / "bot" / "zendesk").rglob("*.py")
    }

    assert [name for name, text in sources.items() if '"html_body":' in text] == ["comment.py"]
    assert [name for name, text in sources.items() if '"public":' in text] == ["comment.py"]
    assert not [name for name, text in sources.items() if '"public": True' in text]
    assert internal_comment.__annotations__ == {"html": str, "return": dict[str, object]}
    assert internal_comment("<p>x</p>") == {"html_body": "<p>x</p>", "public": False}
