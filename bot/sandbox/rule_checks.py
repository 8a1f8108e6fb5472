"""Are a trigger's, macro's or view's conditions and actions legal in this account?"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from bot.sandbox.conditions import CUSTOM_OPERATORS, OPERATORS
from bot.sandbox.replies import invalid
from bot.sandbox.state import Record, Store
from bot.sandbox.values import CUSTOM_TYPES

#: The legal values of the fields that have a closed list; "" and null stand for none.
_CHOICES: Final[Mapping[str, frozenset[str]]] = {
    "status": frozenset({"new", "open", "pending", "hold", "solved", "closed"}),
    "priority": frozenset({"", "low", "normal", "high", "urgent"}),
    "type": frozenset({"", "question", "incident", "problem", "task"}),
    "update_type": frozenset({"Create", "Change"}),
}
_WITHOUT_VALUE: Final = frozenset({"changed", "not_changed", "present", "not_present", ""})


def read_conditions(given: Mapping[str, Any]) -> Record:
    """`conditions`, or `all` and `any` at the top; what is not given is empty."""
    nested = given.get("conditions")
    source = nested if isinstance(nested, Mapping) else given
    return {"all": list(source.get("all") or []), "any": list(source.get("any") or [])}


def check_conditions(
    store: Store, conditions: Record, legal: Mapping[str, tuple[str, ...]] = OPERATORS
) -> Record:
    """Return them in Zendesk's shape, or 422; `legal` names the operators of each field."""
    items = [*conditions["all"], *conditions["any"]]
    if not items:
        raise invalid("base", "You must select at least one condition")
    for item in items:
        _check_condition(store, item, legal)
    return {key: [_condition(item) for item in conditions[key]] for key in ("all", "any")}


def check_actions(store: Store, actions: object, allowed: Collection[str]) -> list[Record]:
    """Return the actions, or 422."""
    if not isinstance(actions, list) or not actions:
        raise invalid("base", "You must select at least one action")
    for action in actions:
        if not isinstance(action, Mapping):
            raise invalid("base", "Invalid action: it is not an object")
        name = str(action.get("field", ""))
        if name.startswith("custom_fields_"):
            _check_custom(store, name)
        elif name not in allowed:
            raise invalid("base", f"Invalid action: {name} is not a valid action")
        if name == "notification_webhook":
            _check_webhook(store, action.get("value"))
        else:
            _check_value(name, action.get("value"), lists=True)
    return [{"field": item["field"], "value": item.get("value")} for item in actions]


def _condition(item: Record) -> Record:
    return {key: item.get(key) for key in ("field", "operator", "value")}


def _check_condition(store: Store, item: Record, legal: Mapping[str, tuple[str, ...]]) -> None:
    if not isinstance(item, Mapping):
        raise invalid("base", "Invalid condition: it is not an object")
    name, operator = str(item.get("field", "")), str(item.get("operator") or "")
    custom = name.startswith("custom_fields_")
    operators = CUSTOM_OPERATORS if custom else legal.get(name, ())
    if not operators:
        raise invalid("base", f"Invalid condition: {name} is not a valid field")
    if operator not in operators:
        raise invalid("base", f"Invalid condition: {operator} is not an operator of {name}")
    if custom:
        _check_custom(store, name)
    needed = operator not in _WITHOUT_VALUE
    _check_value(name, item.get("value"), lists=False, closed=needed and not custom)


def _check_value(name: str, value: object, *, lists: bool, closed: bool = True) -> None:
    """One word, or in an action also a list of words; closed lists know their own."""
    parts = value if lists and isinstance(value, list) and name not in _CHOICES else [value]
    for part in parts:
        if not isinstance(part, str | int | float | None):
            raise invalid("base", f"Invalid value for {name}: it is not text")
    legal = _CHOICES.get(name) if closed else None
    if legal is not None and str("" if value is None else value) not in legal:
        raise invalid("base", f"Invalid value for {name}: {value} is not possible")


def _check_custom(store: Store, name: str) -> None:
    field = store.get("ticket_field", name.removeprefix("custom_fields_"))
    if field is None or field["type"] not in CUSTOM_TYPES:
        raise invalid("base", f"Invalid field: {name} was deleted and is no longer valid")


def _check_webhook(store: Store, value: object) -> None:
    if (
        not isinstance(value, list)
        or len(value) < 2  # noqa: PLR2004  webhook id and body
        or not isinstance(value[0], str)
    ):
        raise invalid("base", "Notify webhook: the value is [webhook_id, body]")
    if store.get("webhook", value[0]) is None:
        raise invalid("base", "Notify webhook: the webhook does not exist")
