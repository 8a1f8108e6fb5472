"""The one place that builds a comment for Zendesk, and the check that it came out internal."""

import re
from collections.abc import Mapping
from typing import Final

#: Zendesk cuts a longer comment without an error, and our marker stands at its end.
LARGEST_COMMENT: Final = 64_000
#: Zendesk executes `{{…}}` and `{%…%}` in comments; a word joiner between them stops that.
#: developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments#bodies
_PLACEHOLDER: Final = re.compile(r"\{(?=[{%])")
_WORD_JOINER: Final = "\u2060"


def internal_comment(html: str) -> dict[str, object]:
    """Return the comment of an internal note.

    There is no way to ask for a public one: without `public: false` Zendesk would mail the
    runbook to the customer.
    """
    safe = _PLACEHOLDER.sub("{" + _WORD_JOINER, html)
    size = len(safe.encode())
    if size > LARGEST_COMMENT:
        raise ValueError(f"a note of {size} bytes would be cut at {LARGEST_COMMENT}")
    return {"html_body": safe, "public": False}


def comment_event(audit: Mapping[str, object]) -> Mapping[str, object] | None:
    """The Comment event of an audit; its id is the comment's id."""
    events = audit.get("events")
    for event in events if isinstance(events, list) else []:
        if isinstance(event, dict) and event.get("type") == "Comment":
            return event
    return None
