"""Takes a multipart body apart and puts it together again."""

import re
from collections.abc import Callable
from typing import Final

from bot.evidence.redact_pairs import told_names

_BLANK: Final = re.compile(r"\r?\n\r?\n")
_NAME: Final = re.compile(r"(?i)\bname=(?:\"(?P<name>[^\"]*)\"|(?P<bare>[^;\s]+))")
_LONGEST_BOUNDARY: Final = 200


def with_parts(text: str, head: Callable[[str], str], content: Callable[[str, str], str]) -> str:
    """Return the body with every head and every content (told its field's name) replaced."""
    boundary, line, _ = text.partition("\n")
    boundary = boundary.rstrip("\r")
    if not line or len(boundary) > _LONGEST_BOUNDARY:
        return head(text)
    parts = text.split(boundary)
    bodies = [_BLANK.split(part, maxsplit=1)[-1].rstrip("\r\n") for part in parts]
    names = told_names(list(zip(map(_name, parts), bodies, strict=True)))
    return boundary.join(
        _part(part, name, head, content) for part, name in zip(parts, names, strict=True)
    )


def _name(part: str) -> str:
    """Return the name of the field that a part holds."""
    blank = _BLANK.search(part)
    name = _NAME.search(part, 0, blank.start()) if blank else None
    return (name["name"] or name["bare"] or "") if name else ""


def _part(
    part: str, name: str, head: Callable[[str], str], content: Callable[[str, str], str]
) -> str:
    blank = _BLANK.search(part)
    if blank is None:
        return head(part)
    top, body = part[: blank.start()], part[blank.end() :]
    inside = body.rstrip("\r\n")
    return head(top) + blank[0] + content(inside, name) + body[len(inside) :]
