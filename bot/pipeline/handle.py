"""An accepted event means only: look at this ticket. Here is the look, and what follows from it."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.pipeline.decide import Decision, decide
from bot.pipeline.draft import Draft, draft_of
from bot.pipeline.ports import (
    Desk,
    Diagnoses,
    EventJob,
    Events,
    GiveUp,
    Later,
    Ledger,
    Switches,
)
from bot.pipeline.record import record_of
from bot.pipeline.settle import Settler
from bot.runbook import speak
from bot.runbook.book import Runbook
from bot.runbook.note import NoteContext
from bot.runbook.plan import make_plan
from bot.runbook.ticket import Ticket
from bot.runbook.writing import NoteWrite
from bot.store.ledger import LedgerNote
from bot.zendesk.errors import Conflict, NotFound, RateLimited, Rejected, TicketClosed

log = logging.getLogger(__name__)

#: Somebody else may write to the ticket while we read it; after this many times we come back later.
ROUNDS: Final = 4
#: What only asks for another look may leave it to a newer event of the same ticket.
MERGEABLE: Final = frozenset({"replied", "field_changed", "reconciled"})


@dataclass(frozen=True, slots=True)
class Handler:
    """Turns an event into at most one note. Values and edges come in; nothing is global."""

    desk: Desk
    writable: frozenset[str]
    """Keys of the ticket fields that this account has."""
    ledger: Ledger
    switches: Switches
    events: Events
    diagnoses: Diagnoses
    runbook: Runbook
    rules: speak.SpeakRules
    version: str
    revision: str
    clock: Callable[[], datetime]

    def __call__(self, job: EventJob) -> None:
        """Handle one event; raises `Later` to be asked again, or the desk's error to be retried."""
        started = time.monotonic()
        if self.switches.paused():
            raise Later(2, "paused")
        outcome = self._look(job)
        self.events.close(job.key, outcome)
        log.info(
            "handled",
            extra={
                "event": job.key,
                "ticket": job.ticket_id,
                "kind": job.kind,
                "outcome": outcome,
                "ms": round((time.monotonic() - started) * 1000),
            },
        )

    def _look(self, job: EventJob) -> str:
        if job.kind in MERGEABLE and self.events.newest_of(job.ticket_id) not in (None, job.key):
            return "merged into a newer event"
        for _ in range(ROUNDS):
            try:
                return self._round(job)
            except Conflict:
                continue
            except NotFound:
                return "ticket not found"
            except TicketClosed:
                return "silent: ticket_closed"
            except RateLimited as limited:
                raise Later(limited.retry_after, limited.reason) from limited
            except Rejected as refused:
                raise GiveUp(refused.reason) from refused
        raise Later(5, "the ticket keeps changing")

    def _round(self, job: EventJob) -> str:
        ticket = self.desk.read_ticket(job.ticket_id, job.attachments)
        Settler(self.desk, self.ledger, self.clock).settle(job.ticket_id)
        notes = self.ledger.notes(job.ticket_id)
        decision = decide(self.runbook, ticket, notes)
        answer = speak.decide(decision.ticket, self._occasion(job, decision, notes), self.rules)
        if isinstance(answer, speak.Wait):
            raise Later(answer.seconds, "automatic notes keep their distance")
        draft = self._draft(decision)
        self._give_up_others(notes, decision.key if answer is None else None)
        self.diagnoses.save(record_of(job, decision, draft, answer))
        if answer is None:
            return self._write(ticket, decision, draft)
        if answer == "nothing_new":
            self._acknowledge(ticket, decision)
        return f"silent: {answer}"

    def _occasion(
        self, job: EventJob, decision: Decision, notes: Sequence[LedgerNote]
    ) -> speak.Occasion:
        posted = [
            speak.Posted(note.digest, note.done_at or note.created_at, note.kind == "automatic")
            for note in notes
            if note.state == "done"
        ]
        return speak.Occasion(
            now=self.clock(),
            event_at=job.received_at,
            mode=self.switches.mode(decision.ticket, decision.diagnosis.scenario),
            watermark=self.switches.watermark(),
            scenario=decision.diagnosis.scenario,
            digest=decision.digest,
            posted=posted,
            command=decision.command,
            replayed=job.kind == "replayed",
        )

    def _draft(self, decision: Decision) -> Draft:
        context = NoteContext(
            version=self.version,
            revision=self.revision,
            marker=decision.marker,
            now=self.clock(),
        )
        plan = make_plan(
            self.runbook, decision.ticket, decision.diagnosis, context, decision.command
        )
        draft = draft_of(plan, decision.ticket, self.writable)
        draft.remove += decision.command_tags
        return draft

    def _write(self, ticket: Ticket, decision: Decision, draft: Draft) -> str:
        if draft.note is None:
            return "silent: the plan has no note"
        if self.switches.paused():
            raise Later(2, "paused")
        intent = self.ledger.intend(
            LedgerNote(
                key=decision.key,
                marker=decision.marker,
                ticket_id=int(ticket.id),
                digest=decision.digest,
                kind="automatic" if decision.command is None else "command",
                state="intent",
                created_at=self.clock(),
                scenario=decision.diagnosis.scenario,
                branch=decision.diagnosis.branch or "",
            ),
            draft.note.rule_ids,
            self.revision,
        )
        if intent.state == "done":
            self._acknowledge(ticket, decision)
            return "noted before"
        metadata = {"scenario": decision.diagnosis.scenario, "version": self.version}
        receipt = self.desk.write(
            ticket,
            NoteWrite(
                decision.marker, draft.note.html, draft.tags_for(ticket), draft.fields, metadata
            ),
        )
        self.ledger.done(decision.key, receipt)
        return "noted"

    def _acknowledge(self, ticket: Ticket, decision: Decision) -> None:
        """Take a command's tag away although nothing is new, so that it can be given again."""
        if decision.command_tags:
            tags = Draft(remove=list(decision.command_tags)).tags_for(ticket)
            self.desk.write(ticket, NoteWrite("", None, tags, {}, {}))

    def _give_up_others(self, notes: Sequence[LedgerNote], key: str | None) -> None:
        """Give up what was intended before the decision changed."""
        for note in notes:
            if note.state == "intent" and note.key != key:
                self.ledger.abandon(note.key, "the decision changed before it was written")
