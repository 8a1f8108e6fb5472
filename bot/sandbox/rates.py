"""Counts this request against the account's limits and says so in the answer's headers."""

from flask import Response, g, request

from bot.sandbox.auth import caller
from bot.sandbox.limits import Reading
from bot.sandbox.pocket import pocket
from bot.sandbox.replies import too_many

_TEN_MINUTES = 600
_ROOMY = 100_000


def count_call() -> None:
    """One more call of this account."""
    box = pocket()
    reading = box.meter.take("account", box.limits.account_per_minute, 60)
    g.rate_headers = {
        "x-rate-limit": str(reading.total),
        "x-rate-limit-remaining": str(reading.remaining),
        "ratelimit-limit": str(reading.total),
        "ratelimit-remaining": str(reading.remaining),
        "ratelimit-reset": str(reading.resets),
    }
    if reading.exceeded:
        raise too_many("Number of allowed API requests per minute exceeded", reading.resets)


def count_update(ticket_id: int) -> None:
    """One more changing PUT: limited per account, and per user and ticket."""
    box = pocket()
    per_account = box.meter.take("updates", box.limits.ticket_updates_per_minute, 60)
    key = ("ticket", caller().user_id, ticket_id)
    per_ticket = box.meter.take(key, box.limits.per_ticket_updates, _TEN_MINUTES)
    g.rate_headers["zendesk-rate-limit-tickets-update"] = str(per_account)
    g.rate_headers["zendesk-ratelimit-per-ticket-updates"] = str(per_ticket)
    _refuse(per_account, "Number of allowed ticket updates per minute exceeded")
    _refuse(per_ticket, "Number of allowed updates of this ticket exceeded")


def count_listing(name: str, *of: object) -> None:
    """One more call of a list that has a limit of its own, and a header for it.

    `of` narrows whose limit it is, such as one agent and view.
    """
    box = pocket()
    reading = box.meter.take((name, *of), box.limits.listings.get(name, _ROOMY), 60)
    g.rate_headers[f"zendesk-rate-limit-{name}"] = str(reading)
    _refuse(reading, f"Number of allowed {name} requests per minute exceeded")


def add_headers(response: Response) -> Response:
    """Write the readings of this request into its answer."""
    if request.path.startswith("/api/v2"):
        response.headers.update(g.get("rate_headers", {}))
    return response


def _refuse(reading: Reading, text: str) -> None:
    if reading.exceeded:
        raise too_many(text, reading.resets)
