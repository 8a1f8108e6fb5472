"""Takes a file off a ticket for good. The answers prove nothing: whoever asked reads again."""

from typing import Final

from bot.runbook.ticket import Attachment
from bot.zendesk.calls import Call
from bot.zendesk.session import ZendeskSession

ROUTE: Final = "comments.redact"
#: What Zendesk puts in the place of a file that was redacted.
LEFT_BEHIND: Final = "redacted.txt"


def redact_attachment(
    session: ZendeskSession, ticket_id: int, comment_id: int, attachment: Attachment
) -> None:
    """Redact one file of a comment; on closed tickets, too, but only with Agent Workspace."""
    path = f"/api/v2/comment_redactions/{comment_id}"
    payload = {"ticket_id": ticket_id, "external_attachment_urls": [attachment.content_url]}
    session.send(_call(ticket_id, path, payload))


def redact_attachment_alone(
    session: ZendeskSession, ticket_id: int, comment_id: int, attachment: Attachment
) -> None:
    """Redact one file by its number, the older way; not on closed tickets."""
    path = f"/api/v2/tickets/{ticket_id}/comments/{comment_id}/attachments/{attachment.id}/redact"
    session.send(_call(ticket_id, path, {}))


def is_redacted(attachment: Attachment) -> bool:
    """Is this what Zendesk leaves of a redacted file? One that is gone is not listed at all."""
    return attachment.size == 0 or attachment.file_name.endswith(LEFT_BEHIND)


def _call(ticket_id: int, path: str, payload: dict[str, object]) -> Call:
    return Call("PUT", path, ROUTE, payload=payload, ticket_id=ticket_id, priority=1)
