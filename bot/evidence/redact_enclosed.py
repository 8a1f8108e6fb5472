r"""Values between marks: `<password>…</password>`, the part `name="password"` of a multipart."""

import re
from collections.abc import Iterator
from typing import Final

from bot.evidence.redact_marks import CLOSES, OPENS, QUOTE
from bot.evidence.secret_values import looks_chosen

_LONGEST: Final = 20_000
_NEW_LINE: Final = r"(?:\r?\n|(?:\\{1,4}r)?\\{1,4}n)"
_PART: Final = re.compile(
    r"\]?\\{0,4}\"(?:;[^\r\n\\]{0,20}[^\r\n]{0,200}?)?"
    rf"(?:{_NEW_LINE}[A-Za-z-]{{1,40}}:[^\r\n\\]{{0,200}}){{0,4}}{_NEW_LINE}{_NEW_LINE}"
)
_PART_NAME: Final = re.compile(r"\bname=\\{0,4}\"[\w\[-]{0,40}\Z")
_PART_END: Final = re.compile(rf"{_NEW_LINE}--|\Z")

#: HTML shows examples of programs in it.
_PROSE: Final = "code"
#: Before an element's name: its angle and its name space.
_HEAD_BEFORE: Final = re.compile(rf"{OPENS}(?:[\w.-]{{1,40}}:)?\Z")
_REACH: Final = 60
_LAST_BEFORE: Final = frozenset("<:;cC")
#: The attributes of an element and its end; no element that is closed at once.
_REST: Final = rf"(?:(?!{OPENS}|\\?/{CLOSES}|{CLOSES})(?:.|\n)){{0,600}}?{CLOSES}"
_HEAD_AFTER: Final = re.compile(rf"(?=\s|\\|%20|{CLOSES}){_REST}")
_FOOT: Final = re.compile(rf"{OPENS}\s*\\{{0,4}}/")
_MARKUP: Final = re.compile(
    rf"<!\[CDATA\[|\]\]>|{OPENS}!\[CDATA\[|\]\]{CLOSES}|{OPENS}(?:(?!{CLOSES})(?:.|\n)){{0,600}}{CLOSES}"
)
_BLANK: Final = re.compile(r"(?:\s|\\{1,4}[nrt])*")

Span = tuple[int, int]


def enclosed_values(text: str, start: int, stop: int) -> list[Span] | None:
    """Return where the values of the name at start:stop lie when marks enclose them."""
    if text[start - 1 : start] in _LAST_BEFORE and start:
        found = _in_element(text, start, stop)
        if found is not None:
            return found
    if text[stop : stop + 1] in {'"', "]", "\\"} and "name=" in text[max(0, start - 60) : start]:
        return _in_part(text, start, stop)
    return None


def _in_element(text: str, start: int, stop: int) -> list[Span] | None:
    name = text[start:stop]
    if name.lower() == _PROSE or not _HEAD_BEFORE.search(text, max(0, start - _REACH), start):
        return None
    head = _HEAD_AFTER.match(text, stop)
    if head is None:
        return None
    end = _end_of(text, name, head.end())
    pieces = list(_pieces(text, head.end(), end)) if end is not None else []
    if len(pieces) > 1:
        pieces = [piece for piece in pieces if looks_chosen(text[slice(*piece)])]
    return pieces or None


def _end_of(text: str, name: str, start: int) -> int | None:
    """Return where the element is closed; an element in an element may have its name's words."""
    limit = min(len(text), start + _LONGEST)
    first = _FOOT.search(text, start, limit)
    if first is None:
        return None
    at = first.start()
    while first is not None:
        if text.startswith(name, first.end()) or text[first.end() : limit].partition(":")[
            2
        ].startswith(name):
            return first.start()
        first = _FOOT.search(text, first.end(), limit)
    return at


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the words between the marks of what an element holds."""
    at = start
    for mark in _MARKUP.finditer(text, start, end):
        yield from _bare(text, at, mark.start())
        at = mark.end()
    yield from _bare(text, at, end)


def _bare(text: str, start: int, end: int) -> Iterator[Span]:
    blank = _BLANK.match(text, start, end)
    first = blank.end() if blank else start
    last = first + len(re.sub(r"(?:\s|\\{1,4}[nrt])+\Z", "", text[first:end]))
    if first < last:
        yield first, last


def _in_part(text: str, start: int, stop: int) -> list[Span] | None:
    head = _PART.match(text, stop)
    if head is None or not _PART_NAME.search(text[max(0, start - 60) : start]):
        return None
    end = _PART_END.search(text, head.end(), head.end() + _LONGEST)
    return [(head.end(), end.start())] if end else None


_NAMING: Final = re.compile(
    rf"{OPENS}(?P<tag>[\w:.-]{{1,40}})\s(?:(?!{CLOSES}).){{0,300}}?\b(?:name|id|key|field)\s*=\s*"
    rf"{QUOTE}[\w\[.-]{{0,40}}\Z"
)
_NAMED_REST: Final = re.compile(rf"\]?{QUOTE}{_REST}")
#: Elements whose whole purpose is to hold the value of what they name.
_HOLDERS: Final = re.compile(
    r"(?:\w+:)?(?:textarea|property|entry|string|item|param(?:eter)?|field|value|var(?:iable)?"
    r"|setting|prop|attribute|output)\Z",
    re.IGNORECASE,
)
#: Elements of HTML that hold nothing: what follows them is not theirs.
_EMPTY: Final = frozenset({"input", "meta", "link", "img", "br", "hr", "embed", "source"})
_TAG_AT: Final = re.compile(rf"{OPENS}[A-Za-z/]")
_TAG: Final = rf"{OPENS}\\{{0,4}}/?[A-Za-z](?:(?!{CLOSES}|{OPENS})(?:.|\n)){{0,300}}{CLOSES}\s*"
#: The end of the element that shows a name, and the beginning of the one that shows its value.
_SHOWN: Final = re.compile(
    rf"\s*:?\s*{OPENS}\\{{0,4}}/[A-Za-z]\w{{0,20}}\s*{CLOSES}\s*:?\s*(?:{_TAG}){{1,5}}"
)
_WORD: Final = re.compile(r"(?:(?!&lt;|\\{1,4}u003[cC]|%3[cC]|\\{1,4}[nrt])[^\s<]){4,400}")


def named_element(text: str, start: int, stop: int) -> Span | None:
    """Return the value in `<property name="password">…</property>`, `<textarea name=…>…`."""
    rest = _NAMED_REST.match(text, stop)
    if rest is None:
        return None
    naming = _NAMING.search(text, max(0, start - 400), start)
    if naming is None or naming["tag"].lower() in _EMPTY:
        return None
    end = _FOOT.search(text, rest.end(), rest.end() + _LONGEST)
    spans = list(_pieces(text, rest.end(), end.start())) if end else []
    if len(spans) != 1 or _TAG_AT.search(text, rest.end(), spans[0][0]):
        return None
    value = text[slice(*spans[0])]
    if _HOLDERS.match(naming["tag"]) or (looks_chosen(value) and " " not in value):
        return spans[0]
    return None


def shown_value(text: str, stop: int) -> Span | None:
    """Return the value in `<dt>Token</dt><dd>…</dd>`, `<td>Token</td><td>…</td>` and the like."""
    between = _SHOWN.match(text, stop)
    word = _WORD.match(text, between.end()) if between else None
    if word is None or not looks_chosen(word[0]):
        return None
    closed = _FOOT.match(text, word.end()) or re.match(r"\s*<", text[word.end() : word.end() + 40])
    return word.span() if closed else None
