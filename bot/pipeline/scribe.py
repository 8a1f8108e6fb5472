"""Writes the notes that answer agents' orders, each exactly once, the tags with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.pipeline.draft import Draft
from bot.pipeline.order_ports import Done
from bot.pipeline.write import Entry, Writer
from bot.runbook.book import Runbook
from bot.runbook.note import NoteContext
from bot.runbook.order_notes import short_hash
from bot.runbook.plan import PostNote
from bot.runbook.ticket import Ticket
from bot.store.ledger import LedgerNote

Build = Callable[[NoteContext], PostNote]


@dataclass(frozen=True, slots=True)
class Scribe:
    """The one way from an order to a note."""

    writer: Writer
    book: Runbook
    version: str

    def tell(
        self,
        ticket: Ticket,
        build: Build,
        *,
        remove: Sequence[str] = (),
        once: Sequence[str] = (),
        uploads: Sequence[str] = (),
        meant: LedgerNote | None = None,
    ) -> Done:
        """Write the note, unless one that says the same stands there; `once` tells them apart.

        `meant` is what this same try has got from `intend` for it.
        """
        entry = self.entry(ticket, build, once)
        draft = Draft(remove=list(remove), uploads=list(uploads))
        note = build(self.context(entry.marker))
        outcome = self.writer.write(ticket, entry, note, draft, meant)
        return Done(outcome, wrote=True)

    def intend(self, ticket: Ticket, build: Build, once: Sequence[str] = ()) -> LedgerNote:
        """Write down that this note will be written, before what it tells is done."""
        entry = self.entry(ticket, build, once)
        return self.writer.intend(ticket, entry, build(self.context(entry.marker)))

    def entry(self, ticket: Ticket, build: Build, once: Sequence[str]) -> Entry:
        """Return what the ledger is told; the marker is no part of what a note says."""
        digest = build(self.context("")).digest
        key = short_hash(ticket.id, digest, *once)
        return Entry(
            key, marker_of(key), digest, automatic=False, metadata={"version": self.version}
        )

    def context(self, marker: str) -> NoteContext:
        """Return what a note is written with."""
        return NoteContext(self.version, self.writer.revision, marker, self.writer.clock())

    def drop(self, ticket: Ticket, tags: Sequence[str], outcome: str) -> Done:
        """Take the tags away without a word."""
        self.writer.acknowledge(ticket, tags)
        return Done(outcome, wrote=True)


def marker_of(key: str) -> str:
    """Return what makes a note findable on the ticket."""
    return f"cl_note_{key[:20]}"
