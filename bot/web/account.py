"""Is an event about our account, and not an echo of our own write?"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.config import LOOPBACK
from bot.web.events import TicketEvent

_REMEMBERED_SECONDS: Final = 30.0
#: After a read that told nothing: the store is down, or nothing is provisioned yet.
_RETRY_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Known:
    """What has been learnt of the account since the settings were written."""

    bot_user_id: int | None = None
    account_id: int | None = None
    brand_hosts: frozenset[str] = frozenset()
    """Lower case. Every brand has a host of its own, which stands in its tickets' `ticket_url`."""


NOTHING_KNOWN: Final = Known()


def nothing_known() -> Known:
    """Nobody has told us yet."""
    return NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class Account:
    """What tells our account's events from another's, and our own user from the others.

    A sandbox copies production's triggers and webhooks, secrets included, so a good signature
    alone does not prove the account.
    """

    host: str
    """Host of `ZENDESK_URL`."""
    known: Callable[[], Known] = nothing_known

    def is_foreign(self, event: TicketEvent, header_id: int | None) -> bool:
        """Return whether the event comes from another account.

        The account's number decides where it is known, because brands and host mapping give one
        account many hosts; the header's number is not signed, but whoever forges it only has
        their own replay dropped. Without a number the host must be one we know.
        """
        ours, theirs = self.known().account_id, event.account_id or header_id
        if ours is not None and theirs is not None:
            return ours != theirs
        return event.host is not None and not self._knows(event.host)

    def is_own(self, event: TicketEvent) -> bool:
        """Return whether our own user caused the event."""
        return event.actor_id is not None and event.actor_id == self.known().bot_user_id

    def _knows(self, host: str) -> bool:
        both_loopback = host in LOOPBACK and self.host in LOOPBACK
        return host == self.host or both_loopback or host in self.known().brand_hosts


def remembered(
    read: Callable[[], Known | None],
    seconds: float = _REMEMBERED_SECONDS,
    retry_seconds: float = _RETRY_SECONDS,
) -> Callable[[], Known]:
    """Return `read` with its answer kept for a while: an event must not cost one more query.

    None means that it could not be read: then the last answer stays good. Who the bot is there is
    asked for soon again as long as nobody has said it.
    """
    answer = NOTHING_KNOWN
    ask_at = float("-inf")

    def read_seldom() -> Known:
        nonlocal answer, ask_at
        if time.monotonic() >= ask_at:
            found = read()
            told = found is not None and found.bot_user_id is not None
            ask_at = time.monotonic() + (seconds if told else retry_seconds)
            answer = answer if found is None else found
        return answer

    return read_seldom
