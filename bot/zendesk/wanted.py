"""The files' objects in Zendesk's own shape, with human names turned into this account's ids."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.zendesk.catalog import ORDER, Kind
from bot.zendesk.definitions import Definitions, Part
from bot.zendesk.listing import Object
from bot.zendesk.macro_text import draft_html, draft_text
from bot.zendesk.marks import mark_of, marked
from bot.zendesk.objects import BOT, COMMANDS, Condition, Field, Macro, View, ZendeskObjects
from bot.zendesk.reading import OPTION_TAG

#: Stands in a plan for an id that only `apply` will learn.
LATER: Final = "(known after apply)"
#: The tag that makes a ticket ours.
TICKET_TAG: Final = "cloud-licensing"
#: Our key of the trigger category.
CATEGORY: Final = "triggers"


@dataclass(frozen=True, slots=True)
class ProvisionSettings:
    """What the files cannot know: where we are, who the bot is, what the runbook can recognise."""

    public_url: str
    bot_user_id: int
    """The *runtime* user, whose own updates must never fire a trigger."""
    scenarios: Mapping[str, str] = field(default_factory=dict)
    """Scenario label → name for people, for the drop-down."""
    known_commands: Collection[str] | None = None
    """Command tags that the runbook carries out; None: not checked."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What `[[ ]]` in a macro's draft stands for: portal, company, commands."""
    reactivate: bool = False
    """Switch on again what an admin switched off."""
    bot_name: str = ""
    """For people, who choose it in a condition."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One object as it should be: only the keys that the files set."""

    kind: Kind
    key: str
    name: str
    payload: Object
    at_first: Object
    """Set when the object is made and never again: an admin who switches it off is obeyed."""

    @property
    def mark(self) -> str:
        """What shows in the object that it is ours."""
        return mark_of(self.key)


@dataclass(slots=True)
class Ids:
    """Zendesk's ids of what stands already, by kind and key."""

    by_kind: dict[Kind, dict[str, str]] = field(default_factory=lambda: {k: {} for k in ORDER})

    def of(self, kind: Kind, key: str) -> str:
        """The id, or a word for people when there is none yet."""
        return self.by_kind[kind].get(key, LATER)


