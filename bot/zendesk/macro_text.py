"""A macro's draft: Markdown of a file as the HTML, or plain text, that Zendesk's editor gets."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from jinja2 import UndefinedError
from markdown_it import MarkdownIt

from bot.runbook.snippet import render, template
from bot.zendesk.reading import stripped

#: Documented placeholders that a draft to a customer may hold: H:4408886858138.
PLACEHOLDERS: Final = frozenset(
    {
        "ticket.id", "ticket.requester.first_name", "ticket.requester.name",
        "ticket.assignee.name", "current_user.name", "current_user.first_name",
    }
)  # fmt: skip
_PLACEHOLDER: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class DraftError(Exception):
    """A draft names a value that nobody gives it."""


def macro_text_problems(markdown: str) -> list[str]:
    """Everything in a draft that Zendesk would run as something else than we mean."""
    found = [
        f"comment: {{{{{name}}}}} is not a placeholder that a draft may hold"
        for name in sorted(set(_PLACEHOLDER.findall(markdown)) - PLACEHOLDERS)
    ]
    if re.search(r"\{\{|\{%|\}\}", _PLACEHOLDER.sub("", markdown)):
        found.append("comment: `{{`, `}}` and `{%` are Zendesk's; put a space between the braces")
    try:
        template(markdown)
    except Exception as error:  # noqa: BLE001  whatever Jinja dislikes about it
        found.append(f"comment: {error}")
    return found


def draft_html(markdown: str, words: Mapping[str, str]) -> str:
    """Return the draft as HTML; `DraftError` names a word that is not known."""
    try:
        return str(_parser().render(render(markdown, words))).strip()
    except UndefinedError as error:
        raise DraftError(str(error)) from error


def draft_text(html: str) -> str:
    """The same for an account whose macros take plain text only."""
    return stripped(html)


def same_text(one: str, other: str) -> bool:
    """Zendesk stores HTML in its own spelling: what counts is what people read."""
    return "".join(stripped(one).split()) == "".join(stripped(other).split())


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": False, "linkify": False})
