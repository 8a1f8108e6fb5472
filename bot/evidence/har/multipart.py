"""Takes a multipart body apart and puts it together again."""

import re
from collections.abc import Callable
from typing import Final

_BLANK: Final = re.compile(r"\r?\n\r?\n")
_NAME: Final = re.compile(r"(?i)\bname=(?:\"(?P<name>[^\"]*)\"|(?P<bare>[^;\s]+))")
_LONGEST_BOUNDARY: Final = 200


def with_parts(text: str, head: Callable[[str], str], content: Callable[[str, str], str]) -> str:
    """Return the body with every head and every content (told its field's name) replaced."""
    boundary, line, _ = text.partition("\n")
    boundary = boundary.rstrip("\r")
    if not line or len(boundary) > _LONGEST_BOUNDARY:
        return head(text)
    return boundary.join(_part(part, head, content) for part in text.split(boundary))


def _part(part: str, head: Callable[[str], str], content: Callable[[str, str], str]) -> str:
    blank = _BLANK.search(part)
    if blank is None:
        return head(part)
    top, body = part[: blank.start()], part[blank.end() :]
    name = _NAME.search(top)
    inside = body.rstrip("\r\n")
    shown = content(inside, (name["name"] or name["bare"] or "") if name else "")
    return head(top) + blank[0] + shown + body[len(inside) :]
