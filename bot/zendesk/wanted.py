"""The files' objects in Zendesk's own shape, with human names turned into this account's ids."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.zendesk.catalog import ORDER, Kind, Object
from bot.zendesk.objects import BOT, COMMANDS, Condition, Field, Trigger, ZendeskObjects
from bot.zendesk.reading import OPTION_TAG

#: Stands in a plan for an id that only `apply` will learn.
LATER: Final = "(known after apply)"
#: The tag that makes a ticket ours.
TICKET_TAG: Final = "cloud-licensing"


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
        """What shows in the object's description that it is ours."""
        return mark_of(self.key)


@dataclass(slots=True)
class Ids:
    """Zendesk's ids of what stands already, by kind and key."""

    by_kind: dict[Kind, dict[str, str]] = field(default_factory=lambda: {k: {} for k in ORDER})

    def of(self, kind: Kind, key: str) -> str:
        """The id, or a word for people when there is none yet."""
        return self.by_kind[kind].get(key, LATER)


def mark_of(key: str) -> str:
    """Ownership stands inside the object itself: it survives a crash and another machine."""
    return f"[licensing-bot:{key}]"


def wanted_objects(
    files: ZendeskObjects,
    settings: ProvisionSettings,
    ids: Ids,
    kind: Kind,
    operators: Mapping[str, Collection[str]],
) -> list[Wanted]:
    """Everything of one kind, in the order of the files."""
    match kind:
        case "category":
            return [
                Wanted(
                    "category", "triggers", files.category.name, {"name": files.category.name}, {}
                )
            ]
        case "webhook":
            return [_webhook(key, files, settings) for key in files.webhooks]
        case "field":
            return [_field(key, item, settings) for key, item in files.fields.items()]
        case "trigger":
            made = [_trigger(key, files, settings, ids, operators) for key in files.triggers]
            return [trigger for trigger in made if trigger is not None]
        case "macro":
            return [_macro(key, files) for key in files.macros]


def option_tag(key: str, value: str) -> str:
    """The tag of a drop-down's option."""
    return OPTION_TAG.format(key=key, value=value)


def _described(purpose: str, key: str) -> str:
    return f"{' '.join(purpose.split())} {mark_of(key)}"


def _webhook(key: str, files: ZendeskObjects, settings: ProvisionSettings) -> Wanted:
    item = files.webhooks[key]
    return Wanted(
        "webhook",
        key,
        item.name,
        {
            "name": item.name,
            "description": _described(item.purpose, key),
            "endpoint": settings.public_url.rstrip("/") + item.path,
            "http_method": "POST",
            "request_format": "json",
            "subscriptions": ["conditional_ticket_events"],
        },
        {"status": "active"},
    )


def _field(key: str, item: Field, settings: ProvisionSettings) -> Wanted:
    payload: Object = {
        "type": item.type,
        "title": item.title,
        "description": _described(item.purpose, key),
        "agent_description": " ".join(item.purpose.split()),
    }
    options = [(option.value, option.name) for option in item.options]
    if item.options_from == "scenarios":
        options += list(settings.scenarios.items())
    if item.type == "tagger":
        payload["custom_field_options"] = [
            {"name": name, "value": option_tag(key, value)} for value, name in options
        ]
    return Wanted("field", key, item.title, payload, {"active": True})


def _trigger(
    key: str,
    files: ZendeskObjects,
    settings: ProvisionSettings,
    ids: Ids,
    operators: Mapping[str, Collection[str]],
) -> Wanted | None:
    """None when every alternative that the trigger waits for is unknown to this account."""
    item = files.triggers[key]
    conditions = {
        part: [
            _condition(condition, files, settings, ids)
            for condition in listed
            if _offered(condition, ids, operators)
        ]
        for part, listed in (("all", item.all), ("any", item.any))
    }
    if item.any and not conditions["any"]:
        return None
    (webhook,) = files.webhooks
    actions: list[Object] = [
        {
            "field": "notification_webhook",
            "value": [ids.of("webhook", webhook), files.body_of(item)],
        }
    ]
    if item.add_tags:
        actions.append({"field": "current_tags", "value": " ".join(item.add_tags)})
    return Wanted(
        "trigger",
        key,
        item.title,
        _trigger_payload(key, item, ids, conditions, actions),
        {"active": True},
    )


def _trigger_payload(
    key: str,
    item: Trigger,
    ids: Ids,
    conditions: Mapping[str, list[Object]],
    actions: list[Object],
) -> Object:
    return {
        "title": item.title,
        "description": _described(item.purpose, key),
        "category_id": ids.of("category", "triggers"),
        "conditions": dict(conditions),
        "actions": actions,
    }


def _condition(
    condition: Condition, files: ZendeskObjects, settings: ProvisionSettings, ids: Ids
) -> Object:
    values = {BOT: str(settings.bot_user_id), COMMANDS: " ".join(files.command_tags)}
    return {
        "field": _field_name(condition, ids),
        "operator": condition.operator,
        "value": values.get(condition.value, condition.value),
    }


def _field_name(condition: Condition, ids: Ids) -> str:
    if condition.field.startswith("field:"):
        return f"custom_fields_{ids.of('field', condition.field.removeprefix('field:'))}"
    return condition.field


def _offered(condition: Condition, ids: Ids, operators: Mapping[str, Collection[str]]) -> bool:
    """Is this condition legal here? Only optional ones are left out; the others must be refused."""
    name = _field_name(condition, ids)
    if not condition.optional or LATER in name:
        return True
    return condition.operator in operators.get(name, ())


def _macro(key: str, files: ZendeskObjects) -> Wanted:
    """A command also says that the ticket is one of ours: the trigger asks for that tag."""
    item = files.macros[key]
    tags = f"{TICKET_TAG} {item.tag}" if item.command else item.tag
    payload: Object = {
        "title": item.title,
        "description": _described(item.purpose, key),
        "actions": [{"field": "current_tags", "value": tags}],
    }
    return Wanted("macro", key, item.title, payload, {"active": True})
