"""What mail, browsers and people do to the check script's block, undone step by step."""

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

#: What may stand between two words of a marker: blanks, invisible characters, tags, entities.
BETWEEN: Final = r"(?:[\s\u00ad\u200b-\u200f\u2060\ufeff]|<[^<>]{1,80}>|&nbsp;|&#160;){1,12}"
_QUOTE_MARKS: Final = re.compile(r"^(?:[ \t\u00a0]*[>|\u2502\u258e]){1,12}", re.MULTILINE)
_ANSI: Final = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
#: Line numbers, times, bullets and initials that a viewer or a mail program puts before a line.
_BEFORE_LINES: Final = re.compile(
    r"^[ \t]*(?:\[?\d{4}-\d\d-\d\d[ T][\d:.,]{5,15}Z?\]?|\[?\d\d:\d\d(?::\d\d)?\]?|\d{1,3}[.:)|]?"
    r"|[*\u2022\u25cf-]|[A-Za-z]{1,4}>)[ \t]+",
    re.MULTILINE,
)
_LINE_ENDS: Final = re.compile(r"[\\=][ \t]*(?=\r?\n|$)")
#: A link in angle brackets, alone or, as chats write it, with its name behind it.
_CHAT_LINK: Final = re.compile(r"<(?:https?|mailto|tel):[^<>\s|]{0,300}\|([^<>|]{1,300})>")
_MARKDOWN_LINK: Final = re.compile(r"\[([^\[\]\n]{0,200})\]\(https?://[^()\s]{0,300}\)")
#: Mail programs write the address of what they take for a link behind it.
_LINKED: Final = re.compile(r"<(?:https?|mailto|tel):[^<>\s]{0,300}>|\(https?://[^()\s]{0,300}\)")
_BARE_LINK: Final = re.compile(r"<((?:https?|mailto|tel):[^<>\s]{0,300})>")
_TAG: Final = re.compile(r"</?[a-z][^<>]{0,300}>", re.IGNORECASE)
_HEX: Final = re.compile(r"=([0-9A-F]{2})")
_STRAIGHT: Final = {
    0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-", 0x2014: "--", 0x2026: "...",
}  # fmt: skip


def cleanings(body: str) -> Iterator[str]:
    """Yield the text with ever more of a mail's marks undone; the checksum tells which fits.

    Each step goes on from the one before it; those that may take too much away stand apart.
    """
    plain = _QUOTE_MARKS.sub("", body)
    yield plain
    for apart in (_from_quoted_printable, _from_json):
        yield from _changed(plain, apart)
    text = plain
    for step in _STEPS:
        for changed in _changed(text, step):
            yield changed
            text = changed
        for apart in _APART:
            yield from _changed(text, apart)


def _changed(text: str, step: Callable[[str], str]) -> Iterator[str]:
    after = step(text)
    if after != text:
        yield after


def _from_quoted_printable(text: str) -> str:
    if "=3D" not in text:
        return text
    return _HEX.sub(lambda m: chr(int(m[1], 16)), re.sub(r"=\r?\n", "", text))


def _from_json(text: str) -> str:
    if "\\n" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text.replace("\\r", "").replace("\\n", "\n")


def _without_terminal_marks(text: str) -> str:
    return _ANSI.sub("", text)


def _unescaped(text: str) -> str:
    # What looks like a link in angle brackets is no tag.
    return html.unescape(html.unescape(text))


def _unlinked(text: str) -> str:
    return _LINKED.sub("", _MARKDOWN_LINK.sub(r"\1", _CHAT_LINK.sub(r"\1", text)))


def _without_tags(text: str) -> str:
    return _TAG.sub("", text)


def _straightened(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.translate(_STRAIGHT))
    return text.replace("\\_", "_").replace("hxxp", "http")


def _without_line_marks(text: str) -> str:
    return _QUOTE_MARKS.sub("", _BEFORE_LINES.sub("", text))


def _without_line_ends(text: str) -> str:
    return _LINE_ENDS.sub("", text)


def _unwrapped_links(text: str) -> str:
    return _BARE_LINK.sub(r"\1", _CHAT_LINK.sub(r"\1", text))


_STEPS: Final = (_without_terminal_marks, _unescaped, _unlinked, _without_tags, _straightened)
_APART: Final = (_unwrapped_links, _without_line_marks, _without_line_ends)
