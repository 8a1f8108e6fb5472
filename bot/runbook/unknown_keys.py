"""Which keys of a manifest does its type not know? All of them, so that one run shows all typos."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import msgspec


def unknown_keys(data: Any, kind: Any, at: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return the dotted place of every unknown key, with the keys that are allowed there."""
    origin, args = get_origin(kind), get_args(kind)
    if isinstance(data, dict) and (known := _keys_of(kind)) is not None:
        hints = get_type_hints(kind)
        for key, value in data.items():
            where = f"{at}.{key}" if at else key
            if key not in known:
                yield where, known
            else:
                yield from unknown_keys(value, hints[key], where)
    elif isinstance(data, dict) and origin in (dict, Mapping) and args:
        for key, value in data.items():
            yield from unknown_keys(value, args[1], f"{at}.{key}" if at else key)
    elif isinstance(data, list) and origin in (tuple, list) and args:
        for place, value in enumerate(data):
            yield from unknown_keys(value, args[0], f"{at}[{_label(value, place)}]")


def _keys_of(kind: Any) -> tuple[str, ...] | None:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind.__struct_fields__
    if isinstance(kind, type) and is_dataclass(kind):
        return tuple(item.name for item in fields(kind))
    return None


def _label(value: Any, place: int) -> str:
    return str(value["id"]) if isinstance(value, dict) and "id" in value else str(place)
