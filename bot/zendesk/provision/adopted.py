"""An object that was there before us: what we ask of it, and what we leave as it is."""

from dataclasses import replace
from typing import Final

from bot.zendesk.listing import Object
from bot.zendesk.marks import marked, without_mark
from bot.zendesk.reading import objects, text
from bot.zendesk.wanted import Wanted

#: Values that `reading` understands of a field of another type.
_READABLE: Final = frozenset(
    {"text", "textarea", "regexp", "integer", "decimal", "tagger", "checkbox", "date"}
)
#: The only field that the bot writes must be a drop-down with our own options.
_WRITTEN: Final = "scenario"


def as_adopted(item: Wanted) -> Wanted:
    """What the files want of an adopted object: of a field little, of a rule everything."""
    if item.kind == "field":
        kept: Object = {}
        if item.key == _WRITTEN:
            kept["custom_field_options"] = item.payload["custom_field_options"]
        return replace(item, payload=kept, at_first={})
    words = text(item.payload["description"])
    return replace(
        item, payload={**item.payload, "description": marked(words, item.key, adopted=True)}
    )


def adoption(item: Wanted, there: Object) -> Object:
    """The write that adopts: the mark, where agents read it and customers do not."""
    place = "agent_description" if item.kind == "field" else "description"
    return {place: marked(text(there.get(place)), item.key, adopted=True)}


def release(there: Object) -> Object:
    """The write that takes the mark off again."""
    return {
        place: without_mark(text(there[place])).strip()
        for place in ("description", "agent_description")
        if without_mark(text(there.get(place))) != text(there.get(place))
    }


def why_not(item: Wanted, there: Object) -> str:
    """Why this object cannot be adopted; empty when it can."""
    if item.kind == "webhook" and there.get("subscriptions") not in (
        None, item.payload["subscriptions"],
    ):  # fmt: skip
        return "it is subscribed to events, and Zendesk never makes a trigger's webhook of it"
    if item.kind != "field":
        return ""
    kind = there.get("type")
    if item.key == _WRITTEN and kind != "tagger":
        return f"the bot writes it, so it must be a drop-down, and its type is {kind!r}"
    return "" if kind in _READABLE else f"the bot cannot read a field of type {kind!r}"


def options_of(item: Wanted, there: Object) -> dict[str, str]:
    """Their option tag → our value, for options that people read alike."""
    prefix = f"cl_{item.key}_"
    ours = {
        text(option.get("name")).casefold(): text(option.get("value")).removeprefix(prefix)
        for option in objects(item.payload.get("custom_field_options"))
    }
    return {
        tag: ours[name]
        for option in objects(there.get("custom_field_options"))
        if (tag := text(option.get("value"))) and not tag.startswith(prefix)
        and (name := text(option.get("name")).casefold()) in ours
    }  # fmt: skip
