"""Which tickets were deleted? Zendesk lists them for 30 days, until it has scrubbed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.zendesk.calls import Call
from bot.zendesk.reading import number, objects, text
from bot.zendesk.session import ZendeskSession

#: Ten requests a minute are allowed.
#: developer.zendesk.com/api-reference/ticketing/tickets/tickets/#list-deleted-tickets
ROUTE: Final = "tickets.deleted"


@dataclass(frozen=True, slots=True)
class DeletedPage:
    """One page of the list, which is in the order of the tickets' creation."""

    ticket_ids: Sequence[int]
    cursor: str
    """Where the next page begins; empty after the last."""


def deleted_page(session: ZendeskSession, cursor: str = "") -> DeletedPage:
    """Return one page. Archived tickets (120 days after they were closed) are never listed."""
    params = {"page[size]": "100"} | ({"page[after]": cursor} if cursor else {})
    page = session.ask(Call("GET", "/api/v2/deleted_tickets", ROUTE, params=params))
    found = [number(entry.get("id")) for entry in objects(page.get("deleted_tickets"))]
    meta = page.get("meta")
    more = isinstance(meta, dict) and meta.get("has_more") is True
    after = text(meta.get("after_cursor")) if isinstance(meta, dict) and more else ""
    return DeletedPage([ticket_id for ticket_id in found if ticket_id is not None], after)
