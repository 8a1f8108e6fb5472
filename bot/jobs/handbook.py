"""A page, HTML or Markdown, as its sections: heading, and a hash of the words beneath it."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Final

_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
#: What moves without anybody having written: menus, scripts, the page's frame.
_FRAME: Final = frozenset({"script", "style", "nav", "header", "footer", "noscript", "svg", "head"})
#: Words on both sides of these are two words.
_BLOCKS: Final = frozenset(
    {"p", "div", "li", "br", "tr", "td", "th", "pre", "dt", "dd", "blockquote"}
)
_MARKDOWN_HEADING: Final = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$")
_FENCE: Final = re.compile(r"^\s*(?:```|~~~)")
_FRONT: Final = "front matter"


def sections_of(content_type: str, text: str) -> Mapping[str, str]:
    """Return section to hash. Spaces, mark-up and attributes do not count, words and order do."""
    html = "html" in content_type.lower() or text.lstrip()[:15].lower().startswith("<!doctype html")
    pairs = _of_html(text) if html else _of_markdown(text)
    words: dict[str, str] = {}
    for heading, piece in pairs:
        words[heading] = words.get(heading, "") + piece
    return {
        heading: hashlib.sha256(" ".join(said.split()).encode()).hexdigest()[:16]
        for heading, said in words.items()
        if heading != _FRONT
    }


def _of_markdown(text: str) -> Iterator[tuple[str, str]]:
    heading, fenced = _FRONT, False
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        found = None if fenced else _MARKDOWN_HEADING.match(line)
        if found:
            heading = _name(found[1])
            yield heading, ""
        else:
            yield heading, f"{line}\n"


def _of_html(text: str) -> Iterator[tuple[str, str]]:
    reader = _Sections()
    reader.feed(text)
    reader.close()
    yield from reader.found


class _Sections(HTMLParser):
    """Collects text under the heading that stands before it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._heading = _FRONT
        self._title: list[str] | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  HTMLParser's
        if tag in _FRAME:
            self._hidden += 1
        elif tag in _HEADINGS:
            self._title = []
        elif tag in _BLOCKS:
            self.found.append((self._heading, " "))

    def handle_endtag(self, tag: str) -> None:
        if tag in _FRAME:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _HEADINGS and self._title is not None:
            self._heading = _name("".join(self._title))
            self._title = None
            self.found.append((self._heading, ""))

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._title is not None:
            self._title.append(data)
        else:
            self.found.append((self._heading, data))


def _name(heading: str) -> str:
    """A heading in one line, without an anchor's sign or Markdown's own signs."""
    return " ".join(heading.strip().strip("#¶🔗`*_").split())
