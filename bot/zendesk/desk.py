"""The desk of a running bot: read a ticket, write one internal note, look for a note."""

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from bot.runbook.ticket import Comment, Ticket
from bot.runbook.writing import NoteWrite, Receipt
from bot.zendesk.budget import TICKET_UPDATE
from bot.zendesk.calls import Call
from bot.zendesk.comment import comment_event, internal_comment
from bot.zendesk.errors import (
    AuthFailed,
    GatewayTrouble,
    NoteWasPublic,
    NotFound,
    OutcomeUnknown,
    Rejected,
    ScopeMissing,
    ZendeskError,
)
from bot.zendesk.reading import (
    FieldIds,
    Json,
    People,
    number,
    objects,
    oldest_first,
    read_comment,
    read_ticket,
    roles_in,
    text,
)
from bot.zendesk.session import ZendeskSession

log = logging.getLogger(__name__)

#: Key of ours in `metadata`; it comes back as `audit.metadata.custom`.
MARKER_KEY: Final = "marker"
#: A page holds 100: 300 comments are more than any verdict needs.
COMMENT_PAGES: Final = 3
#: The marker is looked for in this many newest audits, hundreds.
AUDIT_PAGES: Final = 5

AttachmentsHint = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Me:
    """The user that our credentials stand for."""

    id: int
    role: str
    name: str
    locale: str = ""


