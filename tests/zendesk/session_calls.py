"""Two calls to send through a session, and what comes of them when they fail."""

import pytest

from bot.zendesk.calls import Call
from bot.zendesk.errors import ZendeskError
from bot.zendesk.session import ZendeskSession

READ = Call("GET", "/api/v2/tickets/1001", "tickets.read", ticket_id=1001)
WRITE = Call(
    "PUT", "/api/v2/tickets/1001", "tickets.update", payload={"ticket": {}}, ticket_id=1001
)


def caught(session: ZendeskSession, call: Call) -> ZendeskError:
    """Return the error that the call ends in."""
    with pytest.raises(ZendeskError) as info:
        session.ask(call)
    return info.value
