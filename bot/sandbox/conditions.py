"""Do a trigger's or a view's conditions hold for this ticket and this update?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.state import Record

Operator = Callable[["Moment", Record], bool]

STATUS_ORDER: Final = ("new", "open", "pending", "hold", "solved", "closed")
VIA_IDS: Final = {"web": 0, "mail": 4, "api": 5, "rule": 8, "chat": 29}
_IS: Final = ("is", "is_not")
_CHANGES: Final = (
    "changed",
    "not_changed",
    "value",
    "value_previous",
    "not_value",
    "not_value_previous",
)
#: Legal operators by condition field (facts §3); custom fields are added per account.
OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "current_tags": ("includes", "not_includes"),
    "update_type": ("is",),
    "comment_is_public": _IS,
    "comment_includes_word": ("includes", "not_includes", *_IS),
    "subject_includes_word": ("includes", "not_includes", *_IS),
    "current_via_id": _IS,
    "via_id": _IS,
    "role": _IS,
    "requester_role": _IS,
    "requester_id": (*_IS, *_CHANGES),
    "status": (*_IS, "less_than", "greater_than", *_CHANGES),
    "priority": (*_IS, *_CHANGES),
    "type": (*_IS, *_CHANGES),
    "ticket_form_id": (*_IS, *_CHANGES),
    "brand_id": (*_IS, *_CHANGES),
    "organization_id": (*_IS, *_CHANGES),
    "group_id": (*_IS, *_CHANGES),
    "assignee_id": (*_IS, *_CHANGES),
    "attachment": ("", "is", "is_not", "present", "not_present"),
}
CUSTOM_OPERATORS: Final = (*_IS, "present", "not_present", *_CHANGES)


@dataclass(frozen=True, slots=True)
class Moment:
    """A ticket right after an update, and what the update was."""

    ticket: Record
    before: Record | None = None
    """None when the ticket was just created."""
    comment: Record | None = None
    user_id: int = 0
    user_role: str = "agent"
    requester_role: str = "end-user"
    channel: str = "api"
    option_ids: Mapping[str, str] = field(default_factory=dict)
    """Option tag by option id: a condition may name either."""


def hold(conditions: Mapping[str, Any], moment: Moment) -> bool:
    """All of `all` and, when there are some, one of `any`."""
    any_of = conditions.get("any") or []
    return all(_holds(item, moment) for item in conditions.get("all") or []) and (
        not any_of or any(_holds(item, moment) for item in any_of)
    )


def _holds(condition: Record, moment: Moment) -> bool:
    special = _SPECIAL.get(condition["field"])
    return special(moment, condition) if special else _compare(moment, condition)


def _positive(condition: Record) -> bool:
    return str(condition["operator"]) in {"is", "includes"}


def _current_tags(moment: Moment, condition: Record) -> bool:
    found = bool(set(str(condition["value"]).split()) & set(moment.ticket["tags"]))
    return found == _positive(condition)


def _update_type(moment: Moment, condition: Record) -> bool:
    return (str(condition["value"]).lower() == "create") == (moment.before is None)


def _comment_is_public(moment: Moment, condition: Record) -> bool:
    wanted, comment = str(condition["value"]).lower(), moment.comment
    if wanted == "not_relevant":
        found = comment is not None
    elif wanted in {"true", "requester_can_see_comment"}:
        found = comment is not None and bool(comment["public"])
    else:
        found = comment is not None and not comment["public"]
    return found == _positive(condition)


def _words(text: str, condition: Record) -> bool:
    value = str(condition["value"]).lower()
    if condition["operator"] in {"is", "is_not"}:
        return (value in text.lower()) == _positive(condition)
    words = set(text.lower().split())
    return bool(words & set(value.split())) == _positive(condition)


def _comment_words(moment: Moment, condition: Record) -> bool:
    return _words(str((moment.comment or {}).get("plain_body", "")), condition)


def _subject_words(moment: Moment, condition: Record) -> bool:
    return _words(str(moment.ticket["subject"] or ""), condition)


def _current_via(moment: Moment, condition: Record) -> bool:
    found = str(VIA_IDS.get(moment.channel)) == str(condition["value"])
    return found == _positive(condition)


def _via(moment: Moment, condition: Record) -> bool:
    found = str(VIA_IDS.get(moment.ticket["via"])) == str(condition["value"])
    return found == _positive(condition)


def _plays(role: str, user_id: object, value: object) -> bool:
    wanted = str(value)
    if wanted == "agent":
        return role in {"agent", "admin"}
    return wanted in {role, role.replace("-", "_"), str(user_id)}


def _role(moment: Moment, condition: Record) -> bool:
    found = _plays(moment.user_role, moment.user_id, condition["value"])
    return found == _positive(condition)


def _requester_role(moment: Moment, condition: Record) -> bool:
    found = _plays(moment.requester_role, moment.ticket["requester_id"], condition["value"])
    return found == _positive(condition)


def _attachment(moment: Moment, condition: Record) -> bool:
    found = bool(moment.comment and moment.comment["attachments"])
    negative = condition["operator"] in {"is_not", "not_present"} or condition["value"] is False
    return found != negative


def _compare(moment: Moment, condition: Record) -> bool:
    name, operator = condition["field"], str(condition["operator"])
    value = moment.option_ids.get(str(condition.get("value")), condition.get("value"))
    after = _value(moment.ticket, name)
    before = _value(moment.before, name) if moment.before else None
    changed = before != after
    if operator in {"less_than", "greater_than"}:
        distance = STATUS_ORDER.index(after) - STATUS_ORDER.index(str(value))
        return distance < 0 if operator == "less_than" else distance > 0
    results = {
        "is": _same(after, value),
        "value": changed and _same(after, value),
        "value_previous": changed and _same(before, value),
        "present": after not in {None, "", False},
        "changed": changed,
    }
    negated = operator.removeprefix("not_") if operator.startswith("not_") else ""
    if operator == "is_not":
        return not results["is"]
    return not results[negated] if negated else results[operator]


def _same(found: object, wanted: object) -> bool:
    if isinstance(found, tuple):
        return str(wanted) in found
    if found is None:
        return wanted in {None, ""}
    return str(found).lower() == str(wanted).lower()


def _value(ticket: Record, name: str) -> Any:
    if name.startswith("custom_fields_"):
        value = ticket["values"].get(name.removeprefix("custom_fields_"))
        return tuple(value) if isinstance(value, list) else value
    return ticket[name]


_SPECIAL: Final[Mapping[str, Operator]] = {
    "current_tags": _current_tags,
    "update_type": _update_type,
    "comment_is_public": _comment_is_public,
    "comment_includes_word": _comment_words,
    "subject_includes_word": _subject_words,
    "current_via_id": _current_via,
    "via_id": _via,
    "role": _role,
    "requester_role": _requester_role,
    "attachment": _attachment,
}
