"""Which kind of value each key of a request takes; the wrong kind is answered, never a crash."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.sandbox.replies import ApiError

Fits = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _flag(value: Any) -> bool:
    return isinstance(value, bool) or value in ("true", "false", 0, 1)


def _id(value: Any) -> bool:
    return not isinstance(value, bool) and (
        isinstance(value, int) or (isinstance(value, str) and value.isdigit())
    )


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(_text(item) for item in value)


def _words(value: Any) -> bool:
    return isinstance(value, str) or _texts(value)


def _object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _with_ids(value: Any) -> bool:
    return _objects(value) and all(_id(item.get("id")) for item in value)


_WORDS: Final[Mapping[Fits, str]] = {
    _text: "a string", _flag: "a boolean", _id: "an integer", _list: "an array",
    _texts: "an array of strings", _words: "an array of strings", _object: "an object",
    _objects: "an array of objects", _with_ids: "an array of objects with an id",
}  # fmt: skip
_RULE: Final[Mapping[str, Fits]] = {
    "title": _text, "description": _text, "active": _flag, "position": _id, "all": _objects,
    "any": _objects, "conditions": _object, "actions": _objects, "category_id": _id,
    "restriction": _object,
}  # fmt: skip
_SHAPES: Final[Mapping[str, Mapping[str, Fits]]] = {
    "ticket": {
        "subject": _text, "raw_subject": _text, "description": _text, "type": _text,
        "priority": _text, "status": _text, "external_id": _text, "recipient": _text,
        "assignee_id": _id, "group_id": _id, "organization_id": _id, "problem_id": _id,
        "ticket_form_id": _id, "brand_id": _id, "requester_id": _id, "submitter_id": _id,
        "via_followup_source_id": _id, "macro_id": _id, "tags": _words, "comment": _object,
        "custom_fields": _with_ids, "fields": _with_ids, "metadata": _object,
        "requester": _object, "safe_update": _flag, "updated_stamp": _text, "due_at": _text,
        "sharing_agreement_ids": _list, "collaborators": _list, "email_ccs": _list,
        "followers": _list,
    },
    "comment": {
        "body": _text, "html_body": _text, "public": _flag, "author_id": _id, "uploads": _words,
    },
    "requester": {"name": _text, "email": _text, "locale": _text},
    "conditions": {"all": _objects, "any": _objects},
    "trigger": _RULE, "automation": _RULE, "macro": _RULE,
    "view": {**_RULE, "output": _object},
    "trigger_category": {"name": _text, "position": _id},
    "ticket_field": {
        "type": _text, "title": _text, "description": _text, "position": _id, "active": _flag,
        "required": _flag, "tag": _text, "custom_field_options": _objects,
        "regexp_for_validation": _text, "title_in_portal": _text, "agent_description": _text,
    },
    "custom_field_option": {"id": _id, "name": _text, "value": _text, "default": _flag},
    "ticket_form": {
        "name": _text, "position": _id, "active": _flag, "default": _flag,
        "ticket_field_ids": _list, "agent_conditions": _objects,
        "end_user_conditions": _objects, "restricted_brand_ids": _list,
    },
    "webhook": {
        "name": _text, "description": _text, "status": _text, "endpoint": _text,
        "http_method": _text, "request_format": _text, "subscriptions": _texts,
        "authentication": _object, "custom_headers": _object,
    },
    "request": {
        "endpoint": _text, "http_method": _text, "request_format": _text, "payload": _text,
        "authentication": _object, "custom_headers": _object,
    },
    "authentication": {"type": _text, "data": _object, "add_position": _text},
    "group": {"name": _text, "description": _text, "default": _flag, "is_public": _flag},
    "group_membership": {"user_id": _id, "group_id": _id, "default": _flag},
}  # fmt: skip
_INNER: Final = ("comment", "requester", "conditions", "authentication", "custom_field_option")


def check_shapes(kind: str, given: Mapping[str, Any]) -> None:
    """Refuse the first value of a wrong kind; null clears and is always right."""
    for key, fits in _SHAPES.get(kind, {}).items():
        value = given.get(key)
        if value is None:
            continue
        if not fits(value):
            raise _wrong(key, _WORDS[fits])
        if key in _INNER:
            check_shapes(key, value)
        if key == "custom_field_options":
            for option in value:
                check_shapes("custom_field_option", option)


def _wrong(key: str, kind: str) -> ApiError:
    message = (
        f"You passed an invalid value for the {key} attribute. "
        f"Invalid parameter: {key} must be {kind}"
    )
    return ApiError(400, {"error": {"title": "Invalid attribute", "message": message}})
