"""Zendesk's JSON turned into a `Ticket`: the only place that knows how theirs looks."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Final

from bot.runbook.ticket import Attachment, Author, Comment, Ticket, storable

Json = Mapping[str, object]

#: Our drop-downs' option tags are `cl_<field key>_<value>`, because a tag serves one field only.
OPTION_TAG: Final = "cl_{key}_{value}"
_AGENT_ROLES: Final = frozenset({"agent", "admin"})
_BLOCKS: Final = frozenset(
    {"p", "br", "div", "li", "tr", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_YES_NO: Final = {"true": "yes", "false": "no"}


@dataclass(frozen=True, slots=True)
class FieldIds:
    """Which custom field of this account is which of ours, and how its options read."""

    ids: Mapping[str, int] = field(default_factory=dict)
    """By our own key (`bot.runbook.ticket.FIELD_KEYS`)."""
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For adopted drop-downs: our key → option tag → our value."""
    dropdowns: frozenset[str] = frozenset({"scenario", "should_be_on_cloud_licensing"})
    """Keys whose value is written as an option tag."""

    @classmethod
    def of(cls, ids: Mapping[str, str]) -> "FieldIds":
        """Return the mapping for ids as `provision` stores them: our key → Zendesk's id."""
        return cls({key: int(number_) for key, number_ in ids.items()})

    def read(self, values: Mapping[int, str]) -> dict[str, str]:
        """Return our values by our keys; what is empty is left out."""
        named = {key: values[number] for key, number in self.ids.items() if number in values}
        return {key: self._meaning(key, value) for key, value in named.items() if value.strip()}

    def write(self, values: Mapping[str, str]) -> list[dict[str, object]]:
        """Return Zendesk's `custom_fields` for values by our keys; an empty value clears a field.

        What this account has no field for is left out: the note matters more.
        """
        return [
            {"id": self.ids[key], "value": self._spelling(key, value) or None}
            for key, value in values.items()
            if key in self.ids
        ]

    def _meaning(self, key: str, value: str) -> str:
        known = self.options.get(key, {})
        if value in known:
            return known[value]
        if key in self.dropdowns:
            return _YES_NO.get(value, value.removeprefix(OPTION_TAG.format(key=key, value="")))
        return value

    def _spelling(self, key: str, value: str) -> str:
        for tag, meaning in self.options.get(key, {}).items():
            if meaning == value:
                return tag
        if value and key in self.dropdowns:
            return OPTION_TAG.format(key=key, value=value)
        return value


@dataclass(frozen=True, slots=True)
class People:
    """Who is an agent here, and who is us."""

    roles: Mapping[int, str]
    own_id: int | None

    def author_of(self, user_id: object, *, public: bool) -> Author:
        """Say whose words these are; an internal comment never is an unknown customer's."""
        if not isinstance(user_id, int):
            return "customer" if public else "agent"
        if user_id == self.own_id:
            return "bot"
        role = self.roles.get(user_id)
        # -1 is Zendesk itself, which speaks for the house.
        known = user_id < 0 or role in _AGENT_ROLES or (role is None and not public)
        return "agent" if known else "customer"


def roles_in(answer: Json) -> dict[int, str]:
    """Roles by user id out of a side-load of users."""
    found = {
        number(user.get("id")): text(user.get("role")) for user in objects(answer.get("users"))
    }
    return {user_id: role for user_id, role in found.items() if user_id is not None}


