"""Custom field values and the tags they are: a drop-down's value and its tag are one thing."""

from typing import Any, Final

from bot.sandbox.replies import invalid
from bot.sandbox.state import Record, Store

#: The types that a custom field may have.
CUSTOM_TYPES: Final = frozenset(
    {"text", "textarea", "checkbox", "date", "integer", "decimal", "regexp"}
    | {"partialcreditcard", "multiselect", "tagger", "lookup"}
)


def custom_fields(store: Store) -> list[Record]:
    """The active custom fields, in order."""
    return [
        field
        for field in store.all("ticket_field")
        if field["type"] in CUSTOM_TYPES and field["active"]
    ]


def option_tags(field: Record) -> set[str]:
    """The tags that this field's values are."""
    if field["type"] == "checkbox":
        return {field["tag"]} if field.get("tag") else set()
    return {option["value"] for option in field.get("custom_field_options") or []}


def checked(field: Record, value: Any) -> Any:
    """The value as it is stored, or 422."""
    kind = field["type"]
    if value is None or value == "":
        return False if kind == "checkbox" else None
    if kind == "checkbox":
        return value in {True, "true", "1"}
    if kind == "tagger" and value not in option_tags(field):
        raise invalid("base", f"{field['title']}: {value} is not an option")
    if kind == "multiselect":
        chosen = [value] if isinstance(value, str) else list(value)
        if not set(chosen) <= option_tags(field):
            raise invalid("base", f"{field['title']}: an option does not exist")
        return chosen
    if kind == "integer":
        return _integer(field, value)
    return str(value)


def _integer(field: Record, value: Any) -> str:
    text = str(value)
    if not text.lstrip("-").isdigit():
        raise invalid("base", f"{field['title']}: {text} is not a number")
    return text


def write_value(
    field: Record, value: Any, values: dict[str, Any], tags: list[str]
) -> tuple[dict[str, Any], list[str]]:
    """Set one field; its old option's tag goes and the new one's comes."""
    stored = checked(field, value)
    ours = option_tags(field)
    kept = [tag for tag in tags if tag not in ours]
    new = _tags_of(field, stored)
    return {**values, str(field["id"]): stored}, sorted({*kept, *new})


def follow_tags(store: Store, values: dict[str, Any], tags: list[str]) -> dict[str, Any]:
    """After the tags were set: a field whose tag is gone is cleared, one whose tag came is set."""
    result = dict(values)
    for field in custom_fields(store):
        present = sorted(option_tags(field) & set(tags))
        key = str(field["id"])
        if field["type"] == "tagger" and result.get(key) not in present:
            result[key] = present[0] if present else None
        elif field["type"] == "multiselect":
            result[key] = present or None
        elif field["type"] == "checkbox" and field.get("tag"):
            result[key] = bool(present)
    return result


def _tags_of(field: Record, stored: Any) -> list[str]:
    if field["type"] == "checkbox":
        return [field["tag"]] if stored and field.get("tag") else []
    if field["type"] == "tagger":
        return [stored] if stored else []
    return list(stored or []) if field["type"] == "multiselect" else []
