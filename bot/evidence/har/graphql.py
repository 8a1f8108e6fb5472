"""Finds the activation among the GraphQL calls of a request, and its part of the answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.evidence.har.body import answered_text, path_of, posted_pairs, posted_text, query_pairs
from bot.evidence.har.node import Json, Object, list_at, object_at, parsed, text_at
from bot.evidence.har.repair import repaired

#: The browser's mutation; `cloudActivationActivate` is the instance's own call to the portal.
_FIELD: Final = re.compile(
    r"(?<![\w$])(?P<field>(?:gitlab|exampleCompany)SubscriptionActivate|cloudActivationActivate)\b"
)
_ALIAS: Final = re.compile(r"(\w+)\s*:\s*\Z")
_SYNC: Final = re.compile(
    r"\b\w*(?:subscriptionSync|syncSubscription|seatLinkSync|syncSeatLink)\w*", re.IGNORECASE
)
_NAMES: Final = re.compile(
    r"(?:activate_?subscription|(?:gitlab|exampleCompany)SubscriptionActivate"
    r"|subscription_?activate|cloudActivationActivate)\Z",
    re.IGNORECASE,
)
_VARIABLE: Final = re.compile(r"\"(?:activationCode|\w*SubscriptionActivateInput)\"")
_LONGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation that was sent, alone or in a batch."""

    index: int
    of: int
    name: str
    query: str
    variables: str
    """The variables as text."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The part of an answer that belongs to one operation."""

    readable: bool
    """False when the body is missing or is no JSON object."""
    errors: tuple[str, ...] = ()
    """The product's own words."""
    succeeded: bool = False


def operations(request: Object) -> Iterator[Operation]:
    """Yield the GraphQL operations of a request, whatever way they were sent."""
    documents = list(_documents(request))
    for index, document in enumerate(documents):
        yield Operation(
            index,
            len(documents),
            text_at(document, "operationName") or text_at(document, "id"),
            text_at(document, "query") or text_at(document, "mutation"),
            _shown(document.get("variables")),
        )


def _shown(variables: Json) -> str:
    if isinstance(variables, str):
        return variables
    return str(variables).replace("'", '"') if variables else ""


def _documents(request: Object) -> Iterator[Object]:
    text = posted_text(request)[:_LONGEST]
    yield from _objects(text)
    if text.lstrip().startswith(("{", "[")):
        return
    pairs = posted_pairs(request)
    for name, value in pairs:
        if name == "operations":
            yield from _objects(value)
        elif name.startswith(("{", "[")):
            yield from _objects(f"{name}={value}" if value else name)
    fields: Object = {**dict(query_pairs(request)), **dict(pairs)}
    if "query" in fields or "operationName" in fields or "extensions" in fields:
        yield fields
    elif "graphql" in text_at(request, "postData", "mimeType") and text:
        yield {"query": text}


def _objects(text: str) -> Iterator[Object]:
    if not text.lstrip("\ufeff \r\n\t").startswith(("{", "[")):
        return
    try:
        value = parsed(text)
    except ValueError:
        value = repaired(text)
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield item


def is_graphql(request: Object) -> bool:
    """Say whether a request goes to a GraphQL endpoint."""
    return path_of(request).rstrip("/").endswith(("graphql", "graphql.json"))


def activates(operation: Operation) -> bool:
    """Say whether an operation asks the product to activate a code."""
    if operation.query:
        return _field(operation) is not None
    return bool(_NAMES.match(operation.name) or _VARIABLE.search(operation.variables))


def syncs(operation: Operation) -> bool:
    """Say whether an operation asks the product to synchronise its subscription."""
    return bool(_SYNC.search(operation.query or operation.name))


