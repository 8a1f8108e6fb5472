"""Which of these tickets are still open? A hundred in one call."""

from collections.abc import Sequence
from typing import Final

from bot.zendesk.calls import Call
from bot.zendesk.reading import number, objects, text
from bot.zendesk.session import ZendeskSession

#: developer.zendesk.com/api-reference/ticketing/tickets/tickets/#show-multiple-tickets
_AT_ONCE: Final = 100
_DONE: Final = frozenset({"solved", "closed", "deleted"})


def open_tickets(session: ZendeskSession, ticket_ids: Sequence[int]) -> frozenset[int]:
    """Return those that somebody still works on; a ticket that is gone is none of them."""
    found: set[int] = set()
    for start in range(0, len(ticket_ids), _AT_ONCE):
        ids = ",".join(map(str, ticket_ids[start : start + _AT_ONCE]))
        call = Call("GET", "/api/v2/tickets/show_many", "tickets.show_many", params={"ids": ids})
        for entry in objects(session.ask(call).get("tickets")):
            ticket_id = number(entry.get("id"))
            if ticket_id is not None and text(entry.get("status")).lower() not in _DONE:
                found.add(ticket_id)
    return frozenset(found)
