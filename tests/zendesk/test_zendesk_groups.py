"""The groups of a user, by the names that an operator writes down."""

from typing import Any

import pytest

from bot.zendesk.errors import ScopeMissing
from bot.zendesk.people import GroupBook, Tagger

SUPPORT = {"id": 1, "name": "Support", "deleted": False}
LICENSING = {"id": 2, "name": "Licensing leads", "deleted": False}
GONE = {"id": 3, "name": "Old", "deleted": True}


def member(group: int, user: int = 7) -> dict[str, Any]:
    return {"id": 100 + group, "user_id": user, "group_id": group}


class Asked:
    """Answers from pages, the last one of a path again and again, and notes what it was asked."""

    def __init__(self, pages: dict[str, list[dict[str, Any]]]) -> None:
        self.pages = pages
        self.calls: list[tuple[str, dict[str, str]]] = []

    def ask(self, call: Any) -> dict[str, Any]:
        self.calls.append((call.path, dict(call.params)))
        left = self.pages[call.path]
        return left.pop(0) if len(left) > 1 else left[0]


MEMBERSHIPS = "/api/v2/users/7/group_memberships"


def book(session: Asked, **more: Any) -> GroupBook:
    return GroupBook(session, **more)  # type: ignore[arg-type]  # only `ask` is used


def test_one_call_tells_the_names_and_deleted_groups_do_not_count() -> None:
    session = Asked(
        {
            MEMBERSHIPS: [
                {
                    "group_memberships": [member(1), member(3)],
                    "groups": [SUPPORT, GONE],
                    "meta": {"has_more": False},
                }
            ]
        }
    )

    assert book(session).groups_of(7) == ("Support",)
    assert session.calls == [(MEMBERSHIPS, {"include": "groups", "page[size]": "100"})]


def test_names_that_do_not_come_along_are_asked_for() -> None:
    session = Asked(
        {
            MEMBERSHIPS: [{"group_memberships": [member(2)]}],
            "/api/v2/groups": [{"groups": [SUPPORT, LICENSING]}],
        }
    )

    assert book(session).groups_of(7) == ("Licensing leads",)


def test_the_membership_of_another_user_counts_for_nothing() -> None:
    session = Asked(
        {
            MEMBERSHIPS: [
                {"group_memberships": [member(1, user=8)], "groups": [SUPPORT]},
            ]
        }
    )

    assert book(session).groups_of(7) == ()


def test_every_page_is_read() -> None:
    first = {
        "group_memberships": [member(1)],
        "groups": [SUPPORT],
        "meta": {"has_more": True, "after_cursor": "c"},
    }
    second = {
        "group_memberships": [member(2)],
        "groups": [LICENSING],
        "meta": {"has_more": False, "after_cursor": "d"},
    }
    session = Asked({MEMBERSHIPS: [first, second]})

    assert book(session).groups_of(7) == ("Support", "Licensing leads")


def test_the_answer_is_remembered_for_a_short_while_only() -> None:
    now = [0.0]
    session = Asked({MEMBERSHIPS: [{"group_memberships": [member(1)], "groups": [SUPPORT]}]})
    groups = book(session, remembered=60.0, clock=lambda: now[0])

    groups.groups_of(7)
    now[0] = 59.0
    groups.groups_of(7)
    now[0] = 61.0
    groups.groups_of(7)

    assert len(session.calls) == 2


AUDITS = "/api/v2/tickets/1/audits"
TAG = "cl_safe_har"


def tagging(
    audit: int, author: int, new: list[str], old: list[str], *, rule: bool = False
) -> dict[str, Any]:
    event = {"type": "Change", "field_name": "tags", "value": new, "previous_value": old}
    via = {"via": {"channel": "rule"}} if rule else {}
    return {
        "id": audit,
        "author_id": author,
        "created_at": f"2026-11-24T02:00:{audit:02}Z",
        "events": [{"type": "Comment"}, event | via],
    }


def test_the_newest_audit_that_gave_the_tag_tells_who_it_was() -> None:
    audits = [
        tagging(1, 7, ["a", TAG], ["a"]),
        tagging(2, 9, ["a"], ["a", TAG]),
        tagging(3, 8, ["a", TAG], ["a"]),
        tagging(4, 9, ["a", "b", TAG], ["a", TAG]),
    ]
    session = Asked({AUDITS: [{"audits": audits}]})

    assert book(session).tagged_by(1, TAG) == Tagger(8)


def test_a_triggers_tag_is_marked_as_one() -> None:
    session = Asked({AUDITS: [{"audits": [tagging(1, 7, [TAG], [], rule=True)]}]})

    assert book(session).tagged_by(1, TAG) == Tagger(7, by_rule=True)


def test_tags_in_one_line_and_a_new_tickets_tags_are_read_as_well() -> None:
    created = {"type": "Create", "field_name": "tags", "value": f"cloud-licensing {TAG}"}
    audit = {"id": 1, "author_id": 7, "created_at": "", "events": [created]}
    session = Asked({AUDITS: [{"audits": [audit]}]})

    assert book(session).tagged_by(1, TAG) == Tagger(7)


@pytest.mark.parametrize(
    "audits",
    [[], [{"id": 1}], [{"id": 1, "author_id": 7, "events": [{"field_name": "status"}]}]],
)
def test_audits_that_tell_nothing_name_nobody(audits: list[dict[str, Any]]) -> None:
    assert book(Asked({AUDITS: [{"audits": audits}]})).tagged_by(1, TAG) is None


def test_audits_that_may_not_be_read_name_nobody() -> None:
    class Forbidden(Asked):
        def ask(self, call: Any) -> dict[str, Any]:
            raise ScopeMissing("audits.list: not allowed")

    assert book(Forbidden({})).tagged_by(1, TAG) is None
