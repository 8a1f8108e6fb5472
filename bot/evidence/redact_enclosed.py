r"""Values between marks: `<password>…</password>`, the part `name="password"` of a multipart."""

import re
from typing import Final

_LONGEST: Final = 20_000
_NEW_LINE: Final = r"(?:\r?\n|(?:\\{1,4}r)?\\{1,4}n)"
_PART: Final = re.compile(
    r"\]?\\{0,4}\"(?:;[^\r\n\\]{0,20}[^\r\n]{0,200}?)?"
    rf"(?:{_NEW_LINE}[A-Za-z-]{{1,40}}:[^\r\n\\]{{0,200}}){{0,4}}{_NEW_LINE}{_NEW_LINE}"
)
_PART_NAME: Final = re.compile(r"\bname=\\{0,4}\"[\w\[-]{0,40}\Z")
_PART_END: Final = re.compile(rf"{_NEW_LINE}--|\Z")
#: HTML shows examples of programs in it.
_PROSE: Final = frozenset({"code", "state", "key"})


def enclosed_value(text: str, start: int, stop: int) -> tuple[int, int] | None:
    """Return where the value of the name at start:stop lies when marks enclose it."""
    if text[stop : stop + 1] == ">":
        return _in_element(text, start, stop)
    if text[stop : stop + 1] in {'"', "]", "\\"} and "name=" in text[max(0, start - 60) : start]:
        return _in_part(text, start, stop)
    return None


def _in_element(text: str, start: int, stop: int) -> tuple[int, int] | None:
    if text[start - 1 : start] not in {"<", ":"} or text[start:stop].lower() in _PROSE:
        return None
    end = text.find("<", stop, stop + _LONGEST)
    return (stop + 1, end) if end > stop + 1 and text[end + 1 : end + 2] == "/" else None


def _in_part(text: str, start: int, stop: int) -> tuple[int, int] | None:
    head = _PART.match(text, stop)
    if head is None or not _PART_NAME.search(text[max(0, start - 60) : start]):
        return None
    end = _PART_END.search(text, head.end(), head.end() + _LONGEST)
    return (head.end(), end.start()) if end else None
