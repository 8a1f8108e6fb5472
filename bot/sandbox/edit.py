"""One create or update of a ticket under way: the ticket so far and what its audit will say."""

from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.auth import Caller
from bot.sandbox.conditions import Moment
from bot.sandbox.delivery import Parcel
from bot.sandbox.pocket import Pocket
from bot.sandbox.replies import invalid
from bot.sandbox.state import Record
from bot.sandbox.values import custom_fields, follow_tags, write_value

_CHOICES: Final[dict[str, set[str | None]]] = {
    "status": {"new", "open", "pending", "hold", "solved", "closed"},
    "priority": {None, "low", "normal", "high", "urgent"},
    "type": {None, "question", "incident", "problem", "task"},
}


def via(channel: str, rule: Record | None = None) -> Record:
    """Zendesk's `via` object."""
    if rule is None:
        return {"channel": channel, "source": {"from": {}, "to": {}, "rel": None}}
    source = {"id": rule["id"], "title": rule["title"], "deleted": False}
    return {"channel": "rule", "source": {"from": source, "to": {}, "rel": "trigger"}}


@dataclass(slots=True)
class Edit:
    """The ticket is replaced with each step, never changed in place."""

    box: Pocket
    actor: Caller
    ticket: Record
    before: Record | None = None
    comment: Record | None = None
    events: list[Record] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    custom_metadata: Record = field(default_factory=dict)
    host: str = ""

    def set(self, name: str, value: Any, rule: Record | None = None) -> None:
        """Set one plain attribute and record the change."""
        allowed = _CHOICES.get(name)
        if allowed is not None and value not in allowed:
            raise invalid(name, f"{name.capitalize()}: {value} is not valid")
        if self.ticket.get(name) != value:
            self._event(name, self.ticket.get(name), value, rule)
            self.ticket = {**self.ticket, name: value}

    def set_tags(self, tags: list[str], rule: Record | None = None) -> None:
        """Replace all tags; option fields follow their tags."""
        clean = sorted({part for tag in tags for part in str(tag).lower().split()})
        self._event_if_changed("tags", clean, rule)
        values = follow_tags(self.box.store, self.ticket["values"], clean)
        self._set_values(values, rule)

    def set_field(self, key: object, value: Any, rule: Record | None = None) -> None:
        """Set one custom field; an unknown or switched-off one is ignored, as Zendesk does."""
        known = {str(item["id"]): item for item in custom_fields(self.box.store)}
        found = known.get(str(key))
        if found is None:
            return
        values, tags = write_value(found, value, self.ticket["values"], self.ticket["tags"])
        self._set_values(values, rule)
        self._event_if_changed("tags", tags, rule)

    def moment(self) -> Moment:
        """The ticket as the conditions see it now."""
        requester = self.box.store.get("user", self.ticket["requester_id"]) or {}
        return Moment(
            ticket=self.ticket,
            before=self.before,
            comment=self.comment,
            user_id=self.actor.user_id,
            user_role=self.actor.role,
            requester_role=requester.get("role", "end-user"),
            channel=self.actor.channel,
            option_ids={
                str(option["id"]): option["value"]
                for item in custom_fields(self.box.store)
                for option in item.get("custom_field_options") or []
            },
        )

    def note_event(self, event: Record) -> None:
        """Add one event to the audit."""
        self.events.append({"id": self.box.store.next_id(), **event})

    def _set_values(self, values: dict[str, Any], rule: Record | None) -> None:
        for key, value in values.items():
            old = self.ticket["values"].get(key)
            if old != value and (old or value):
                self._event(key, old, value, rule)
        self.ticket = {**self.ticket, "values": values}

    def _event_if_changed(self, name: str, value: list[str], rule: Record | None) -> None:
        if self.ticket[name] != value:
            self._event(name, self.ticket[name], value, rule)
            self.ticket = {**self.ticket, name: value}

    def _event(self, name: str, old: Any, new: Any, rule: Record | None) -> None:
        event: Record = {"type": "Create" if self.before is None else "Change"}
        event |= {"field_name": name, "value": new}
        if self.before is not None:
            event["previous_value"] = old
        if rule is not None:
            event["via"] = via("rule", rule)
        self.note_event(event)
