"""A note's Markdown as the HTML that may enter Zendesk: allow-listed, and nothing executes."""

from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt

#: Zendesk cuts a comment over 64 kB without an error.
CEILING: Final = 60_000
_TAGS: Final = {
    "a", "b", "blockquote", "br", "code", "em", "h3", "h4", "hr", "i", "li", "ol", "p", "pre",
    "strong", "ul",
}  # fmt: skip
#: Zendesk executes `{{ }}` and `{% %}` even inside <pre>; a word joiner takes that away unseen.
_BREAK: Final = "\u2060"


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False})


def to_html(markdown: str) -> str:
    """Return the HTML of a note, at most 60 kB."""
    kept = markdown.encode()[:CEILING].decode(errors="ignore")
    html = _sanitised(kept)
    lines = kept.splitlines()
    while len(html.encode()) > CEILING:
        lines = lines[: len(lines) * 3 // 4]
        html = _sanitised("\n".join(lines))
    return html


def _sanitised(markdown: str) -> str:
    html = _parser().render(markdown)
    clean = nh3.clean(
        html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https"}, link_rel="noopener"
    )
    return break_templates(clean)


def break_templates(text: str) -> str:
    """Break up what Zendesk would run as a placeholder or a Liquid tag."""
    for opening in ("{{", "{%"):
        while opening in text:
            text = text.replace(opening, opening[0] + _BREAK + opening[1])
    return text
