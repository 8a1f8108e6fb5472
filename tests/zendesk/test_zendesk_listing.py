"""Whole lists, whichever way an account pages; what is no list is never taken for an empty one."""

from typing import Any

import pytest

from bot.zendesk.catalog import Catalog
from bot.zendesk.errors import GatewayTrouble
from bot.zendesk.listing import listed
from bot.zendesk.session import ZendeskSession
from tests.zendesk.stub_zendesk import StubZendesk

#: A page names the account's public host, also where the account is reached by another one.
LINK = "https://acme.zendesk.com/api/v2/macros.json?page%5Bsize%5D=100&page%5Bafter%5D=c2"


class Pages:
    """Answers page after page, and keeps what it was asked with."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = list(pages)
        self.params: list[dict[str, str]] = []

    def ask(self, call: Any) -> dict[str, Any]:
        self.params.append(dict(call.params))
        return self.pages.pop(0)


def ids_of(session: Pages) -> list[object]:
    return [item["id"] for item in listed(session, "macros")]  # type: ignore[arg-type]  # only `ask`


def page(number: int, **more: Any) -> dict[str, Any]:
    return {"macros": [{"id": number}], **more}


@pytest.mark.parametrize("cursor", ["c2", None])
def test_the_next_page_is_told_by_the_cursor_or_else_by_the_link(cursor: str | None) -> None:
    first = page(1, meta={"has_more": True, "after_cursor": cursor}, links={"next": LINK})
    session = Pages(first, page(2, meta={"has_more": False}, links={"next": LINK}))

    assert ids_of(session) == [1, 2]
    assert session.params[1] == {"page[size]": "100", "page[after]": "c2"}


def test_a_page_that_promises_more_and_does_not_say_where_is_the_last() -> None:
    assert ids_of(Pages(page(1, meta={"has_more": True, "after_cursor": None}))) == [1]


def test_numbered_pages_are_read_to_the_end() -> None:
    session = Pages(page(1, next_page="https://acme.zendesk.com/x?page=2"), page(2, next_page=None))

    assert ids_of(session) == [1, 2]
    assert session.params[1] == {"page": "2"}


@pytest.mark.parametrize("odd", [{}, {"triggers": []}, {"macros": None}])
def test_an_answer_without_the_list_is_trouble_and_no_empty_account(odd: dict[str, Any]) -> None:
    with pytest.raises(GatewayTrouble, match="holds no list of macros"):
        ids_of(Pages(*[odd] * 3))


@pytest.mark.usefixtures("loopback")
def test_no_call_of_the_catalog_needs_the_old_ending_of_paths(
    zendesk: StubZendesk, session: ZendeskSession
) -> None:
    shelf = Catalog(session).shelves["macro"]
    made = shelf.make({"title": "x", "actions": [{"field": "current_tags", "value": "x"}]})
    shelf.change(str(made["id"]), {"title": "y"})
    shelf.remove(str(made["id"]))

    assert [call.path for call in zendesk.calls() if ".json" in call.path] == []