_DEFINED: Final = re.compile(r"\b(?:query|mutation|subscription)\s+(\w+)")
_COMMENT: Final = re.compile(r"(?m)#[^\n]*$")
_TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def _field(operation: Operation) -> re.Match[str] | None:
    """Return where the mutation is called, outside comments, strings and other operations."""
    if "Activat" not in operation.query:
        return None
    query = _TEXT.sub('""', _COMMENT.sub("", operation.query))
    named = list(_DEFINED.finditer(query))
    if len(named) > 1 and operation.name:
        for one, following in zip(named, [*named[1:], None], strict=True):
            if one[1] == operation.name:
                end = following.start() if following else len(query)
                return _FIELD.search(query, one.end(), end)
    return _FIELD.search(query)


def _alias(match: re.Match[str]) -> str:
    """Return the name under which the query asks for the field."""
    before = _ALIAS.search(match.string[max(0, match.start() - 80) : match.start()])
    return before[1] if before else ""


def portal_call(operation: Operation) -> bool:
    """Say whether this is the instance's call to the portal, seen by a recording proxy."""
    return "cloudActivationActivate" in operation.query or operation.name.lower().startswith(
        "cloudactivation"
    )


def answer_to(operation: Operation, response: Object) -> Answer:
    """Return what the answer says about the operation."""
    return read_answer(operation, answered_text(response)[:_LONGEST])


def read_answer(operation: Operation, body: str) -> Answer:
    """Return what this text of an answer says about the operation."""
    value = _read(body)
    if isinstance(value, list):
        value = value[operation.index] if operation.index < len(value) else (value or [None])[0]
    if not isinstance(value, dict):
        return Answer(readable=False)
    return _judged(operation, value)


def answered_activation(body: str) -> Operation | None:
    """Return the activation that this answer is about, when the question is not known."""
    if "ubscriptionActivate" not in body[:_LONGEST]:
        return None
    value = _read(body[:_LONGEST])
    answers = value if isinstance(value, list) else [value]
    for index, answer in enumerate(answers):
        if any(_NAMES.match(key) for key in object_at(answer, "data")):
            return Operation(index, len(answers), "activateSubscription", "", "")
    return None


_EVENT: Final = re.compile(r"(?m)^data:\s*(\{.*)$")
#: An answer in parts, as with `@defer`: the first part holds the payload.
_PART: Final = re.compile(r"(?m)\A-{2,}[^\0]*?^(\{.*)$")


def _read(body: str) -> Json:
    text = (
        body.lstrip("\ufeff \r\n\t").removeprefix(")]}'").removeprefix("for(;;);").lstrip(", \r\n")
    )
    if not text.startswith(("{", "[")):
        event = _EVENT.search(text) or _PART.match(text)
        if event is None:
            return None
        text = event[1]
    try:
        return parsed(text)
    except ValueError:
        return repaired(text)


def _judged(operation: Operation, answer: Object) -> Answer:
    payload = _payload(operation, answer)
    errors = _messages(list_at(payload, "errors"))
    if not errors and object_at(payload, "license"):
        return Answer(readable=True, succeeded=True)  # errors beside it are another field's
    errors += _messages(list_at(answer, "errors"))
    if not errors:
        errors = _plain_errors(answer)
    succeeded = payload is not None and not errors
    return Answer(readable=True, errors=tuple(dict.fromkeys(errors)), succeeded=succeeded)


def _payload(operation: Operation, answer: Object) -> Object | None:
    data = object_at(answer, "data")
    match = _field(operation) if operation.query else None
    names = (_alias(match), match["field"]) if match else ()
    for name in names:
        if name and isinstance(data.get(name), dict):
            return object_at(data, name)
    return next(
        (object_at(data, key) for key in data if _NAMES.match(key) and object_at(data, key)), None
    )


def _messages(errors: list[Json]) -> list[str]:
    said = []
    for error in errors:
        message = error if isinstance(error, str) else text_at(error, "message")
        if message.strip():
            said.append(message.strip())
    return said


def _plain_errors(answer: Object) -> list[str]:
    """Return the words of an answer that is no GraphQL: `{"message": "401 Unauthorized"}`."""
    if "data" in answer:
        return []
    for key in ("message", "error_description", "error", "errors"):
        said = answer.get(key)
        if isinstance(said, str) and said.strip():
            return [said.strip()]
    return []
