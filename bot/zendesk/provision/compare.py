"""Does an object of the account already hold what the files set?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.zendesk.catalog import Kind
from bot.zendesk.listing import Object
from bot.zendesk.macro_text import same_text
from bot.zendesk.reading import objects, text
from bot.zendesk.wanted import Wanted

#: Not every account shows these: older ones have no `agent_description`, and a list of views need
#: not hold how each is shown.
_UNTOLD: Final[Mapping[Kind, frozenset[str]]] = {
    "field": frozenset({"agent_description"}),
    "webhook": frozenset({"subscriptions"}),
    "view": frozenset({"output"}),
}


def same(wanted: object, there: object) -> bool:
    """Is what the files set already there? Keys that Zendesk adds by itself do not count."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and _same_object(wanted, there)
    if isinstance(wanted, list):
        shown = [] if there is None else there
        return (
            isinstance(shown, list)
            and len(wanted) == len(shown)
            and all(same(one, other) for one, other in zip(wanted, shown, strict=True))
        )
    return _scalar(wanted) == _scalar(_alone(there))


def differs(kind: Kind, key: str, wanted: object, there: Object) -> bool:
    """Must this key be written? What an account does not show at all cannot be told, so not."""
    if key not in there and key in _UNTOLD.get(kind, ()):
        return False
    return not same(wanted, there.get(key))


def _alone(value: object) -> object:
    """Some answers put a single value into a list."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _same_object(wanted: Mapping[str, object], there: Mapping[str, object]) -> bool:
    match wanted.get("field"):
        case "current_tags":
            return _same_but_value(wanted, there) and set(_words(wanted)) == set(_words(there))
        case "comment_value_html" | "comment_value":
            return _same_but_value(wanted, there) and same_text(
                text(wanted.get("value")), _said(there.get("value"))
            )
    if "columns" in wanted:
        # A view's answer does not repeat every key of `output`.
        return all(same(value, there[key]) for key, value in wanted.items() if key in there)
    return all(same(value, there.get(key)) for key, value in wanted.items())


def _same_but_value(wanted: Mapping[str, object], there: Mapping[str, object]) -> bool:
    return all(_scalar(value) == _scalar(there.get(key))
               for key, value in wanted.items() if key != "value")  # fmt: skip


def _words(item: Mapping[str, object]) -> list[str]:
    """Zendesk may sort tags, lower their letters, or show them as a list."""
    value = item.get("value")
    said = " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return said.lower().split()


def _said(value: object) -> str:
    """A macro's text may come back as `["channel:all", text]`."""
    if isinstance(value, list):
        return text(value[-1]) if value else ""
    return text(value)


def _scalar(value: object) -> str:
    """Zendesk returns numbers for our strings and null for our empty ones."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def keep_options(item: Wanted, there: Object) -> Wanted:
    """Zendesk drops every option that a PUT does not list, from tickets too: list foreign ones."""
    ours = objects(item.payload.get("custom_field_options"))
    standing = objects(there.get("custom_field_options"))
    if not ours:
        return item
    known = {option.get("value"): option.get("id") for option in standing}
    named = [
        {"id": known[option["value"]], **option} if option["value"] in known else option
        for option in ours
    ]
    values = {option["value"] for option in ours}
    foreign = [
        {key: option[key] for key in ("id", "name", "value") if key in option}
        for option in standing
        if option.get("value") not in values
    ]
    return replace(item, payload={**item.payload, "custom_field_options": [*named, *foreign]})
