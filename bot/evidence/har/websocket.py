"""Activations sent over a WebSocket: graphql-ws, the older subscriptions protocol, ActionCable."""

from collections.abc import Iterator
from typing import Final

from bot.evidence.har.graphql import Answer, Operation, read_answer
from bot.evidence.har.node import Json, Object, list_at, object_at, parsed, text_at, unparsed

_ASKS: Final = frozenset({"subscribe", "start"})
_TELLS: Final = frozenset({"next", "data", "error"})


def conversations(entry: Object) -> Iterator[tuple[Operation, Answer | None, str]]:
    """Yield every operation with its answer and the time at which it was sent."""
    messages = [m for m in list_at(entry, "_webSocketMessages") if isinstance(m, dict)]
    decoded = [(text_at(m, "type"), _read(m), m.get("time")) for m in messages]
    for at, (direction, message, when) in enumerate(decoded):
        document = _document(message)
        if document is None or direction == "receive":
            continue
        operation = Operation(
            0, 1, text_at(document, "operationName"), text_at(document, "query"),
            unparsed(document.get("variables")),
        )  # fmt: skip
        later = [m for way, m, _ in decoded[at + 1 :] if way != "send"]
        yield operation, _answer(operation, message, later), str(when or "")


def _read(message: Object) -> Object:
    try:
        value = parsed(text_at(message, "data"))
    except ValueError:
        return {}
    if isinstance(value, list):
        value = next((part for part in value if isinstance(part, dict)), {})
    return value if isinstance(value, dict) else {}


def _document(message: Object) -> Object | None:
    """Return the GraphQL document that a message carries."""
    for inside in (message.get("payload"), message.get("identifier"), message.get("data"), message):
        document = _as_object(inside)
        if "query" in document or "operationName" in document:
            return document
    return None


def _as_object(value: Json) -> Object:
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = parsed(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}


def _answer(operation: Operation, asked: Object, later: list[Object]) -> Answer | None:
    for message in later:
        if not _belongs(asked, message):
            continue
        payload = message.get("payload")
        if isinstance(payload, list):
            payload = {"errors": payload}
        result = payload or object_at(message, "message", "result") or message.get("message")
        if isinstance(result, dict) and text_at(message, "type") in {"", *_TELLS}:
            answer = read_answer(operation, unparsed(result))
            if answer.succeeded or answer.errors:
                return answer
    return None


def _belongs(asked: Object, told: Object) -> bool:
    for key in ("id", "identifier"):
        if asked.get(key) is not None and told.get(key) is not None:
            return asked[key] == told[key]
    return True