@dataclass(frozen=True, slots=True)
class Maker:
    """Turns the tables of the files into what Zendesk is sent."""

    files: ZendeskObjects
    settings: ProvisionSettings
    ids: Ids
    definitions: Definitions = field(default_factory=Definitions)

    def all(self, kind: Kind) -> list[Wanted]:
        """Everything of one kind but forms and the order, in the order of the files."""
        match kind:
            case "category":
                return [self._category()]
            case "webhook":
                return [self.webhook(key) for key in self.files.webhooks]
            case "field":
                return [self._field(key, item) for key, item in self.files.fields.items()]
            case "trigger":
                made = [self._trigger(key) for key in self.files.triggers]
                return [trigger for trigger in made if trigger is not None]
            case "macro":
                return [self._macro(key, item) for key, item in self.files.macros.items()]
            case "view":
                return [self._view(key, item) for key, item in self.files.views.items()]
            case "form" | "order":
                return []

    def webhook(self, key: str, mark_key: str = "") -> Wanted:
        """The webhook; under another mark it is the second one of a rotation."""
        item = self.files.webhooks[key]
        payload: Object = {
            "name": item.name,
            "description": marked(item.purpose, mark_key or key),
            "endpoint": self.settings.public_url.rstrip("/") + item.path,
            "http_method": "POST",
            "request_format": "json",
            "subscriptions": ["conditional_ticket_events"],
        }
        return Wanted("webhook", mark_key or key, item.name, payload, {"status": "active"})

    def _category(self) -> Wanted:
        name = marked(self.files.category.name, CATEGORY)
        return Wanted("category", CATEGORY, self.files.category.name, {"name": name}, {})

    def _field(self, key: str, item: Field) -> Wanted:
        payload: Object = {
            "type": item.type,
            "title": item.title,
            "description": marked(item.purpose, key),
            "agent_description": " ".join(item.purpose.split()),
        }
        options = [(option.value, option.name) for option in item.options]
        if item.options_from == "scenarios":
            options += list(self.settings.scenarios.items())
        if item.type == "tagger":
            payload["custom_field_options"] = [
                {"name": name, "value": option_tag(key, value)} for value, name in options
            ]
        return Wanted("field", key, item.title, payload, {"active": True})

    def _trigger(self, key: str) -> Wanted | None:
        """None when every alternative that the trigger waits for is unknown to this account."""
        item = self.files.triggers[key]
        conditions = {
            "all": [self._condition(one) for one in item.all if self._offered("all", one)],
            "any": [self._condition(one) for one in item.any if self._offered("any", one)],
        }
        if item.any and not conditions["any"]:
            return None
        (webhook,) = self.files.webhooks
        value = [self.ids.of("webhook", webhook), self.files.body_of(item)]
        actions: list[Object] = [{"field": "notification_webhook", "value": value}]
        if item.add_tags:
            actions.append({"field": "current_tags", "value": " ".join(item.add_tags)})
        payload: Object = {
            "title": item.title,
            "description": marked(item.purpose, key),
            "category_id": self.ids.of("category", CATEGORY),
            "conditions": conditions,
            "actions": actions,
        }
        return Wanted("trigger", key, item.title, payload, {"active": True})

    def _macro(self, key: str, item: Macro) -> Wanted:
        payload: Object = {
            "title": item.title,
            "description": marked(item.purpose, key),
            "actions": [*self._tag_action(item), *self._comment_actions(item)],
        }
        return Wanted("macro", key, item.title, payload, {"active": True})

    def _tag_action(self, item: Macro) -> list[Object]:
        """A command also says that the ticket is one of ours: the trigger asks for that tag."""
        if not item.tag:
            return []
        tags = f"{TICKET_TAG} {item.tag}" if item.command else item.tag
        return [{"field": "current_tags", "value": tags}]

    def _comment_actions(self, item: Macro) -> list[Object]:
        """The draft, in HTML where macros take it (facts §7: read `GET /macros/actions`)."""
        if not item.comment:
            return []
        html = draft_html(item.comment, self.settings.words)
        offered = self.definitions.macro_actions
        if offered is None or "comment_value_html" in offered:
            said: Object = {"field": "comment_value_html", "value": html}
        else:
            said = {"field": "comment_value", "value": draft_text(html)}
        mode: Object = {"field": "comment_mode_is_public", "value": str(item.public).lower()}
        return [said, mode]

    def _view(self, key: str, item: View) -> Wanted:
        output: Object = {
            "columns": [self._field_name(name, "") for name in item.columns],
            "sort_by": item.sort_by,
            "sort_order": item.sort_order,
        }
        if item.group_by:
            output |= {"group_by": item.group_by, "group_order": item.group_order}
        payload: Object = {
            "title": item.title,
            "description": marked(item.purpose, key),
            "all": [self._condition(one) for one in item.all],
            "any": [self._condition(one) for one in item.any],
            "output": output,
        }
        return Wanted("view", key, item.title, payload, {"active": True})

    def _condition(self, condition: Condition) -> Object:
        values = {
            BOT: str(self.settings.bot_user_id),
            COMMANDS: " ".join(self.files.command_tags),
        }
        return {
            "field": self._field_name(condition.field, "custom_fields_"),
            "operator": condition.operator,
            "value": values.get(condition.value, condition.value),
        }

    def _field_name(self, name: str, prefix: str) -> str:
        if name.startswith("field:"):
            return f"{prefix}{self.ids.of('field', name.removeprefix('field:'))}"
        return name

    def _offered(self, part: Part, condition: Condition) -> bool:
        """Only optional conditions are left out; another that is not offered is a problem."""
        name = self._field_name(condition.field, "custom_fields_")
        if not condition.optional:
            return True
        if LATER in name:
            return not self.definitions.unread
        return self.definitions.offers(part, name, condition.operator) is True


def option_tag(key: str, value: str) -> str:
    """The tag of a drop-down's option."""
    return OPTION_TAG.format(key=key, value=value)