class ZendeskDesk:
    """Implements `bot.pipeline.ports.Desk`; safe to share between threads."""

    def __init__(
        self,
        session: ZendeskSession,
        fields: FieldIds,
        *,
        own_id: int | None = None,
        priority: int = 0,
    ) -> None:
        """`own_id`: our user, when it is known already; `priority` above 0 for agents' commands."""
        self._session = session
        self._fields = fields
        self._own_id = own_id
        self._priority = priority

    def for_command(self) -> "ZendeskDesk":
        """Return the same desk with the priority of an agent's command."""
        return ZendeskDesk(self._session, self._fields, own_id=self._own_id, priority=1)

    def me(self) -> Me:
        """Ask who we are; AuthFailed when Zendesk takes us for an anonymous visitor."""
        answer = self._session.ask(Call("GET", "/api/v2/users/me", "users.me", free=True))
        user = answer.get("user")
        own_id = number(user.get("id")) if isinstance(user, dict) else None
        if own_id is None or not isinstance(user, dict):
            raise AuthFailed("users.me: Zendesk does not know who we are", route="users.me")
        self._own_id = own_id
        return Me(own_id, text(user.get("role")), text(user.get("name")), text(user.get("locale")))

    def read_ticket(self, ticket_id: int, attachments: AttachmentsHint) -> Ticket:
        """Read the ticket in one call; list comments only when there is more than the first."""
        answer = self._session.ask(
            self._get(f"/api/v2/tickets/{ticket_id}", "tickets.read", ticket_id,
                      {"include": "users,comment_count"})
        )  # fmt: skip
        found = answer.get("ticket")
        if not isinstance(found, dict) or number(found.get("id")) != ticket_id:
            raise GatewayTrouble(f"tickets.read: the answer is not ticket {ticket_id}")
        people = People(roles_in(answer), self._own_id)
        ticket = read_ticket(answer, self._fields, people)
        if ticket.status == "deleted":
            raise NotFound(f"tickets.read: ticket {ticket_id} was deleted", route="tickets.read")
        if ticket.comment_count is not None and ticket.comment_count <= 1 and attachments == "no":
            return ticket
        return self._with_comments(ticket, people)

    def find_note(self, ticket_id: int, marker: str) -> Receipt | None:
        """Look for the marker in the newest audits, or in the newest internal comments' footers.

        None is only returned after everything that could hold the marker was looked at.
        """
        try:
            found, complete = self._find_in_audits(ticket_id, marker)
        except (ScopeMissing, NotFound, Rejected) as error:
            log.info("audits cannot be read, comments are searched", extra={"why": error.route})
            found, complete = None, False
        return found if found or complete else self._find_in_comments(ticket_id, marker)

    def write(self, ticket: Ticket, note: NoteWrite) -> Receipt:
        """Send the one PUT; whoever wants to repeat it looks with `find_note` first."""
        ticket_id = int(ticket.id)
        call = Call(
            "PUT",
            f"/api/v2/tickets/{ticket_id}",
            TICKET_UPDATE,
            payload={"ticket": self._update_of(ticket, note)},
            ticket_id=ticket_id,
            priority=self._priority,
        )
        answer = self._session.ask(call)
        written, audit = answer.get("ticket"), answer.get("audit")
        stamp = text(written.get("updated_at")) if isinstance(written, dict) else ""
        if not isinstance(written, dict) or number(written.get("id")) != ticket_id or not stamp:
            raise OutcomeUnknown(
                "tickets.update: the answer is not the ticket we wrote; the write may stand",
                route=TICKET_UPDATE,
            )
        receipt = _receipt(audit if isinstance(audit, dict) else {}, stamp)
        if note.html:
            self._check_internal(ticket_id, audit, receipt)
        return receipt

    def _update_of(self, ticket: Ticket, note: NoteWrite) -> dict[str, object]:
        if not ticket.updated_stamp:
            raise ValueError(f"ticket {ticket.id} was not read from Zendesk: no updated_stamp")
        marker = {MARKER_KEY: note.marker} if note.marker else {}
        update: dict[str, object] = {
            "metadata": {**note.metadata, **marker},
            "safe_update": True,
            "updated_stamp": ticket.updated_stamp,
        }
        if note.html:
            files = {"uploads": list(note.uploads)} if note.uploads else {}
            update["comment"] = internal_comment(note.html) | files
        if note.tags is not None:
            update["tags"] = list(note.tags)
        if note.fields:
            update["custom_fields"] = self._fields.write(note.fields)
        return update

    def _check_internal(self, ticket_id: int, audit: object, receipt: Receipt) -> None:
        """Believe nothing: the answer must show our comment, and show it as internal."""
        event = comment_event(audit) if isinstance(audit, dict) else None
        if event is None or receipt.comment_id is None:
            raise OutcomeUnknown(
                "tickets.update: the answer shows no comment of ours; the note may stand",
                route=TICKET_UPDATE,
            )
        if event.get("public") is False:
            return
        log.critical("our note came out public", extra={"ticket": ticket_id})
        with contextlib.suppress(ZendeskError):  # what follows is the same: look, and tell people
            self._session.send(
                Call(
                    "PUT",
                    f"/api/v2/tickets/{ticket_id}/comments/{receipt.comment_id}/make_private",
                    "comments.make_private",
                    ticket_id=ticket_id,
                    priority=1,
                )
            )
        raise NoteWasPublic(
            f"tickets.update: Zendesk made the note on ticket {ticket_id} public; "
            "we asked for it to be made private, but mails may have gone out",
            route=TICKET_UPDATE,
        )

    def _with_comments(self, ticket: Ticket, people: People) -> Ticket:
        if people.own_id is None:
            people = replace(people, own_id=self.me().id)
        path = f"/api/v2/tickets/{ticket.id}/comments"
        found: list[Comment] = []
        complete = False
        for page in self._pages(path, "comments.list", int(ticket.id), COMMENT_PAGES):
            people = replace(people, roles={**people.roles, **roles_in(page)})
            found += [read_comment(entry, people) for entry in _entries(page, "comments")]
            complete = not _has_more(page)
        comments = oldest_first(found)
        if not complete or not comments:
            return replace(ticket, comments=comments)
        first, later = comments[0], comments[1:]
        return replace(
            ticket,
            comments=later,
            description=first.body or ticket.description,
            description_id=first.id,
            description_author=first.author,
            description_attachments=first.attachments,
        )

    def _find_in_audits(self, ticket_id: int, marker: str) -> tuple[Receipt | None, bool]:
        """Return the receipt, and whether every audit was looked at.

        Zendesk's pages do not promise that audits can be sorted, so the order is not relied upon.
        """
        page: Json = {}
        seen = 0
        path = f"/api/v2/tickets/{ticket_id}/audits"
        for page in self._pages(path, "audits.list", ticket_id, AUDIT_PAGES, users=False):
            audits = _entries(page, "audits")
            seen += len(audits)
            for audit in audits:
                if _holds(audit, marker):
                    return _receipt(audit, text(audit.get("created_at"))), True
        # Every ticket has the audit of its creation: without any the list proves nothing.
        return None, seen > 0 and not _has_more(page)

    def _find_in_comments(self, ticket_id: int, marker: str) -> Receipt | None:
        path = f"/api/v2/tickets/{ticket_id}/comments"
        for page in self._pages(path, "comments.list", ticket_id, COMMENT_PAGES):
            for comment in _entries(page, "comments"):
                body = text(comment.get("html_body")) + text(comment.get("body"))
                internal = comment.get("public") is False
                if internal and (marker in body or _holds(comment, marker)):
                    return Receipt(
                        number(comment.get("audit_id")),
                        number(comment.get("id")),
                        text(comment.get("created_at")),
                    )
        return None

    def _pages(
        self, path: str, route: str, ticket_id: int, most: int, *, users: bool = True
    ) -> Iterator[Json]:
        """Newest first, cursor by cursor; `links.next` is set even on the last page."""
        params = {"page[size]": "100", "sort": "-created_at"}
        if users:
            params["include"] = "users"
        for _ in range(most):
            page = self._session.ask(self._get(path, route, ticket_id, params))
            yield page
            meta = page.get("meta")
            cursor = text(meta.get("after_cursor")) if isinstance(meta, dict) else ""
            if not _has_more(page) or not cursor:
                return
            params["page[after]"] = cursor

    def _get(self, path: str, route: str, ticket_id: int, params: Mapping[str, str]) -> Call:
        return Call("GET", path, route, params=params, ticket_id=ticket_id, priority=self._priority)


def _has_more(page: Json) -> bool:
    meta = page.get("meta")
    if isinstance(meta, dict):
        return meta.get("has_more") is True
    return bool(page.get("next_page"))


def _entries(page: Json, key: str) -> list[dict[str, object]]:
    """What a page lists; an answer without the list must not be taken for an empty one."""
    if not isinstance(page.get(key), list):
        raise GatewayTrouble(f"{key}: the answer holds no list of them")
    return objects(page[key])


def _holds(thing: Json, marker: str) -> bool:
    """Does our marker stand in the custom metadata, however deep Zendesk put it?"""
    metadata = thing.get("metadata")
    custom = metadata.get("custom") if isinstance(metadata, dict) else None
    return marker in set(_words(custom))


def _words(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _words(inner)


def _receipt(audit: Json, stamp: str) -> Receipt:
    event = comment_event(audit) or {}
    return Receipt(number(audit.get("id")), number(event.get("id")), stamp)
