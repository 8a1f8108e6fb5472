"""Single internal lines that are no verdict: a command that failed, a note that was wrong."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.pipeline.draft import Draft
from bot.pipeline.ports import Desk, EventJob, Later, Ledger, Switches
from bot.pipeline.rounds import in_rounds
from bot.pipeline.settle import Settler
from bot.pipeline.write import Entry, Writer
from bot.runbook import speak
from bot.runbook.book import Runbook
from bot.runbook.handbook import Asides
from bot.runbook.html import to_html
from bot.runbook.note import escape
from bot.runbook.plan import BOT_OFF, PostNote
from bot.runbook.snippet import frame_values, render
from bot.runbook.ticket import Ticket
from bot.store.posted import ASIDE, PostedNotes, retraction_of

STUCK: Final = "stuck"


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be said, and under which digest it is said once."""

    digest: str
    markdown: str
    remove: tuple[str, ...] = ()
    """Tags of commands, which an agent may so give again."""


@dataclass(frozen=True, slots=True)
class AsideTeller:
    """Tells a ticket one line, on the same path as every note: intent, one PUT, done."""

    desk: Desk
    ledger: Ledger
    """An `AsideLedger`: its notes are the single lines only."""
    switches: Switches
    posted: PostedNotes
    runbook: Runbook
    words: Asides
    revision: str
    clock: Callable[[], datetime]
    pause: Callable[[float], None] = time.sleep

    def __call__(self, job: EventJob) -> str:
        """Say it; return what became of it."""
        if self.switches.paused():
            raise Later(2, "paused")
        return in_rounds(lambda: self._round(job))

    def _round(self, job: EventJob) -> str:
        ticket = self.desk.read_ticket(job.ticket_id, "no")
        notes = Settler(self.desk, self.ledger, self.clock, self.pause).settle(job.ticket_id)
        silence = self._silence(job, ticket)
        if silence is not None:
            return f"silent: {silence}"
        line = self._stuck(job, ticket) if job.kind == STUCK else self._retracted(job)
        if line is None:
            return "silent: nothing stands to be taken back"
        key = hashlib.sha256(f"{ticket.id}|{line.digest}".encode()).hexdigest()
        entry = Entry(key, f"cl_note_{key[:20]}", line.digest, automatic=False)
        markdown = f"{line.markdown}\n\n*{entry.marker}*\n"
        note = PostNote(markdown, to_html(markdown), line.digest, (job.kind,))
        writer = Writer(self.desk, self.ledger, self.switches, self.clock, self.revision, notes)
        return writer.write(ticket, entry, note, Draft(remove=list(line.remove)))

    def _silence(self, job: EventJob, ticket: Ticket) -> str | None:
        """A retraction is an operator's order and passes the mode; nobody reads a solved ticket."""
        if job.kind != STUCK and ticket.status == "solved":
            return "ticket_solved"
        mode = self.switches.mode(ticket, "") if job.kind == STUCK else "on"
        now = self.clock()
        occasion = speak.Occasion(now, job.received_at, mode, now, "", "", command=job.kind)
        answer = speak.decide(ticket, occasion, self.runbook.speak)
        return answer if isinstance(answer, str) else None

    def _stuck(self, job: EventJob, ticket: Ticket) -> Line:
        letter = job.key.removeprefix(f"{STUCK}-")
        values = {"when": _when(job.received_at), "job": escape(letter)}
        return Line(
            f"{ASIDE}{STUCK}:{letter}",
            self._say(self.words.stuck, values),
            tuple(tag for tag in ticket.tags if self._is_command(tag)),
        )

    def _say(self, words: str, values: dict[str, str]) -> str:
        return render(words, {**frame_values(self.runbook, {}), **values})

    def _is_command(self, tag: str) -> bool:
        return self.runbook.commands.get(tag, BOT_OFF) != BOT_OFF

    def _retracted(self, job: EventJob) -> Line | None:
        retraction = self.posted.retraction(int(job.key.split("-")[1]))
        if retraction is None:
            return None
        note = self.posted.newest_by(job.ticket_id, retraction.rule, retraction.since)
        if note is None:
            return None
        values = {
            "when": _when(note.posted_at),
            "scenario": escape(note.scenario),
            "rule": escape(retraction.rule),
            "why": escape(retraction.why),
        }
        return Line(retraction_of(note.marker), self._say(self.words.retracted, values))


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