def read_ticket(answer: Json, fields: FieldIds, people: People) -> Ticket:
    """Build a ticket without comments from `GET /tickets/{id}?include=users,comment_count`."""
    ticket = _object(answer.get("ticket"))
    raw = raw_fields(ticket.get("custom_fields") or ticket.get("fields"))
    submitter = ticket.get("submitter_id")
    requester = number(ticket.get("requester_id"))
    return Ticket(
        id=str(ticket["id"]),
        subject=text(ticket.get("subject")) or text(ticket.get("raw_subject")),
        description=_plain(text(ticket.get("description"))),
        tags=tuple(str(tag) for tag in _list(ticket.get("tags"))),
        fields=fields.read(raw),
        status=text(ticket.get("status")).lower() or "new",
        created_at=moment(ticket.get("created_at")),
        updated_stamp=text(ticket.get("updated_at")),
        description_author=people.author_of(
            requester if submitter is None else submitter, public=True
        ),
        comment_count=_count(ticket, answer),
        group_id=number(ticket.get("group_id")),
        form_id=number(ticket.get("ticket_form_id")),
        brand_id=number(ticket.get("brand_id")),
        requester_id=requester,
        requester_locale=_locale_of(answer, requester),
        shared=bool(_list(ticket.get("sharing_agreement_ids"))),
        raw_fields=raw,
    )


def read_comment(comment: Json, people: People) -> Comment:
    """Build one comment; plain text is preferred, HTML is stripped, nothing is fetched."""
    public = comment.get("public") is not False
    body = text(comment.get("plain_body")) or text(comment.get("body"))
    return Comment(
        author=people.author_of(comment.get("author_id"), public=public),
        body=_plain(body) or stripped(text(comment.get("html_body"))),
        id=number(comment.get("id")),
        public=public,
        created_at=moment(comment.get("created_at")),
        attachments=tuple(_attachments(comment)),
    )


def oldest_first(comments: Iterable[Comment]) -> tuple[Comment, ...]:
    """Order by time, then by id: several comments may share a second."""
    return tuple(
        sorted(comments, key=lambda c: (c.created_at.timestamp() if c.created_at else 0, c.id or 0))
    )


def raw_fields(values: object) -> dict[int, str]:
    """Every custom field that has a value, as text: checkboxes `true`/`false`, lists by spaces."""
    found = {}
    for entry in objects(values):
        number_, value = entry.get("id"), entry.get("value")
        if isinstance(number_, int) and value is not None:
            found[number_] = _field_text(value)
    return found


def _field_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return storable(" ".join(str(item) for item in value))
    return storable(str(value))


def _attachments(comment: Json) -> Iterable[Attachment]:
    for entry in objects(comment.get("attachments")):
        if isinstance(entry.get("id"), int) and entry.get("deleted") is not True:
            yield Attachment(
                id=int(str(entry["id"])),
                file_name=text(entry.get("file_name")),
                content_url=text(entry.get("content_url")),
                content_type=text(entry.get("content_type")),
                size=number(entry.get("size")) or 0,
                malware=entry.get("malware_scan_result") == "malware_found"
                and entry.get("malware_access_override") is not True,
            )


def _count(ticket: Json, answer: Json) -> int | None:
    count = number(ticket.get("comment_count"))
    return number(answer.get("comment_count")) if count is None else count


def _locale_of(answer: Json, requester: int | None) -> str:
    for user in objects(answer.get("users")):
        if requester is not None and user.get("id") == requester:
            return text(user.get("locale"))
    return ""


def objects(value: object) -> list[dict[str, object]]:
    """The JSON objects of a list; empty when it is something else."""
    return [item for item in _list(value) if isinstance(item, dict)]


def text(value: object) -> str:
    """A JSON string, else empty; what neither UTF-8 nor the store can hold is marked as lost."""
    return storable(value) if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """A JSON whole number, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(value: object) -> datetime | None:
    """A point in time as Zendesk writes it, else None."""
    try:
        return datetime.fromisoformat(text(value)) if value else None
    except ValueError:
        return None


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _plain(body: str) -> str:
    """Zendesk's plain text still holds `&nbsp;` and CRLF."""
    return body.replace("&nbsp;", " ").replace("\xa0", " ").replace("\r\n", "\n").strip()


class _Stripper(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in ("script", "style")
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in ("script", "style")))
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def stripped(html: str) -> str:
    """The text of an HTML body, one line per block."""
    if not html:
        return ""
    stripper = _Stripper()
    stripper.feed(html)
    stripper.close()
    return _plain(re.sub(r"\n\s*\n+", "\n\n", "".join(stripper.parts)))
