"""Reads values out of JSON of any shape; what is not there is empty, never an exception."""

import json
from typing import Final, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Object: TypeAlias = dict[str, Json]

_DECODER: Final = json.JSONDecoder(strict=False, parse_constant=lambda _: None)


def parsed(text: str) -> Json:
    """Return the value of a JSON text, control characters allowed; ValueError when it is none."""
    try:
        value: Json = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def unparsed(value: Json) -> str:
    """Return the value as compact JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def object_at(node: Json, *keys: str) -> Object:
    """Return the object at the end of the path, an empty one when there is none."""
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def list_at(node: Json, *keys: str) -> list[Json]:
    """Return the list at the end of the path, an empty one when there is none."""
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node if isinstance(node, list) else []


def text_at(node: Json, *keys: str) -> str:
    """Return the string at the end of the path, an empty one when there is none."""
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node if isinstance(node, str) else ""


def number_at(node: Json, *keys: str) -> int | None:
    """Return the whole number at the end of the path; digits in a string count."""
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    if isinstance(node, str) and node.strip().lstrip("-").isdecimal():
        return int(node.strip()[:12])
    if isinstance(node, float) and node == node:  # noqa: PLR0124 - NaN is not equal to itself
        return int(node)
    return node if isinstance(node, int) and not isinstance(node, bool) else None


def named_values(items: list[Json]) -> list[tuple[str, str]]:
    """Return the pairs of a HAR list of names and values: headers, parameters, cookies."""
    return [
        (text_at(item, "name"), text_at(item, "value")) for item in items if isinstance(item, dict)
    ]


def header(message: Object, name: str) -> str:
    """Return the first header of that name, whatever its case."""
    return next((v for n, v in named_values(list_at(message, "headers")) if n.lower() == name), "")
