"""Finds what the webhook missed: one cheap search every few minutes, each change handled once.

Zendesk drops deliveries while its circuit breaker is open, does not repeat those that met a closed
port, and refuses to repeat those whose signature we could not check after a rotation.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot import queue
from bot.jobs.missed import Change, take_in_missed
from bot.runbook.speak import TAG
from bot.store.database import Database
from bot.store.errands import Errand, Errands
from bot.store.signals import RECONCILED, Signals
from bot.store.switches import SwitchBoard
from bot.zendesk.errors import ZendeskError
from bot.zendesk.search import MOST_FOUND, UpdatedTicket, look_for_updated
from bot.zendesk.session import ZendeskSession

log = logging.getLogger(__name__)

NAME: Final = "reconcile"
PERIOD: Final = 300.0
#: A worker that starts, or that finds the store back, need not repeat a search so young.
AT_MOST_EVERY: Final = 60.0
#: A search whose worker was killed may not keep the others from searching; two at once do no harm.
GONE_AFTER: Final = 120.0
#: The search index lags behind by minutes.
OVERLAP: Final = timedelta(minutes=10)
#: Without an earlier search: not before the first `provision apply`, and at most this far.
LOOK_BACK: Final = timedelta(days=1)
#: After a very long outage; what is older gets no note anyway.
LONGEST: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Searches, and makes events of what nobody told us."""

    database: Database
    session: ZendeskSession
    signals: Signals
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __call__(self) -> None:
        """Search once, if nobody else does and the last search is old enough."""
        errand = Errands(self.database).begin(NAME, AT_MOST_EVERY, GONE_AFTER)
        if errand is None:
            return
        began = self.clock()
        try:
            search = look_for_updated(self.session, TAG, self._since(errand, began))
        except ZendeskError as error:
            # The next period searches from the same moment: a dead letter would help nobody.
            Errands(self.database).release(NAME)
            log.warning("the search for missed changes failed", extra={"why": error.reason})
            return
        found = search.tickets
        changes = [Change(ticket.ticket_id, ticket.updated_at) for ticket in found]
        missed = take_in_missed(self.database, changes)
        self.signals.count(RECONCILED, by=len(missed))
        Errands(self.database).end(NAME, _next(found, search.at or began))
        if len(found) >= MOST_FOUND:
            self._go_on()
        log.log(
            logging.WARNING if missed else logging.DEBUG,
            "looked for missed changes",
            extra={"found": len(found), "missed": [change.ticket_id for change in missed[:50]]},
        )

    def _since(self, errand: Errand, now: datetime) -> datetime:
        text = str(errand.state.get("since") or "")
        if text:
            return max(datetime.fromisoformat(text), now - LONGEST)
        # Without an earlier search nothing but our own clock tells where to begin.
        watermark = SwitchBoard(self.database).watermark()
        return max(min(watermark, now - OVERLAP), now - LOOK_BACK)

    def _go_on(self) -> None:
        """There was more than one search can tell: the next one does not wait for its period."""
        with self.database.connection() as connection:
            queue.defer(connection, queue.ERRANDS, NAME, {}, delay_seconds=AT_MOST_EVERY + 1)


def _next(found: Sequence[UpdatedTicket], began: datetime) -> Mapping[str, object]:
    """From where the next search goes on; after a full one from the last that it found.

    `began` is by Zendesk's clock: a clock of ours that runs ahead would pass over whole hours.
    """
    if len(found) < MOST_FOUND:
        return {"since": (began - OVERLAP).isoformat()}
    # A second earlier: the tickets of one second may lie on both sides of the ceiling.
    return {"since": (found[-1].updated_at - timedelta(seconds=1)).isoformat()}
