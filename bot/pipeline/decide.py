"""What does a ticket call for? Reads and writes nothing: the bridge to the pure middle."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.pipeline.attached import NO_FILES, Attached
from bot.pipeline.tags import OPTION_PREFIX
from bot.runbook.book import Runbook
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.guarded import ORDERS, orders_on
from bot.runbook.har_notes import HAR, pairs_in
from bot.runbook.observe import observe_ticket
from bot.runbook.order_notes import ORDER
from bot.runbook.plan import BOT_OFF, RUN_PROBES, semantic_digest
from bot.runbook.probe_note import PROBES
from bot.runbook.ticket import Ticket
from bot.store.ledger import LedgerNote

#: Asks for another look only: when nothing has changed there is nothing to write.
REEVALUATE: Final = "reevaluate"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a ticket calls for, before anybody asks whether to speak."""

    ticket: Ticket
    """As the runbook saw it: our own earlier value of the scenario field is left out."""
    diagnosis: Diagnosis
    command: str | None
    """An agent's command that stands on the ticket as a tag."""
    command_tags: tuple[str, ...]
    """Without those that ask for a probe run: they go with its results."""
    digest: str
    """Of what the note says (DESIGN 4.5), and after a colon the command that asked for more."""
    key: str
    """Names the note in the ledger."""
    run_tags: tuple[str, ...] = ()
    """Tags that ask for a probe run."""
    order_tags: tuple[str, ...] = ()
    """Tags that order something apart from the verdict: they go with what comes of it."""
    files: Attached = NO_FILES
    """What the ticket's files say."""

    @property
    def marker(self) -> str:
        """What makes the note findable on the ticket; the same for every try of one note."""
        return f"cl_note_{self.key[:20]}"

    def in_portal_trouble(self) -> "Decision":
        """Return the decision while the portal itself is in trouble: the note says other things."""
        verdict, colon, command = self.digest.partition(":")
        digest = hashlib.sha256(f"{verdict}|portal trouble".encode()).hexdigest()
        digest = f"{digest}{colon}{command}"
        return replace(self, digest=digest, key=_key(self.ticket, digest, self.command))


def decide(
    runbook: Runbook,
    ticket: Ticket,
    notes: Sequence[LedgerNote],
    files: Attached = NO_FILES,
) -> Decision:
    """Diagnose the ticket and name what would be written; `files` is what its files say.

    `notes` are the ledger's, oldest first: the scenario that we set ourselves is no correction
    by an agent.
    """
    seen = _without_our_scenario(ticket, notes)
    looks = (*observe_ticket(seen, runbook), *files.observations)
    diagnosis = classify(runbook, seen, looks)
    apart = {BOT_OFF, RUN_PROBES, *ORDERS}
    tags = tuple(tag for tag in seen.tags if runbook.commands.get(tag, BOT_OFF) not in apart)
    runs = tuple(tag for tag in seen.tags if runbook.commands.get(tag) == RUN_PROBES)
    command = runbook.commands[tags[0]] if tags else None
    digest = _digest(semantic_digest(runbook, seen, diagnosis), files, notes)
    if command is not None and command != REEVALUATE:
        digest = f"{digest}:{command}"
    return Decision(
        seen, diagnosis, command, tags, digest, _key(seen, digest, command), runs,
        orders_on(seen, runbook.commands), files,
    )  # fmt: skip


def _digest(verdict: str, files: Attached, notes: Sequence[LedgerNote]) -> str:
    """A live session in a file is news, even where the verdict stays; that it was redacted is none.

    Our own order has done that and has said so.
    """
    live = {one.attachment_id for one in files.warnings if one.kind == "live_session"}
    digest = _warned(verdict, live)
    told = [note.digest.partition(":")[0] for note in notes if _stands(note) and is_verdict(note)]
    gone = {
        attachment
        for note in notes
        if _stands(note) and note.digest.startswith(f"{HAR}done:")
        for _, attachment in pairs_in(note.digest)
    }
    as_before = _warned(verdict, live | gone)
    return as_before if gone and as_before in told[-1:] else digest


def _warned(verdict: str, live: Collection[int]) -> str:
    text = f"{verdict}|live {sorted(live)}"
    return hashlib.sha256(text.encode()).hexdigest() if live else verdict


def is_verdict(note: LedgerNote) -> bool:
    """Is this a verdict on the ticket? A probe run's note and the answer to an order are none."""
    return not note.digest.startswith((PROBES, ORDER))


def _stands(note: LedgerNote) -> bool:
    return note.state == "done"


def _without_our_scenario(ticket: Ticket, notes: Sequence[LedgerNote]) -> Ticket:
    told = (note.scenario for note in reversed(notes) if note.state == "done" and note.scenario)
    ours = next(told, None)
    if ours is None or ticket.fields.get("scenario", ours) != ours:
        return ticket
    kept = {key: value for key, value in ticket.fields.items() if key != "scenario"}
    tags = tuple(tag for tag in ticket.tags if tag != OPTION_PREFIX + ours)
    return replace(ticket, fields=kept, tags=tags)


def _key(ticket: Ticket, digest: str, command: str | None) -> str:
    """Return the ledger key: digest, newest comment that is not ours, and command (DESIGN 4.5).

    Our own notes are left out: reading the ticket again after a lost answer must give the same
    key, whether the note has arrived or not.
    """
    others = [comment.id for comment in ticket.comments if comment.author != "bot" and comment.id]
    text = f"{ticket.id}|{digest}|{max(others, default=0)}|{command or ''}"
    return hashlib.sha256(text.encode()).hexdigest()
