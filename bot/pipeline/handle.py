"""An accepted event means only: look at this ticket. Here is the look, and what follows from it."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.pipeline.attached import Attached, no_attachments
from bot.pipeline.control import NoControl, PortalView, view_of
from bot.pipeline.decide import Decision, decide, is_verdict
from bot.pipeline.draft import Draft, draft_of
from bot.pipeline.order_ports import Done, Means
from bot.pipeline.orders import MOST, Orders
from bot.pipeline.place import place_of
from bot.pipeline.ports import (
    Control,
    Desk,
    Diagnoses,
    EventJob,
    Events,
    GiveUp,
    Later,
    Ledger,
    Probing,
    Switches,
)
from bot.pipeline.probing import run_of
from bot.pipeline.record import record_of, view_for
from bot.pipeline.results import Results
from bot.pipeline.rounds import NOT_FOUND, in_rounds
from bot.pipeline.scribe import Scribe
from bot.pipeline.settle import Settler
from bot.pipeline.write import Entry, Writer
from bot.runbook import speak
from bot.runbook.book import Runbook
from bot.runbook.control import NETWORK
from bot.runbook.note import NoteContext
from bot.runbook.plan import make_plan
from bot.runbook.ticket import Ticket
from bot.store.events import asked_digest
from bot.store.ledger import LedgerNote

log = logging.getLogger(__name__)

#: What only asks for another look may leave it to a newer event of the same ticket.
MERGEABLE: Final = frozenset({"replied", "field_changed", "reconciled", "looked"})
#: An event may be faster than its ticket is on every server of Zendesk's.
APPEARS: Final = timedelta(seconds=20)


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
    control: Control = field(default_factory=NoControl)
    """The portal as we see it."""
    probing: Probing | None = None
    """The probe runs of agents; None where this process cannot start any."""
    files: Callable[[Ticket], Attached] = no_attachments
    """What the files on a ticket say."""
    means: Means | None = None
    """What agents' orders need; None where this process carries out none."""
    pause: Callable[[float], None] = time.sleep
    """Before an open note is looked for."""

    def __call__(self, job: EventJob) -> str:
        """Handle one event and return what came of it.

        Raises `Later` to be asked again, or the desk's error to be retried.
        """
        started = time.monotonic()
        if self.switches.paused():
            raise Later(2, "paused")
        outcome = self._look(job)
        if job.kind == "probed" and self.probing is not None:
            self.probing.tell(run_of(job.key), outcome)
        self.events.close(job.key, outcome)
        log.info(
            "handled",
            extra={
                "event": job.key,
                "ticket": job.ticket_id,
                "kind": job.kind,
                "outcome": outcome,
                "note": self._marker(job) if outcome.startswith("noted") else "",
                "ms": round((time.monotonic() - started) * 1000),
            },
        )
        return outcome

    def _marker(self, job: EventJob) -> str:
        """What the note's footer says, too: from the ticket to this line of the log, and back."""
        notes = [note for note in self.ledger.notes(job.ticket_id) if note.state == "done"]
        return max(notes, key=lambda note: note.done_at or note.created_at).marker if notes else ""

    def _look(self, job: EventJob) -> str:
        if self._is_left_to_another(job):
            return "merged into another event"
        outcome = in_rounds(lambda: self._round(job))
        if outcome == NOT_FOUND and job.kind == "created":
            young = APPEARS - (self.clock() - job.received_at)
            if young > timedelta(0):
                raise Later(young.total_seconds(), "a ticket so new may not be everywhere yet")
        return outcome

    def _is_left_to_another(self, job: EventJob) -> bool:
        """Is there another event that looks, or has looked, at the ticket for this one as well?

        A new ticket's first note does not wait for a reply's quiet: only the same news told once
        more stands in for it, however late. Zendesk doubles deliveries.
        """
        if job.kind == "created":
            return self.events.newest_of(job.ticket_id, "created") not in (None, job.key)
        return job.kind in MERGEABLE and self.events.newest_of(job.ticket_id) not in (None, job.key)

    def _round(self, job: EventJob) -> str:
        ticket, notes, decision = self._see(job)
        if job.kind == "probed":
            return self._tell_results(job, ticket, decision, notes)
        ordered: list[str] = []
        for _ in range(MOST):
            done = self._carry_out(job, ticket, decision, notes)
            ordered += [done.outcome] if done.outcome else []
            if not done.wrote:
                break
            ticket, notes, decision = self._see(job)
        probing = self._probe(job, decision)
        outcome = self._judge(job, ticket, decision, [note for note in notes if is_verdict(note)])
        return "; ".join(filter(None, (outcome, probing, *ordered)))

    def _see(self, job: EventJob) -> tuple[Ticket, Sequence[LedgerNote], Decision]:
        ticket = self.desk.read_ticket(job.ticket_id, job.attachments)
        notes = Settler(self.desk, self.ledger, self.clock, self.pause).settle(job.ticket_id)
        return ticket, notes, decide(self.runbook, ticket, notes, self.files(ticket))

    def _carry_out(
        self, job: EventJob, ticket: Ticket, decision: Decision, notes: Sequence[LedgerNote]
    ) -> Done:
        """Carry out what agents order apart from the verdict; each answers in notes of its own."""
        if not decision.order_tags or self.means is None:
            return Done()
        mode = self.switches.mode(decision.ticket, decision.diagnosis.scenario)
        scribe = Scribe(self._writer(notes), self.runbook, self.version)
        return Orders(scribe, self.desk, self.means, self.probing).carry_out(
            job, ticket, decision, notes, mode
        )

    def _judge(
        self, job: EventJob, ticket: Ticket, decision: Decision, notes: Sequence[LedgerNote]
    ) -> str:
        portal = self._look_at_portal(job, decision, notes)
        if portal.trouble:
            decision = decision.in_portal_trouble()
        answer = speak.decide(decision.ticket, self._occasion(job, decision, notes), self.rules)
        if isinstance(answer, speak.Wait):
            raise Later(answer.seconds, "automatic notes keep their distance")
        context = self._context(decision, portal)
        draft = self._draft(decision, context)
        self._give_up_others(notes, decision.key if answer is None else None)
        last = self.diagnoses.newest(job.ticket_id)
        view = view_for(self.runbook, decision, context, draft, answer, last)
        self.diagnoses.save(record_of(job, decision, draft, answer, view))
        if answer is None:
            return self._write(job, ticket, decision, draft, notes)
        if answer == "nothing_new":
            self._writer(notes).acknowledge(ticket, decision.command_tags)
        return f"silent: {answer}"

    def _look_at_portal(
        self, job: EventJob, decision: Decision, notes: Sequence[LedgerNote]
    ) -> PortalView:
        """Ask for a fresh look only where it helps: a note is due, and it is about the network."""
        answer = speak.decide(decision.ticket, self._occasion(job, decision, notes), self.rules)
        concerned = self.runbook.scenarios[decision.diagnosis.scenario].probe
        looks = self.control.looks(fresh=concerned and answer is None)
        return view_of(looks, self.clock(), concerned=concerned)

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
            asked=job.kind == "note" and asked_digest(job.key) == decision.digest,
        )

    def _context(self, decision: Decision, portal: PortalView) -> NoteContext:
        return NoteContext(
            version=self.version,
            revision=self.revision,
            marker=decision.marker,
            now=self.clock(),
            control=portal.control,
            trouble=portal.trouble,
            alike=self._alike(decision),
            cautions=decision.files.cautions,
        )

    def _draft(self, decision: Decision, context: NoteContext) -> Draft:
        plan = make_plan(
            self.runbook, decision.ticket, decision.diagnosis, context, decision.command
        )
        draft = draft_of(plan, decision.ticket, self.writable)
        draft.remove = [tag for tag in draft.remove if tag not in decision.run_tags]
        draft.remove += decision.command_tags
        return draft

    def _alike(self, decision: Decision) -> tuple[int, ...]:
        judged = decision.diagnosis.assessment
        if judged is None or judged.layer not in NETWORK or judged.activates == "yes":
            return ()
        return tuple(self.control.alike(judged.cause, int(decision.ticket.id)))

    def _probe(self, job: EventJob, decision: Decision) -> str:
        """Start the probe run that an agent asks for. It answers in a note of its own."""
        if not decision.run_tags or self.probing is None or decision.ticket.status == "closed":
            return ""
        if self.switches.mode(decision.ticket, decision.diagnosis.scenario) == "off":
            return ""
        place = place_of(decision.ticket, decision.diagnosis.extracted)
        return self.probing.start(job.ticket_id, place, again=job.kind == "command")

    def _tell_results(
        self, job: EventJob, ticket: Ticket, decision: Decision, notes: Sequence[LedgerNote]
    ) -> str:
        if self.probing is None:
            raise GiveUp("this worker knows no probe runs")
        return Results(self._writer(notes), self.probing, self.runbook, self.version).tell(
            job,
            ticket,
            notes,
            self.switches.mode(ticket, decision.diagnosis.scenario),
            decision.diagnosis.assessment,
        )

    def _writer(self, settled: Sequence[LedgerNote]) -> Writer:
        return Writer(self.desk, self.ledger, self.switches, self.clock, self.revision, settled)

    def _write(
        self,
        job: EventJob,
        ticket: Ticket,
        decision: Decision,
        draft: Draft,
        notes: Sequence[LedgerNote],
    ) -> str:
        if draft.note is None:
            return "silent: the plan has no note"
        scenario = decision.diagnosis.scenario
        entry = Entry(
            key=decision.key,
            marker=decision.marker,
            digest=decision.digest,
            automatic=decision.command is None and job.kind != "note",
            scenario=scenario,
            branch=decision.diagnosis.branch or "",
            metadata={"scenario": scenario, "version": self.version},
        )
        return self._writer(notes).write(ticket, entry, draft.note, draft)

    def _give_up_others(self, notes: Sequence[LedgerNote], key: str | None) -> None:
        """Give up what was intended before the decision changed."""
        for note in notes:
            if note.state == "intent" and note.key != key:
                self.ledger.abandon(note.key, "the decision changed before it was written")
