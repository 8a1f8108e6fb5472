"""Reads values out of JSON of any shape; what is not there is empty, never an exception."""

import json
import math
import re
from typing import Final, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Object: TypeAlias = dict[str, Json]

#: With a sign and as many digits as any status, size or time has.
_WHOLE: Final = re.compile(r"(-?\d{1,12})\d*")

#: No number in a HAR is longer than this, not even a float written out.
_MOST_DIGITS: Final = 40


def _finite(text: str) -> float | None:
    """Return the number; 1e309 would become an infinity, which no JSON can hold."""
    number = float(text)
    return number if math.isfinite(number) else None


def _countable(text: str) -> int | None:
    """Return the number; `int` itself raises for thousands of digits."""
    return int(text) if len(text) <= _MOST_DIGITS else None


#: Control characters are allowed, and what is no number in JSON is null.
DECODER: Final = json.JSONDecoder(
    strict=False, parse_constant=lambda _: None, parse_float=_finite, parse_int=_countable
)


def parsed(text: str) -> Json:
    """Return the value of a JSON text, control characters allowed; ValueError when it is none."""
    try:
        value: Json = DECODER.decode(text)
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
    if isinstance(node, str):
        whole = _WHOLE.fullmatch(node.strip())
        return int(whole[1]) if whole else None
    if isinstance(node, float):
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
