"""Puts files into Zendesk, to come with a note: an upload is good for an hour and for one note."""

from typing import Final

from bot.zendesk.calls import Call
from bot.zendesk.errors import GatewayTrouble, OutcomeUnknown
from bot.zendesk.reading import text
from bot.zendesk.session import ZendeskSession

ROUTE: Final = "uploads.create"
#: Zendesk takes no larger file.
LARGEST: Final = 50 * 1024 * 1024
#: Seconds for one file; a job has 60.
PATIENCE: Final = 30.0


def upload(session: ZendeskSession, name: str, content_type: str, content: bytes) -> str:
    """Upload one file and return its token.

    What no note uses is deleted by Zendesk, so an upload whose answer was lost is sent again.
    """
    call = Call(
        "POST",
        "/api/v2/uploads",
        ROUTE,
        params={"filename": name},
        content=content,
        content_type=content_type,
        seconds=PATIENCE,
        priority=1,
    )
    try:
        answer = session.ask(call)
    except OutcomeUnknown as error:
        raise GatewayTrouble(error.reason, status=error.status, route=ROUTE) from error
    kept = answer.get("upload")
    token = text(kept.get("token")) if isinstance(kept, dict) else ""
    if not token:
        raise GatewayTrouble(f"{ROUTE}: the answer holds no token", route=ROUTE)
    return token
