"""An agent orders HARs to be replaced by their safe copies: asked twice, then done step by step.

1. The first use asks: which files, what is inside, what will happen. Nothing is changed.
2. The second use within a quarter of an hour brings the copies in one internal note.
3. Only when these very bytes are read again from that note are the originals redacted.
4. The ticket is read again; a line says what is gone, or what is still there. The tag goes with it.

Every step looks at what stands on the ticket and in the ledger, so a killed process changes
nothing: the same event goes on where it was. What the copies' note names is what is redacted.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from bot.pipeline.attached import Attached
from bot.pipeline.order_ports import Done, Vault
from bot.pipeline.ports import Desk, EventJob
from bot.pipeline.safe_copy import LARGEST, NotCovered, SafeCopy, make_copy, stands
from bot.pipeline.scribe import Scribe
from bot.runbook.har_notes import (
    HAR,
    Original,
    Reason,
    ask_note,
    copies_note,
    digest_of,
    done_note,
    failed_note,
    left_note,
    nothing_note,
    pairs_in,
)
from bot.runbook.ticket import Attachment, Ticket
from bot.store.ledger import LedgerNote
from bot.zendesk.errors import NotFound, Rejected, ScopeMissing
from bot.zendesk.redaction import is_redacted

log = logging.getLogger(__name__)

_REASONS: Final[dict[str, Reason]] = {
    "malware": "malware", "refused": "large", "not_fetched": "not_fetched",
    "unreadable": "unreadable", "left_out": "large",
}  # fmt: skip
Pair = tuple[int, int]
Standing = dict[Pair, Attachment]


@dataclass(frozen=True, slots=True)
class HarOrder:
    """One order on one ticket, as it was read for this event."""

    scribe: Scribe
    desk: Desk
    vault: Vault
    job: EventJob
    actor: int
    tags: Sequence[str]

    def carry_out(self, ticket: Ticket, files: Attached, notes: Sequence[LedgerNote]) -> Done:
        """Do the next step that can be done now."""
        begun = _begun(notes)
        if begun is not None:
            return self._finish(ticket, begun, ())
        originals, untouched = _originals(ticket, files)
        if not originals:
            build = partial(nothing_note, self.scribe.book, untouched=untouched)
            return self.scribe.tell(ticket, build, remove=self.tags)
        asked = _newest(notes, digest_of("ask", (one.pair for one in originals)))
        age = self._age(asked)
        rules = self.scribe.book.guarded
        if asked is None or age is None or age > timedelta(minutes=rules.confirm_within_minutes):
            build = partial(ask_note, self.scribe.book, originals=originals, untouched=untouched)
            return self.scribe.tell(ticket, build, remove=self.tags, once=(self.job.key,))
        if age < timedelta(seconds=rules.confirm_after_seconds):
            return self.scribe.drop(ticket, self.tags, "safe copy: taken for a double click")
        return self._replace(ticket, originals, asked)

    def _age(self, asked: LedgerNote | None) -> timedelta | None:
        """How long after the question was this order given?"""
        if asked is None or asked.done_at is None:
            return None
        return self.job.received_at - asked.done_at

    def _replace(self, ticket: Ticket, originals: Sequence[Original], asked: LedgerNote) -> Done:
        """Bring the copies, then go on at once."""
        try:
            copies = self._copies(ticket, originals)
            tokens = [self._upload(copy) for copy in copies]
        except _Stopped as stopped:
            build = partial(failed_note, self.scribe.book, file=stopped.file, reason=stopped.reason)
            return self.scribe.tell(ticket, build, remove=self.tags, once=(asked.key,))
        named = [(copy.original, copy.name) for copy in copies]
        build = partial(copies_note, self.scribe.book, originals=named, actor=self.actor)
        self.scribe.tell(ticket, build, once=(asked.key,), uploads=tokens)
        fresh = self._read()
        begun = _begun(self.scribe.writer.ledger.notes(self.job.ticket_id))
        if begun is None:
            return Done("safe copy: another order was faster", wrote=True)
        return self._finish(fresh, begun, copies)

    def _finish(self, ticket: Ticket, begun: LedgerNote, known: Sequence[SafeCopy]) -> Done:
        """Redact what the copies stand in for, and say what is gone."""
        pairs = pairs_in(begun.digest)
        done = partial(done_note, self.scribe.book, pairs=pairs, actor=self.actor)
        once = (begun.key,)
        meant: LedgerNote | None = None
        left = _standing(ticket, pairs)
        if left:
            reason = self._why_not(ticket, begun, left, known)
            if reason:
                return self._give_up(ticket, left, reason, once)
            meant = self.scribe.intend(ticket, done, once)
            reason = self._redact(left)
            ticket = self._read()
            left = _standing(ticket, pairs)
            if left:
                self.scribe.writer.ledger.abandon(meant.key, "an original is still there")
                return self._give_up(ticket, left, reason or "stays", once)
        return self.scribe.tell(ticket, done, remove=self.tags, once=once, meant=meant)

    def _why_not(
        self, ticket: Ticket, begun: LedgerNote, left: Standing, known: Sequence[SafeCopy]
    ) -> Reason | None:
        """Do the copies of these originals stand in our note, byte for byte?"""
        try:
            copies = known or self._copies(ticket, _named(left))
        except _Stopped as stopped:
            return stopped.reason
        note = next((one for one in ticket.comments if one.id == begun.comment_id), None)
        if note is None or note.author != "bot" or note.public:
            return "copy"
        return None if stands(self.vault, copies, note.attachments) else "copy"

    def _redact(self, left: Standing) -> Reason | None:
        """Redact these files; return why one could not be. What counts is the next reading."""
        trouble: Reason | None = None
        for pair, attachment in left.items():
            trouble = self._redact_one(pair, attachment) or trouble
        for pair, attachment in _standing(self._read(), left).items():
            trouble = self._redact_one(pair, attachment, again=True) or trouble
        return trouble

    def _redact_one(
        self, pair: Pair, attachment: Attachment, *, again: bool = False
    ) -> Reason | None:
        way = self.vault.redact_alone if again else self.vault.redact
        log.warning(
            "attachment is redacted",
            extra={
                "ticket": self.job.ticket_id, "comment": pair[0], "attachment": pair[1],
                "actor": self.actor,
            },
        )  # fmt: skip
        try:
            way(self.job.ticket_id, pair[0], attachment)
        except ScopeMissing:
            return "redact"
        except (NotFound, Rejected):
            return "other"
        return None

    def _give_up(self, ticket: Ticket, left: Standing, reason: Reason, once: Sequence[str]) -> Done:
        build = partial(
            left_note, self.scribe.book, left=_named(left), reason=reason, actor=self.actor
        )
        return self.scribe.tell(ticket, build, remove=self.tags, once=once)

    def _copies(self, ticket: Ticket, originals: Iterable[Original]) -> list[SafeCopy]:
        there = dict(_files(ticket))
        copies = []
        for original in originals:
            try:
                copies.append(make_copy(self.vault, original, there[original.pair]))
            except NotCovered as not_covered:
                raise _Stopped(original.name, not_covered.reason) from None
        return copies

    def _upload(self, copy: SafeCopy) -> str:
        try:
            return self.vault.upload(copy.name, "application/json", copy.content)
        except ScopeMissing:
            raise _Stopped(copy.original.name, "upload") from None
        except (NotFound, Rejected):
            raise _Stopped(copy.original.name, "other") from None

    def _read(self) -> Ticket:
        return self.desk.read_ticket(self.job.ticket_id, "yes")


class _Stopped(Exception):  # noqa: N818  never leaves this file
    def __init__(self, file: str, reason: Reason) -> None:
        super().__init__(reason)
        self.file = file
        self.reason: Reason = reason


def _begun(notes: Sequence[LedgerNote]) -> LedgerNote | None:
    """Return the note whose copies stand while its originals are not accounted for."""
    begun: LedgerNote | None = None
    for note in notes:
        if note.state != "done":
            continue
        if note.digest.startswith(f"{HAR}copies:"):
            begun = note
        elif note.digest.startswith((f"{HAR}done:", f"{HAR}left:")):
            begun = None
    return begun


def _newest(notes: Sequence[LedgerNote], digest: str) -> LedgerNote | None:
    """Return the newest standing question about these files, unless it was answered since."""
    found = [note for note in notes if note.state == "done" and note.digest.startswith(HAR)]
    last = found[-1] if found else None
    return last if last is not None and last.digest == digest else None


def _originals(ticket: Ticket, files: Attached) -> tuple[list[Original], list[tuple[str, Reason]]]:
    """Return the HARs in which something has to go, and what else stays for which reason."""
    reports = {har.attachment_id: har for har in files.hars}
    originals: list[Original] = []
    room = LARGEST
    untouched: list[tuple[str, Reason]] = [
        (caution.name, _REASONS[caution.kind])
        for caution in files.warnings
        if caution.kind in _REASONS
    ]
    untouched += [
        (caution.name, "not_har")
        for caution in files.warnings
        if caution.kind == "live_session" and caution.attachment_id not in reports
    ]
    for (comment_id, attachment_id), attachment in _files(ticket):
        har = reports.get(attachment_id)
        if har is None or not har.report.secrets_found:
            continue
        room -= attachment.size
        if room < 0:
            untouched.append((har.name, "large"))
        elif har.report.state != "complete":
            untouched.append((har.name, "damaged"))
        else:
            originals.append(
                Original(comment_id, attachment_id, har.name, attachment.size, har.found)
            )
    return originals, untouched


def _named(standing: Standing) -> list[Original]:
    return [
        Original(*pair, attachment.file_name, attachment.size)
        for pair, attachment in standing.items()
    ]


def _standing(ticket: Ticket, pairs: Iterable[Pair]) -> Standing:
    """Return the originals that are still there."""
    wanted = set(pairs)
    return {
        pair: attachment
        for pair, attachment in _files(ticket)
        if pair in wanted and not is_redacted(attachment)
    }


def _files(ticket: Ticket) -> Iterator[tuple[Pair, Attachment]]:
    """Every file that people sent, by comment and file."""
    if ticket.description_id is not None:
        for attachment in ticket.description_attachments:
            yield (ticket.description_id, attachment.id), attachment
    for comment in ticket.comments:
        if comment.id is not None and comment.author != "bot":
            for attachment in comment.attachments:
                yield (comment.id, attachment.id), attachment
