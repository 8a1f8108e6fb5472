"""What does a signed delivery say? Both shapes of Zendesk's events become one small value."""

import json
import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

Kind = Literal["created", "replied", "field_changed", "command"]
Attachments = Literal["yes", "no", "unknown"]

_TRIGGER_KINDS: Final[dict[str, Kind]] = {
    "created": "created",
    "replied": "replied",
    "field_changed": "field_changed",
    "command": "command",
}
#: Event subscriptions that can change what we would say about a ticket. The others cannot: their
#: news is not in what we read (status, priority, SLA), or reaches us as another event.
#: https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/
_SUBSCRIBED_KINDS: Final[dict[str, Kind]] = {
    "ticket.created": "created",
    "ticket.comment_added": "replied",
    "ticket.attachment_linked_to_comment": "replied",
    "ticket.custom_field_changed": "field_changed",
    "ticket.subject_changed": "field_changed",
    "ticket.description_changed": "field_changed",
    "ticket.form_changed": "field_changed",
}
_EVENT_TYPE: Final = "zen:event-type:"
_TICKET_SUBJECT: Final = "zen:ticket:"
#: A positive number that fits Postgres' bigint.
_ID: Final = re.compile(r"0*([1-9][0-9]{0,17})", re.ASCII)


class MalformedEvent(Exception):  # noqa: N818  the sender's fault, answered with 400
    """The body is no event of ours; the message names the problem and never quotes the body."""


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """Look at this ticket, and who says so."""

    ticket_id: int
    kind: Kind
    attachments: Attachments = "unknown"
    actor_id: int | None = None
    account_id: int | None = None
    """Only event subscriptions sign it."""
    host: str | None = None
    """Host of the trigger's `ticket_url`, lower case."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that needs no look at a ticket."""

    outcome: Literal["unknown_type", "irrelevant"]


@dataclass(frozen=True, slots=True)
class Watched:
    """Which tags make a ticket, or a change of its tags, ours."""

    ticket_tag: str = "cloud-licensing"
    own_prefix: str = "cl_"
    """Of every tag that our macros set. What a tag asks for is read from the ticket itself."""
    option_prefix: str = "cl_scenario_"
    """Of the options of our drop-downs, whose change is reported as a change of the field, too."""

    def is_command(self, tag: str) -> bool:
        """Return whether a macro of ours may have set the tag."""
        return tag.startswith(self.own_prefix) and not tag.startswith(self.option_prefix)


class _Author(msgspec.Struct, gc=False):
    id: str | int | None = None


class _Comment(msgspec.Struct, gc=False):
    author: _Author | None = None


class _Change(msgspec.Struct, gc=False):
    comment: _Comment | None = None
    tags_added: list[str] | None = None
    tags_removed: list[str] | None = None


class _Detail(msgspec.Struct, gc=False):
    id: str | int | None = None
    actor_id: str | int | None = None
    tags: list[str] | None = None


class _Body(msgspec.Struct, gc=False):
    """Both shapes at once, so that one pass over the bytes is enough; other keys are skipped."""

    ticket_id: str | int | None = None
    event: str | _Change | None = None
    attachments: str | None = None
    actor_id: str | int | None = None
    ticket_url: str | None = None
    type: str | None = None
    subject: str | None = None
    account_id: str | int | None = None
    detail: _Detail | None = None


_DECODER: Final = msgspec.json.Decoder(_Body)


def read_event(raw: bytes, watched: Watched) -> TicketEvent | Ignored:
    """Read the body of a delivery; raise `MalformedEvent` when it is neither shape."""
    body = _decode(raw)
    if body.type is not None:
        return _subscribed(body, body.type, watched)
    if body.ticket_id is None and body.event is None:
        raise MalformedEvent("ticket_id and event are missing")
    return _triggered(body)


def _decode(raw: bytes) -> _Body:
    try:
        return _DECODER.decode(raw)
    except msgspec.ValidationError as error:
        raise MalformedEvent(str(error)) from None
    except RecursionError:
        raise MalformedEvent("JSON is nested too deeply") from None
    except UnicodeDecodeError:
        raise MalformedEvent("body is not UTF-8") from None
    except msgspec.DecodeError as error:
        return _decode_leniently(raw, str(error))


