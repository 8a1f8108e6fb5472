"""One look at a ticket, again when somebody wrote meanwhile; the desk's errors become outcomes."""

from collections.abc import Callable
from typing import Final

from bot.pipeline.ports import GiveUp, Later
from bot.zendesk.errors import Conflict, NotFound, RateLimited, Rejected, TicketClosed

#: Somebody else may write to the ticket while we read it; after this many times we come back later.
ROUNDS: Final = 4
NOT_FOUND: Final = "ticket not found"


def in_rounds(look: Callable[[], str]) -> str:
    """Return what the look says, or what stopped it.

    Raises `Later` at a limit or while the ticket keeps changing, `GiveUp` when Zendesk refuses.
    """
    for _ in range(ROUNDS):
        try:
            return look()
        except Conflict:
            continue
        except NotFound:
            return NOT_FOUND
        except TicketClosed:
            return "silent: ticket_closed"
        except RateLimited as limited:
            raise Later(limited.retry_after, limited.reason) from limited
        except Rejected as refused:
            raise GiveUp(refused.reason) from refused
    raise Later(5, "the ticket keeps changing")
