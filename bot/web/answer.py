"""Every answer: JSON that says what happened, and headers that give a browser nothing to do."""

import json
from collections.abc import Mapping
from typing import Final

from flask import Response

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
#: Zendesk retries a 503 only when it comes with a short Retry-After.
RETRY_AFTER: Final = 10


def answer(status: int, content: Mapping[str, object]) -> Response:
    """Return a JSON answer; 503 asks the sender to come back."""
    response = Response(json.dumps(content) + "\n", status, content_type="application/json")
    if status == 503:  # noqa: PLR2004  the status is its own name
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def secured(response: Response) -> Response:
    """Add the security headers that a page has not set for itself."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response
