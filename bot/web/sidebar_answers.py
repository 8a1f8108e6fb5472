"""What the sidebar's routes answer: JSON that may be kept, and refusals with a way out."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final, Literal

from flask import Request, Response

from bot.web.answer import answer

Code = Literal[
    "token", "proof", "tag", "off", "ticket", "stale", "too_large", "type", "input", "busy",
    "store", "zendesk",
]  # fmt: skip

_STATUS: Final[Mapping[Code, int]] = {
    "token": 401, "proof": 403, "tag": 403, "off": 403, "ticket": 404, "stale": 409,
    "too_large": 413, "type": 415, "input": 422, "busy": 429, "store": 503, "zendesk": 503,
}  # fmt: skip
_MESSAGES: Final[Mapping[Code, str]] = {
    "token": "The bot does not accept this app's token: reload the page; if it stays, an admin runs"
    " `licensing-bot provision apply`, which gives app and bot the same secret.",
    "proof": "The bot could not verify that you see this ticket: the newest comment or the time of"
    " the last update is not what Zendesk says now. Reload the ticket and try again.",
    "tag": "This ticket is not tagged cloud-licensing: add the tag if it belongs here.",
    "off": "The bot is switched off for this kind of ticket: `licensing-bot mode` turns it on.",
    "ticket": "The bot cannot find this ticket in Zendesk: was it deleted or merged?",
    "stale": "The decision has changed since you looked: load it again, then post that note.",
    "too_large": "The request is too large.",
    "type": "Send the body as application/json, without a Content-Encoding.",
    "input": "The request could not be understood.",
    "busy": "Too many requests for this ticket: wait a moment.",
    "store": "The bot's store does not answer right now: try again in a few seconds.",
    "zendesk": "Zendesk does not answer the bot right now: try again in a few seconds.",
}


class SidebarRefused(Exception):  # noqa: N818  an answer, not an error of ours
    """Ends a request of the sidebar; `why` is for our log and never holds a token or a text."""

    def __init__(
        self, code: Code, message: str = "", *, why: str = "", retry_after: float = 0.0
    ) -> None:
        super().__init__(message or _MESSAGES[code])
        self.code = code
        self.status = _STATUS[code]
        self.message = message or _MESSAGES[code]
        self.why = why or self.message
        self.retry_after = retry_after

    def response(self) -> Response:
        """Return the answer."""
        response = answer(self.status, {"error": self.code, "message": self.message})
        if self.retry_after > 0:
            response.headers["Retry-After"] = str(max(1, round(self.retry_after)))
        if self.code == "token":
            response.headers["WWW-Authenticate"] = "Bearer"
        return _private(response)


def shown(request: Request, content: Mapping[str, object], status: int = 200) -> Response:
    """Return a JSON answer that the browser keeps and asks about; 304 when it has this one."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n"
    response = _private(Response(body, status, content_type="application/json"))
    if request.method in ("GET", "HEAD"):
        response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:32])
        response.make_conditional(request)
    return response


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization, X-Ticket-Proof"
    return response
