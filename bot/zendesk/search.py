"""Which tickets changed lately? For the reconciliation after events that Zendesk never sent."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.zendesk.budget import answered_at
from bot.zendesk.calls import Call
from bot.zendesk.errors import GatewayTrouble
from bot.zendesk.reading import moment, number, objects
from bot.zendesk.session import ZendeskSession

#: Zendesk's search ends at 1,000 results.
#: developer.zendesk.com/api-reference/ticketing/ticket-management/search
_PAGES: Final = 10
_PER_PAGE: Final = 100
MOST_FOUND: Final = _PAGES * _PER_PAGE


@dataclass(frozen=True, slots=True)
class UpdatedTicket:
    """A ticket that the search found."""

    ticket_id: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found."""

    tickets: list[UpdatedTicket]
    at: datetime | None
    """When it began, by Zendesk's clock: ours may be wrong. None when it did not say."""


def search_updated(session: ZendeskSession, tag: str, since: datetime) -> list[UpdatedTicket]:
    """Return the tickets with this tag that changed after `since`, the longest ago first."""
    return look_for_updated(session, tag, since).tickets


def look_for_updated(session: ZendeskSession, tag: str, since: datetime) -> Found:
    """Search for the tickets with this tag that changed after `since`, the longest ago first.

    The index lags behind by minutes, so look back further than to the last search. When there are
    more than 1,000, the rest comes with the next search, from the last `updated_at` on.
    """
    found: dict[int, UpdatedTicket] = {}
    at: datetime | None = None
    stamp = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for page_number in range(1, _PAGES + 1):
        params = {
            "query": f"type:ticket tags:{tag} updated>{stamp}",
            "sort_by": "updated_at",
            "sort_order": "asc",
            "per_page": str(_PER_PAGE),
            "page": str(page_number),
        }
        reply = session.send(Call("GET", "/api/v2/search", "search", params=params))
        page = reply.object()
        if page is None:
            raise GatewayTrouble("search: the answer is not a JSON object", route="search")
        at = at or answered_at(reply.headers)
        for result in objects(page.get("results")):
            ticket_id, updated_at = number(result.get("id")), moment(result.get("updated_at"))
            if result.get("result_type", "ticket") == "ticket" and ticket_id and updated_at:
                found[ticket_id] = UpdatedTicket(ticket_id, updated_at)
        if not page.get("next_page"):
            break
    tickets = sorted(found.values(), key=lambda ticket: (ticket.updated_at, ticket.ticket_id))
    return Found(tickets, at)
