"""Which rules of others would fire on the bot's own update? They are listed, never edited."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bot.zendesk.errors import NotFound, ScopeMissing, ZendeskError
from bot.zendesk.listing import Object, listed
from bot.zendesk.marks import mark_in
from bot.zendesk.reading import objects, text
from bot.zendesk.session import ZendeskSession

#: Tags that a ticket carries whenever the bot writes to it.
ALWAYS_TAGGED: Final = frozenset({"cloud-licensing", "cl_bot_seen"})
#: What the bot's update never changes: a `changed` of these cannot be our doing.
_UNTOUCHED: Final = frozenset(
    {
        "status", "custom_status_id", "priority", "type", "assignee_id", "group_id",
        "requester_id", "organization_id", "brand_id", "ticket_form_id", "satisfaction_score",
        "locale_id", "schedule_id", "due_date", "sharing_agreement_id",
    }
)  # fmt: skip
_NEEDS_A_CHANGE: Final = frozenset({"changed", "value", "value_previous"})
#: Zendesk's API channel, through which the bot writes.
_API: Final = "5"
#: Hours since an update, by anybody, or by an agent: a note of ours starts them anew.
_CLOCKS: Final = {"updated_at": "requester_updated_at"}


@dataclass(frozen=True, slots=True)
class OurUpdate:
    """What the bot does to a ticket, as conditions see it."""

    bot_user_id: int
    own_field_ids: frozenset[str] | None = None
    """None: not known."""


@dataclass(frozen=True, slots=True)
class ForeignRule:
    """A trigger or automation of somebody else, and what would keep it quiet."""

    kind: Literal["trigger", "automation"]
    object_id: str
    title: str
    why: str
    add: Mapping[str, str]
    """The condition to add under *all*, in Zendesk's own words."""
    where: str
    """The same for a person in Admin Center."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A list that we may not see: what stands in it cannot be told, and is not nothing."""

    says: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """What others have in the account, as far as it is shown to us."""

    rules: tuple[ForeignRule, ...] = ()
    unseen: tuple[Unseen, ...] = ()


def foreign_rules(
    session: ZendeskSession,
    bot_user_id: int,
    bot_name: str = "",
    own_field_ids: Collection[str] | None = None,
) -> Foreign:
    """Return every active rule of others that our update may fire; nothing is written.

    `own_field_ids` are those of our ticket fields: no other is ever changed by the bot.
    """
    update = OurUpdate(bot_user_id, None if own_field_ids is None else frozenset(own_field_ids))
    unseen: list[Unseen] = []
    triggers = _active(session, "triggers", unseen)
    automations = _active(session, "automations", unseen)
    rules = [rule for item in triggers if (rule := _of_trigger(item, update, bot_name))]
    rules += [rule for item in automations if (rule := _of_automation(item))]
    return Foreign(tuple(rules), tuple(unseen))


def _active(session: ZendeskSession, plural: str, unseen: list[Unseen]) -> list[Object]:
    try:
        every = listed(session, plural)
    except (NotFound, ScopeMissing) as error:
        unseen.append(_unseen(plural, error))
        return []
    return [item for item in every if item.get("active") is True and mark_in(item) is None]


def _unseen(plural: str, error: ZendeskError) -> Unseen:
    allow = "Give the client the global scope `read`, and an admin as its user, or look by hand: "
    return Unseen(
        f"{plural} of others are not shown to us ({error.status}): whether one of them fires on "
        "the bot's notes is not known",
        f"{allow if isinstance(error, ScopeMissing) else 'Look by hand: '}Admin Center > Objects "
        f"and rules > Business rules > {plural.capitalize()}",
    )


def _of_trigger(item: Object, update: OurUpdate, name: str) -> ForeignRule | None:
    every, some = _conditions(item)
    if any(not may_hold(one, update) for one in every):
        return None
    if some and not any(may_hold(one, update) for one in some):
        return None
    bot = update.bot_user_id
    person = f"{name} (id {bot})" if name else f"the bot (user id {bot})"
    return ForeignRule(
        "trigger",
        str(item.get("id")),
        text(item.get("title")),
        "it fires on an update of any agent, so also on the bot's internal note",
        {"field": "role", "operator": "is_not", "value": str(bot)},
        f"Meet ALL of these conditions: Current user - Is not - {person}",
    )


def _of_automation(item: Object) -> ForeignRule | None:
    every, some = _conditions(item)
    clock = next((text(one.get("field")) for one in (*every, *some)
                  if text(one.get("field")) in _CLOCKS), "")  # fmt: skip
    if not clock or any(_spares_our_tickets(one) for one in every):
        return None
    return ForeignRule(
        "automation",
        str(item.get("id")),
        text(item.get("title")),
        "it counts the hours since the last update, and the bot's note is one",
        {"field": "current_tags", "operator": "not_includes", "value": "cl_bot_seen"},
        "Meet ALL of these conditions: Tags - Contains none of the following - cl_bot_seen; or "
        "count *Hours since requester update* in its place",
    )


def may_hold(condition: Mapping[str, object], update: OurUpdate) -> bool:
    """Can this hold right after the bot added a private note, tags and field values by the API?"""
    field, operator = text(condition.get("field")), text(condition.get("operator"))
    value = str(condition.get("value") if condition.get("value") is not None else "")
    negative = operator.startswith("not_") or operator == "is_not"
    match field:
        case "update_type":
            return value.lower() == "change" and not negative
        case "role" | "current_user":
            return (value in {"agent", "admin", str(update.bot_user_id)}) != negative
        case "comment_is_public":
            return (value.lower() in {"false", "not_relevant"}) != negative
        case "current_via_id":
            return (value == _API) != negative
        case "current_tags":
            return not _spares_our_tickets(condition)
        case _ if operator in _NEEDS_A_CHANGE:
            return field not in _UNTOUCHED and not _is_others_field(field, update)
    return True


def _is_others_field(field: str, update: OurUpdate) -> bool:
    name = field.removeprefix("custom_fields_")
    return name != field and update.own_field_ids is not None and name not in update.own_field_ids


def _spares_our_tickets(condition: Mapping[str, object]) -> bool:
    if condition.get("field") != "current_tags" or condition.get("operator") != "not_includes":
        return False
    value = condition.get("value")
    tags = [str(tag) for tag in value] if isinstance(value, list) else str(value or "").split()
    return bool(ALWAYS_TAGGED & set(tags))


def _conditions(item: Object) -> tuple[list[Object], list[Object]]:
    conditions = item.get("conditions")
    found = conditions if isinstance(conditions, dict) else {}
    return objects(found.get("all")), objects(found.get("any"))
