"""Notes whose fate is open: written down as intended, never confirmed. Did they arrive?"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.pipeline.ports import Desk, Later, Ledger
from bot.store.ledger import LedgerNote

#: An unanswered write may still be on its way for this long; looking earlier proves nothing.
PATIENCE: Final = timedelta(seconds=2)
#: Between reading a ticket and looking for an open note on it. What another worker writes after the
#: look so has a later second than the stamp that was read, and `safe_update` lets one of us pass.
#: Real time, by no clock that could be set.
APART: Final = 1.1
#: A note that was given up may have arrived late all the same; after this long it has not.
LATE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Settler:
    """Finds out what became of the notes that a crash or a lost answer left open."""

    desk: Desk
    ledger: Ledger
    clock: Callable[[], datetime]
    pause: Callable[[float], None] = time.sleep

    def settle(self, ticket_id: int) -> Sequence[LedgerNote]:
        """Look for every open note on the ticket itself, and return all notes as they then stand.

        The ticket was read just before.

        Raises `Later` while an unanswered write may still be on its way. A note that is not
        found stays an intent: the caller writes it with the same marker, or gives it up.
        """
        notes = self.ledger.notes(ticket_id)
        unsettled = [note for note in notes if self._is_open(note)]
        for note in unsettled:
            self._wait_for(note)
        if unsettled:
            self.pause(APART)
        for note in unsettled:
            self._look(note)
        return self.ledger.notes(ticket_id) if unsettled else notes

    def _is_open(self, note: LedgerNote) -> bool:
        if note.state == "intent":
            return True
        return note.state == "abandoned" and self.clock() - note.created_at < LATE

    def _wait_for(self, note: LedgerNote) -> None:
        wait = PATIENCE - (self.clock() - note.created_at)
        if wait > PATIENCE:  # dated in the future: this clock, or another host's, is wrong
            self.pause(PATIENCE.total_seconds())
        elif wait > timedelta(0):
            raise Later(wait.total_seconds(), "an unanswered write may still arrive")

    def _look(self, note: LedgerNote) -> None:
        receipt = self.desk.find_note(note.ticket_id, note.marker)
        if receipt is not None:
            self.ledger.done(note.key, receipt)
