"""Comments: written once, shown in Zendesk's three forms, made private or redacted."""

import html
import re
from collections.abc import Mapping
from typing import Any, Final

from bot.sandbox.attachments import present_attachment, use_uploads
from bot.sandbox.comment_text import CommentText, from_body, from_html, from_typed, plain
from bot.sandbox.edit import Edit, via
from bot.sandbox.placeholders import filler
from bot.sandbox.replies import invalid
from bot.sandbox.state import Record

MAX_COMMENTS: Final = 5000
_REDACT = re.compile(r"<redact>(.*?)</redact>", re.DOTALL | re.IGNORECASE)
_WRAPPER = re.compile(r'^\s*<div class="zd-comment"[^>]*>(.*)</div>\s*$', re.DOTALL)
_BLOCK: Final = "▇"


def write(edit: Edit, given: Mapping[str, Any]) -> Record:
    """Add the comment to the edit; its id is the id of the audit's Comment event."""
    store, ticket = edit.box.store, edit.ticket
    if store.count("comment", ticket["id"]) >= MAX_COMMENTS:
        raise invalid("base", f"Comments: a ticket has at most {MAX_COMMENTS}")
    author = given.get("author_id") or edit.actor.user_id
    text = _text(edit, given, author)
    public = given.get("public")
    comment = {
        "id": store.next_id(),
        "type": "Comment",
        "ticket_id": ticket["id"],
        "author_id": author,
        "body": text.plain_body,
        "html_body": text.html_body,
        "plain_body": text.plain_body,
        # The default follows the ticket's creation (facts §5.1), which is mostly public.
        "public": ticket["first_public"] if public is None else bool(public),
        "attachments": use_uploads(edit.box, given.get("uploads") or []),
        "audit_id": None,
        "via": via(edit.actor.channel),
        "created_at": edit.box.now(),
        "metadata": {"system": {}, "custom": {}},
    }
    edit.comment = comment
    edit.ticket = {**ticket, "is_public": ticket["is_public"] or comment["public"]}
    edit.events.insert(0, event_of(comment))
    # Placeholders of a trigger must find it; `_commit` stores it again with its audit.
    return store.put("comment", comment)


def present_comment(comment: Record, host: str) -> Record:
    """A comment as the API shows one."""
    shown = {key: value for key, value in comment.items() if key != "ticket_id"}
    files = [present_attachment(file, host) for file in comment["attachments"]]
    return {**shown, "attachments": files}


def present_event(event: Record, host: str) -> Record:
    """An audit's event as the API shows one."""
    if "attachments" not in event:
        return event
    return {**event, "attachments": [present_attachment(f, host) for f in event["attachments"]]}


def made_private(comment: Record) -> Record:
    """The comment as an internal note."""
    return {**comment, "public": False}


def redacted_text(comment: Record, text: str) -> Record:
    """The comment with every occurrence of this text blacked out."""
    black = _BLOCK * len(text)
    return _with_html(comment, comment["html_body"].replace(html.escape(text), black))


def redacted_html(comment: Record, marked: str, urls: list[str]) -> Record:
    """The comment after a redaction by `<redact>` marks and attachment addresses."""
    inner = _REDACT.sub(lambda found: _BLOCK * len(plain(found[1])), _WRAPPER.sub(r"\1", marked))
    result = (
        _with_html(comment, from_html(inner, lambda _name: "").html_body) if marked else comment
    )
    tails = tuple(url.partition("/attachments/")[2] for url in urls)
    files = [_emptied(file) if file["content_url"].endswith(tails) else file
             for file in comment["attachments"]] if tails else comment["attachments"]  # fmt: skip
    return {**result, "attachments": files}


def without_attachment(comment: Record, attachment_id: int) -> Record:
    """The comment with this file replaced by an empty `redacted.txt`."""
    files = [_emptied(f) if f["id"] == attachment_id else f for f in comment["attachments"]]
    return {**comment, "attachments": files}


def _with_html(comment: Record, markup: str) -> Record:
    text = plain(markup)
    return {**comment, "html_body": markup, "plain_body": text, "body": text}


def _emptied(file: Record) -> Record:
    return {**file, "file_name": "redacted.txt", "size": 0, "content_type": "text/plain",
            "deleted": True}  # fmt: skip


def _text(edit: Edit, given: Mapping[str, Any], author: int) -> CommentText:
    fill = filler(edit.box.store, edit.ticket, edit.actor.user_id, edit.host)
    if given.get("html_body"):
        return from_html(str(given["html_body"]), fill)
    user = edit.box.store.get("user", author) or {}
    by_agent = user.get("role") != "end-user"
    text = str(given.get("body") or "")
    if edit.actor.channel == "api":
        return from_body(text, fill, markdown=by_agent)
    return from_typed(text, fill, markdown=by_agent)


def event_of(comment: Record) -> Record:
    """The audit's event of a comment."""
    keys = ("id", "type", "author_id", "body", "html_body", "plain_body", "public", "attachments")
    return {key: comment[key] for key in keys}
