"""The results of a probe run become one internal note, or none when they say nothing new."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from bot.evidence.observation import Assessment
from bot.pipeline.draft import Draft
from bot.pipeline.ports import EventJob, Probing
from bot.pipeline.probing import run_of
from bot.pipeline.write import Entry, Writer
from bot.runbook import speak
from bot.runbook.book import Runbook
from bot.runbook.guarded import PROBE_CUSTOMER
from bot.runbook.instance_note import INSTANCE, instance_digest, instance_note
from bot.runbook.note import NoteContext
from bot.runbook.plan import RUN_PROBES
from bot.runbook.probe_note import PROBES, ProbeReport, probe_note
from bot.runbook.ticket import Ticket
from bot.store.ledger import LedgerNote


@dataclass(frozen=True, slots=True)
class Results:
    """Tells a ticket what its probe run saw, on the same path as every other note."""

    writer: Writer
    probing: Probing
    runbook: Runbook
    version: str

    def tell(
        self,
        job: EventJob,
        ticket: Ticket,
        notes: Sequence[LedgerNote],
        mode: speak.Mode,
        customer: Assessment | None,
    ) -> str:
        """Write the run's note; the command's tag goes in the same update."""
        run_id = run_of(job.key)
        report = self.probing.report(run_id)
        if report is None:
            return "silent: no such probe run"
        answer = speak.decide(ticket, self._occasion(job, report, notes, mode), self.runbook.speak)
        if answer is None:
            outcome = self._write(ticket, run_id, report, customer)
        else:
            if answer == "nothing_new":
                self.writer.acknowledge(ticket, self._tags(ticket, report))
            outcome = f"silent: {answer}"
        return outcome

    def _occasion(
        self,
        job: EventJob,
        report: ProbeReport,
        notes: Sequence[LedgerNote],
        mode: speak.Mode,
    ) -> speak.Occasion:
        posted = [
            speak.Posted(note.digest, note.done_at or note.created_at, automatic=False)
            for note in notes
            if note.state == "done" and note.digest.startswith(_kind_of(report))
        ]
        now = self.writer.clock()
        return speak.Occasion(
            now=now,
            event_at=job.received_at,
            mode=mode,
            watermark=now,
            scenario="",
            digest=_digest_of(report),
            posted=posted,
            command=_command_of(report),
        )

    def _write(
        self, ticket: Ticket, run_id: int, report: ProbeReport, customer: Assessment | None
    ) -> str:
        digest = _digest_of(report)
        key = hashlib.sha256(f"{ticket.id}|run {run_id}|{digest}".encode()).hexdigest()
        entry = Entry(
            key=key,
            marker=f"cl_note_{key[:20]}",
            digest=digest,
            automatic=False,
            metadata={"run": str(run_id), "version": self.version},
        )
        context = NoteContext(self.version, self.writer.revision, entry.marker, self.writer.clock())
        if report.instance:
            note = instance_note(self.runbook, report, context)
        else:
            note = probe_note(self.runbook, report, context, customer)
        draft = Draft(remove=list(self._tags(ticket, report)))
        return self.writer.write(ticket, entry, note, draft)

    def _tags(self, ticket: Ticket, report: ProbeReport) -> tuple[str, ...]:
        """Return the tags on the ticket that asked for this kind of run."""
        wanted, commands = _command_of(report), self.runbook.commands
        return tuple(tag for tag in ticket.tags if commands.get(tag) == wanted)


def _command_of(report: ProbeReport) -> str:
    return PROBE_CUSTOMER if report.instance else RUN_PROBES


def _kind_of(report: ProbeReport) -> str:
    return INSTANCE if report.instance else PROBES


def _digest_of(report: ProbeReport) -> str:
    return instance_digest(report) if report.instance else report.digest
