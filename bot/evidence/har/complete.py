"""Gives an entry that lost parts of itself what HAR 1.2 demands, so that readers accept it."""

from collections.abc import Mapping
from typing import Final

from bot.evidence.har.node import Json, Object

#: What must be there, and the value that says the least. A time before all others keeps the order.
_ENTRY: Final[Mapping[str, Json]] = {
    "startedDateTime": "1970-01-01T00:00:00.000Z", "time": 0, "request": {}, "response": {},
    "cache": {}, "timings": {},
}  # fmt: skip
_MESSAGE: Final[Mapping[str, Json]] = {
    "httpVersion": "", "cookies": [], "headers": [], "headersSize": -1, "bodySize": -1,
}  # fmt: skip
_REQUEST: Final[Mapping[str, Json]] = {"method": "", "url": "", **_MESSAGE, "queryString": []}
_RESPONSE: Final[Mapping[str, Json]] = {
    "status": 0, "statusText": "", **_MESSAGE, "content": {}, "redirectURL": "",
}  # fmt: skip
_CONTENT: Final[Mapping[str, Json]] = {"size": 0, "mimeType": ""}
_TIMINGS: Final[Mapping[str, Json]] = {"send": 0, "wait": 0, "receive": 0}
_POSTED: Final[Mapping[str, Json]] = {"mimeType": ""}

_ADDED: Final = "_incomplete"
_PAIRS: Final = ("headers", "cookies", "queryString", "params")


def completed(entry: Object) -> Object:
    """Return the entry with stubs for what is missing; `_incomplete` names what they stand for."""
    missing: list[Json] = [key for key in _ENTRY if key not in entry]
    _fill(entry, _ENTRY)
    request, response = _inner(entry, "request"), _inner(entry, "response")
    _fill(request, _REQUEST)
    _fill(response, _RESPONSE)
    _fill(_inner(response, "content"), _CONTENT)
    _fill(_inner(entry, "timings"), _TIMINGS)
    _inner(entry, "cache")
    if "postData" in request:
        _fill(_inner(request, "postData"), _POSTED)
    if missing:
        entry.setdefault(_ADDED, missing)
    return entry


def with_whole_pairs(entry: Object) -> Object:
    """Return an entry of a damaged file without headers and parameters that lost their halves."""
    for message in (_inner(entry, "request"), _inner(entry, "response")):
        places = [message]
        if isinstance(posted := message.get("postData"), dict):
            places.append(posted)
        for place in places:
            for key in _PAIRS:
                if key in place:
                    place[key] = _whole(place[key])
    return entry


def _whole(pairs: Json) -> list[Json]:
    kept: list[Json] = []
    for pair in pairs if isinstance(pairs, list) else []:
        if isinstance(pair, dict) and isinstance(pair.get("name"), str):
            pair.setdefault("value", "")
            kept.append(pair)
    return kept


def _fill(node: Object, wanted: Mapping[str, Json]) -> None:
    for key, value in wanted.items():
        if key not in node:
            node[key] = _fresh(value)


def _fresh(value: Json) -> Json:
    """Return a container of its own: entries must not share theirs."""
    if isinstance(value, dict):
        return {}
    return [] if isinstance(value, list) else value


def _inner(node: Object, key: str) -> Object:
    """Return the object under a key, which becomes one when it is something else."""
    inner = node.get(key)
    if not isinstance(inner, dict):
        inner = node[key] = {}
    return inner
