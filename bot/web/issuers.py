"""Which Zendesk accounts may sign a token? Ours: by settings, store, or Zendesk's own word."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from bot.store.database import StoreDown
from bot.web.sidebar_tickets import ZendeskAway

_ZENDESK: Final = ".zendesk.com"
_REMEMBERED_SECONDS: Final = 30.0
_RETRY_SECONDS: Final = 2.0
_ASK_AGAIN_SECONDS: Final = 60.0


def subdomains(hosts: Iterable[str]) -> frozenset[str]:
    """Return the names below zendesk.com; other hosts are nobody's `iss`."""
    return frozenset(host.removesuffix(_ZENDESK) for host in hosts if host.endswith(_ZENDESK))


@dataclass(slots=True)
class Issuers:
    """Tells the subdomains that are ours; none when nobody, not even Zendesk, names one.

    The settings name the account, unless it has another address: a pocket Zendesk on loopback, a
    mapped host. What the worker learnt of the brands stands in the store. When neither tells
    anything, Zendesk is asked here, once in a while.
    """

    host: str
    """Host of `ZENDESK_URL`."""
    stored: Callable[[], Iterable[str]]
    """Hosts of the brands in the store."""
    ask: Callable[[], Iterable[str]]
    """The same from Zendesk. Raises `ZendeskAway`."""
    clock: Callable[[], float] = time.monotonic
    _brands: frozenset[str] = field(default=frozenset(), init=False)
    _read_at: float = field(default=float("-inf"), init=False)
    _ask_at: float = field(default=float("-inf"), init=False)

    def __call__(self) -> frozenset[str]:
        """Return them, lower case."""
        own = subdomains((self.host,))
        if self.clock() >= self._read_at:
            with suppress(StoreDown):  # then the last answer stays good
                self._brands = subdomains(self.stored()) or self._brands
            wait = _REMEMBERED_SECONDS if self._brands else _RETRY_SECONDS
            self._read_at = self.clock() + wait
        if not own | self._brands and self.clock() >= self._ask_at:
            self._ask_at = self.clock() + _ASK_AGAIN_SECONDS
            with suppress(ZendeskAway):
                self._brands = subdomains(self.ask())
        return own | self._brands
