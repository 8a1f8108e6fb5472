"""The one write of a note: intent, PUT, done, so that a note stands exactly once (DESIGN 4.5)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.pipeline.draft import Draft
from bot.pipeline.ports import Desk, Later, Ledger, Switches
from bot.runbook.plan import PostNote
from bot.runbook.ticket import Ticket
from bot.runbook.writing import NoteWrite
from bot.store.ledger import LedgerNote


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger is told of a note."""

    key: str
    marker: str
    digest: str
    automatic: bool
    scenario: str = ""
    """Empty for a note that is no verdict."""
    branch: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to the desk what the ledger has written down before."""

    desk: Desk
    ledger: Ledger
    switches: Switches
    clock: Callable[[], datetime]
    revision: str
    settled: Sequence[LedgerNote] = ()
    """The ticket's notes as this try found them, every open one looked for."""

    def write(
        self,
        ticket: Ticket,
        entry: Entry,
        note: PostNote,
        draft: Draft,
        meant: LedgerNote | None = None,
    ) -> str:
        """Write one note with its tags and fields; return what became of it.

        `meant` is what this same try has got from `intend` for it.
        """
        intent = self.intend(ticket, entry, note, meant)
        if intent.state == "done":
            self.acknowledge(ticket, draft.remove)
            return "noted before"
        receipt = self.desk.write(
            ticket,
            NoteWrite(
                entry.marker, note.html, draft.tags_for(ticket), draft.fields, entry.metadata,
                tuple(draft.uploads),
            ),
        )  # fmt: skip
        self.ledger.done(entry.key, receipt)
        return "noted"

    def intend(
        self, ticket: Ticket, entry: Entry, note: PostNote, before: LedgerNote | None = None
    ) -> LedgerNote:
        """Write down that this note is meant; what it is about may be done after that.

        Raises `Later` while another worker writes it: one that was slow to say that it lives.
        """
        if self.switches.paused():
            raise Later(2, "paused")
        meant = LedgerNote(
            key=entry.key,
            marker=entry.marker,
            ticket_id=int(ticket.id),
            digest=entry.digest,
            kind="automatic" if entry.automatic else "command",
            state="intent",
            created_at=self.clock(),
            scenario=entry.scenario,
            branch=entry.branch,
        )
        known = (
            [one for one in self.settled if one.key == entry.key] if before is None else [before]
        )
        seen = known[-1].created_at if known else None
        stands = self.ledger.intend(meant, note.rule_ids, self.revision, seen=seen)
        if stands.state == "intent" and stands.created_at != meant.created_at:
            raise Later(2, "another worker writes this note")
        return stands

    def acknowledge(self, ticket: Ticket, commands: Sequence[str]) -> None:
        """Take a command's tag away although nothing is new, so that it can be given again."""
        tags = Draft(remove=list(commands)).tags_for(ticket)
        if tags is not None:
            self.desk.write(ticket, NoteWrite("", None, tags, {}, {}))
