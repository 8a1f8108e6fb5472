"""The groups of a user, by the names that an operator writes down."""

from typing import Any

from bot.zendesk.people import GroupBook

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
