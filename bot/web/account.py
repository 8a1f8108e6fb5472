"""Is an event about our account, and not an echo of our own write?"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.config import LOOPBACK
from bot.web.events import TicketEvent

ReadId = Callable[[], int | None]
_REMEMBERED_SECONDS: Final = 30.0


def unknown_id() -> int | None:
    """Nobody has told us yet."""
    return None


@dataclass(frozen=True, slots=True)
class Account:
    """What tells our account's events from another's, and our own user from the others.

    A sandbox copies production's triggers and webhooks, secrets included, so a good signature
    alone does not prove the account.
    """

    host: str
    """Host of `ZENDESK_URL`."""
    brand_hosts: frozenset[str] = frozenset()
    """Hosts of the account's other brands: theirs stand in the `ticket_url` of their tickets."""
    account_id: ReadId = unknown_id
    bot_user_id: ReadId = unknown_id

    def is_foreign(self, event: TicketEvent, header_id: int | None) -> bool:
        """Return whether the event comes from another account.

        The account's number decides where it is known, because brands and host mapping give one
        account many hosts; the header's number is not signed, but whoever forges it only has
        their own replay dropped. Without a number the host must be one we know.
        """
        ours, theirs = self.account_id(), event.account_id or header_id
        if ours is not None and theirs is not None:
            return ours != theirs
        return event.host is not None and not self._knows(event.host)

    def is_own(self, event: TicketEvent) -> bool:
        """Return whether our own user caused the event."""
        return event.actor_id is not None and event.actor_id == self.bot_user_id()

    def _knows(self, host: str) -> bool:
        both_loopback = host in LOOPBACK and self.host in LOOPBACK
        return host == self.host or host in self.brand_hosts or both_loopback


def remembered(read: ReadId, seconds: float = _REMEMBERED_SECONDS) -> ReadId:
    """Return `read` with its answer kept for a while: an event must not cost one more query."""
    answer: tuple[float, int | None] = (float("-inf"), None)

    def read_seldom() -> int | None:
        nonlocal answer
        asked_at, known = answer
        if time.monotonic() - asked_at >= seconds:
            known = read()
            answer = (time.monotonic(), known)
        return known

    return read_seldom
