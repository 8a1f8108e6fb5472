"""Letters that JSON can hold and the store cannot: a ticket with them must not block its queue."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.ticket_file import ticket_of
from bot.runbook.ticket import Ticket, storable
from bot.zendesk.reading import FieldIds, People, raw_fields, read_comment, read_ticket

ANSWER = r"""{"ticket": {"id": 5, "subject": "half \ud83d", "description": "a\u0000b \ud83d\ude00",
 "tags": ["cloud-licensing"], "status": "open", "updated_at": "2026-11-24T07:00:00Z",
 "custom_fields": [{"id": 1, "value": "16.4\u0000\udc00"}]}, "users": []}"""


def read() -> Ticket:
    return read_ticket(json.loads(ANSWER), FieldIds({"version": 1}), People({}, None))


def test_a_ticket_with_them_can_be_written_down() -> None:
    ticket = read()

    assert ticket.subject == "half ?"
    assert ticket.description == "a\ufffdb 😀"
    assert ticket.fields["version"] == "16.4\ufffd?"
    assert ticket.updated_stamp == "2026-11-24T07:00:00Z"


def test_a_comment_with_them_can_be_written_down() -> None:
    comment = read_comment({"id": 1, "plain_body": "cut \ud83d and \0"}, People({}, None))

    assert comment.body == "cut ? and \ufffd"


def test_a_line_of_a_file_with_them_can_be_classified() -> None:
    comments = r'[{"author": "customer", "body": "\u0000"}]'
    line = json.loads(r'{"subject": "x \ud83d", "comments": ' + comments + "}")

    ticket = ticket_of(line)

    assert (ticket.subject, ticket.comments[0].body) == ("x ?", "\ufffd")


@given(st.text(st.characters(codec=None), max_size=50))
def test_whatever_comes_can_be_stored(text: str) -> None:
    found = storable(text)

    assert "\0" not in found
    assert found.encode().decode() == found
    assert raw_fields([{"id": 1, "value": text}]) == {1: found}


@pytest.mark.parametrize("text", ["plain", "größer 😀 日本語", ""])
def test_every_other_text_stays_as_it_is(text: str) -> None:
    assert storable(text) == text
