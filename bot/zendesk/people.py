"""Who orders, and who may: a tag's giver, and the groups of a user by name, as Zendesk has them."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.zendesk.calls import Call
from bot.zendesk.errors import NotFound, Rejected, ScopeMissing
from bot.zendesk.reading import Json, number, objects, text
from bot.zendesk.session import ZendeskSession

#: Somebody who left a group may act for this long at most.
REMEMBERED: Final = 60.0
_MOST_REMEMBERED: Final = 256
#: A page holds 100: nobody is in more groups, and few accounts have more.
_PAGES: Final = 10
_MEMBERSHIPS: Final = "group_memberships.list"
_GROUPS: Final = "groups.list"


@dataclass(frozen=True, slots=True)
class Tagger:
    """Who gave a ticket a tag."""

    user_id: int
    by_rule: bool = False
    """A trigger or an automation did it when this user updated the ticket."""


class GroupBook:
    """Answers for a short while from memory; safe to share between threads."""

    def __init__(
        self,
        session: ZendeskSession,
        remembered: float = REMEMBERED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._remembered = remembered
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[int, tuple[float, tuple[str, ...]]] = {}

    def groups_of(self, user_id: int) -> Sequence[str]:
        """Return the names of the groups that this user is in; raises `ZendeskError`."""
        with self._lock:
            known = self._known.get(user_id)
        if known is not None and self._clock() - known[0] < self._remembered:
            return known[1]
        found = self._ask(user_id)
        with self._lock:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[user_id] = (self._clock(), found)
        return found

    def tagged_by(self, ticket_id: int, tag: str) -> Tagger | None:
        """Return who gave the ticket this tag last; None when that cannot be found out."""
        return who_tagged(self._session, ticket_id, tag)

    def _ask(self, user_id: int) -> tuple[str, ...]:
        """One call where Zendesk loads the groups along; their names are asked for otherwise."""
        path, key = f"/api/v2/users/{user_id}/group_memberships", "group_memberships"
        pages = self._pages(path, _MEMBERSHIPS, {"include": "groups"})
        wanted = {
            number(entry.get("group_id"))
            for page in pages
            for entry in objects(page.get(key))
            if number(entry.get("user_id")) in (user_id, None)
        }
        groups = [group for page in pages for group in objects(page.get("groups"))]
        if not wanted <= {number(group.get("id")) for group in groups}:
            listed = self._pages("/api/v2/groups", _GROUPS, {})
            groups = [group for page in listed for group in objects(page.get("groups"))]
        return tuple(
            text(group.get("name"))
            for group in groups
            if number(group.get("id")) in wanted and group.get("deleted") is not True
        )

    def _pages(self, path: str, route: str, params: dict[str, str]) -> list[Json]:
        asked = {**params, "page[size]": "100"}
        pages: list[Json] = []
        for _ in range(_PAGES):
            page = self._session.ask(Call("GET", path, route, params=asked, priority=1))
            pages.append(page)
            meta = page.get("meta")
            more = isinstance(meta, dict) and meta.get("has_more") is True
            cursor = text(meta.get("after_cursor")) if isinstance(meta, dict) else ""
            if not more or not cursor:
                break
            asked["page[after]"] = cursor
        return pages


def who_tagged(session: ZendeskSession, ticket_id: int, tag: str) -> Tagger | None:
    """Return who gave the ticket this tag last; None when that cannot be found out.

    A trigger's event counts for every update of a ticket that carries the tag, so whoever updated
    it need not be the one who asked. The audits tell.
    """
    found: list[tuple[str, int, Tagger]] = []
    params = {"page[size]": "100", "sort": "-created_at"}
    path = f"/api/v2/tickets/{ticket_id}/audits"
    try:
        page = session.ask(
            Call("GET", path, "audits.list", params=params, ticket_id=ticket_id, priority=1)
        )
    except (ScopeMissing, NotFound, Rejected):
        return None
    for audit in objects(page.get("audits")):
        author = number(audit.get("author_id"))
        for event in objects(audit.get("events")):
            if author is not None and _adds(event, tag):
                at = text(audit.get("created_at"))
                found.append((at, number(audit.get("id")) or 0, Tagger(author, _by_rule(event))))
    return max(found, key=lambda one: one[:2])[2] if found else None


def _adds(event: Json, tag: str) -> bool:
    if event.get("field_name") != "tags":
        return False
    return tag in _tags(event.get("value")) and tag not in _tags(event.get("previous_value"))


def _tags(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(tag) for tag in value]
    return value.split() if isinstance(value, str) else []


def _by_rule(event: Json) -> bool:
    via = event.get("via")
    return isinstance(via, dict) and via.get("channel") == "rule"
