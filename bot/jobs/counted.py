"""Counts what becomes of events: by outcome, and how long an event takes to its note."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.pipeline.ports import EventJob
from bot.store.signals import HANDLED, NOTE_SECONDS, NOTES, PREVENTED, Signals

_NOTED: Final = "noted"
_STANDS: Final = "noted before"
_KINDS: Final = {"command": "command", "probed": "probes", "stuck": "aside", "retracted": "aside"}


def counted(
    handler: Callable[[EventJob], object], signals: Signals, clock: Callable[[], datetime]
) -> Callable[[EventJob], None]:
    """Return the handler, counted. What it raises is no outcome: the job is given back or fails."""

    def handle(job: EventJob) -> None:
        outcome = str(handler(job) or "handled")
        # "noted; probing": the second half says what was started besides.
        word = outcome.partition(";")[0]
        signals.handled_at = time.monotonic()
        signals.count(HANDLED, word)
        if word == _STANDS:
            signals.count(PREVENTED, "ledger")
        if word == _NOTED:
            signals.count(NOTES, _KINDS.get(job.kind, "automatic"))
            waited = (clock() - job.received_at).total_seconds()
            signals.observe(NOTE_SECONDS, waited)

    return handle