def _decode_leniently(raw: bytes, problem: str) -> _Body:
    r"""Read JSON with half a surrogate pair (`\ud83d`): a text cut inside an emoji has one."""
    try:
        return msgspec.convert(json.loads(raw), _Body)
    except msgspec.ValidationError as error:
        raise MalformedEvent(str(error)) from None
    except (ValueError, RecursionError):
        raise MalformedEvent(problem) from None


def _triggered(body: _Body) -> TicketEvent | Ignored:
    """Read the body that our own triggers render: strings, ids and enumerations only."""
    if not isinstance(body.event, str):
        raise MalformedEvent("event must be a word")
    if body.event not in _TRIGGER_KINDS:
        return Ignored("unknown_type")
    return TicketEvent(
        ticket_id=_ticket_id(body.ticket_id, "ticket_id"),
        kind=_TRIGGER_KINDS[body.event],
        attachments=_attachments(body.attachments),
        actor_id=_id(body.actor_id),
        account_id=_id(body.account_id),
        host=_host(body.ticket_url),
    )


def _subscribed(body: _Body, event_type: str, watched: Watched) -> TicketEvent | Ignored:
    """Read an event subscription: string ids, upper-case enumerations, a `zen:` subject."""
    name = event_type.removeprefix(_EVENT_TYPE)
    detail = body.detail or _Detail()
    change = body.event if isinstance(body.event, _Change) else _Change()
    if name == event_type or not name.startswith("ticket."):
        return Ignored("unknown_type")
    kind = _tags_kind(change, watched) if name == "ticket.tags_changed" else None
    kind = kind or _SUBSCRIBED_KINDS.get(name)
    if kind is None:
        return Ignored("irrelevant" if name == "ticket.tags_changed" else "unknown_type")
    if detail.tags is not None and watched.ticket_tag not in detail.tags:
        return Ignored("irrelevant")
    author = change.comment.author if change.comment else None
    return TicketEvent(
        ticket_id=_subscribed_ticket(body.subject, detail.id),
        kind=kind,
        attachments="yes" if name == "ticket.attachment_linked_to_comment" else "unknown",
        actor_id=_id(detail.actor_id) or _id(author.id if author else None),
        account_id=_id(body.account_id),
    )


def _tags_kind(change: _Change, watched: Watched) -> Kind | None:
    added = frozenset(change.tags_added or ())
    if any(map(watched.is_command, added)):
        return "command"
    return "field_changed" if watched.ticket_tag in added else None


def _subscribed_ticket(subject: str | None, detail_id: str | int | None) -> int:
    if subject is None or not subject.startswith(_TICKET_SUBJECT):
        return _ticket_id(detail_id, "detail.id")
    ticket_id = _ticket_id(subject.removeprefix(_TICKET_SUBJECT), "subject")
    if detail_id is not None and _id(detail_id) != ticket_id:
        raise MalformedEvent("subject and detail.id name different tickets")
    return ticket_id


def _ticket_id(value: str | int | None, name: str) -> int:
    ticket_id = _id(value)
    if ticket_id is None:
        raise MalformedEvent(f"{name} must be the number of a ticket")
    return ticket_id


def _id(value: str | int | None) -> int | None:
    """Read an id, string or number; None for a blank one, such as a suppressed placeholder."""
    match = _ID.fullmatch(str(value).strip()) if value is not None else None
    return int(match.group(1)) if match else None


def _attachments(value: str | None) -> Attachments:
    """Anything but a clear word means unknown: then the job looks for itself."""
    match (value or "").strip().lower():
        case "yes":
            return "yes"
        case "no":
            return "no"
    return "unknown"


def _host(ticket_url: str | None) -> str:
    """Return the host; `{{ticket.url}}` comes without a scheme, `{{ticket.link}}` with one."""
    text = (ticket_url or "").strip()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        host = None
    if not host:
        raise MalformedEvent("ticket_url must be the ticket's address")
    return host.lower()
