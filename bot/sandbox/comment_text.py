"""What Zendesk makes of a comment's text: cut, sanitised, placeholders executed, a plain form."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import nh3
from markdown_it import MarkdownIt

#: Returns a placeholder's value, `ticket.id` → "35"; unknown ones become "".
Fill = Callable[[str], str]

MAX_BYTES: Final = 64 * 1024

#: Kept by experience (the documented list is unknown, facts §5.1).
_TAGS: Final = frozenset(
    {"a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6"}
    | {"hr", "i", "img", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "sup", "u", "ul"}
    | {"table", "tbody", "td", "tfoot", "th", "thead", "tr"}
)
_ATTRIBUTES: Final = {"a": {"href", "title"}, "img": {"src", "alt", "width", "height"}}
_BLOCKS = re.compile(r"<(p|ul|ol|h[1-6]|blockquote)>")
_CODE = re.compile(r"(<code\b.*?</code>)", re.DOTALL | re.IGNORECASE)
_PLACEHOLDER = re.compile(r"(?<!\\)\{\{\s*([\w.]*)[^{}]*\}\}|(?<!\\)\{%.*?%\}", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BREAK = re.compile(r"<br\s*/?>\n?", re.IGNORECASE)
_END_OF_BLOCK = re.compile(r"</(p|div|h[1-6]|pre|ul|ol|table|blockquote)>\s*", re.IGNORECASE)
_END_OF_LINE = re.compile(r"</(li|tr)>\s*|<hr\s*/?>", re.IGNORECASE)
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")


@dataclass(frozen=True, slots=True)
class CommentText:
    """The two stored forms of a comment."""

    html_body: str
    plain_body: str


def cut(text: str) -> str:
    """Zendesk cuts a comment at 64 kB and says nothing."""
    return text.encode()[:MAX_BYTES].decode(errors="ignore")


def from_html(text: str, fill: Fill) -> CommentText:
    """A comment given as `html_body`. Placeholders inside <code> stay as they are."""
    parts = _CODE.split(cut(text))
    filled = [
        part if index % 2 else _execute(part, lambda name: html.escape(fill(name)))
        for index, part in enumerate(parts)
    ]
    return _stored("".join(filled))


def from_body(text: str, fill: Fill, *, markdown: bool) -> CommentText:
    """A comment given as `body` through the API: tags stripped, runs of white space collapsed."""
    stripped = _TAG.sub("", cut(text))
    collapsed = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]{2,}", " ", stripped))
    return from_typed(collapsed, fill, markdown=markdown)


def from_typed(text: str, fill: Fill, *, markdown: bool) -> CommentText:
    """A comment as somebody typed it into the form or a mail."""
    text = _execute(cut(text), fill).replace("\\{{", "{{")
    if markdown:
        return _stored(_MARKDOWN.render(text))
    shown = html.escape(text, quote=False)
    paragraphs = [part.replace("\n", "<br>") for part in re.split(r"\n{2,}", shown)]
    return CommentText(
        _wrap(nh3.clean("".join(f"<p>{part}</p>" for part in paragraphs), tags=set(_TAGS))), text
    )


def plain(markup: str) -> str:
    """The plain text of sanitised HTML."""
    text = _END_OF_BLOCK.sub("\n\n", _BREAK.sub("\n", markup))
    text = _TAG.sub("", _END_OF_LINE.sub("\n", text))
    return re.sub(r"\n{3,}", "\n\n", html.unescape(text)).strip()


def _execute(text: str, fill: Fill) -> str:
    return _PLACEHOLDER.sub(lambda found: fill(found[1]) if found[1] else "", text)


def _stored(markup: str) -> CommentText:
    clean = nh3.clean(markup, tags=set(_TAGS), attributes=_ATTRIBUTES)
    return CommentText(_wrap(clean), plain(clean))


def _wrap(clean: str) -> str:
    inner = _BLOCKS.sub(r'<\1 dir="auto">', clean.strip())
    return f'<div class="zd-comment" dir="auto">{inner}</div>'
