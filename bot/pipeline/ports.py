"""What the pipeline needs from the outside, as Protocols: the desk, the ledger, the switches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.evidence.look import Look
from bot.runbook.probe_note import ProbeReport
from bot.runbook.speak import Mode
from bot.runbook.ticket import Ticket
from bot.runbook.writing import NoteWrite, Receipt
from bot.store.diagnoses import DiagnosisRecord, KeptDiagnosis
from bot.store.ledger import LedgerNote

EventKind = Literal[
    "created", "replied", "field_changed", "command", "reconciled", "replayed", "probed",
    "looked", "note", "stuck", "retracted",
]  # fmt: skip
AttachmentsHint = Literal["yes", "no", "unknown"]


class Later(Exception):  # noqa: N818  not an error: the job is given back
    """Run this job again in `seconds`; it does not count as a failed try."""

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds
        self.reason = reason


class GiveUp(Exception):  # noqa: N818  what happens to the job
    """Asking again changes nothing: lay this job aside with the reason, for a person to look."""


@dataclass(frozen=True, slots=True)
class EventJob:
    """An accepted event as the queue hands it over: look at this ticket."""

    key: str
    ticket_id: int
    kind: EventKind
    attachments: AttachmentsHint
    received_at: datetime
    actor_id: int | None = None


class Desk(Protocol):
    """Zendesk, as far as a running bot needs it. Raises the errors of `bot.zendesk.errors`."""

    def read_ticket(self, ticket_id: int, attachments: AttachmentsHint) -> Ticket:
        """Return the ticket; comments are listed only when there are more than one or files."""

    def find_note(self, ticket_id: int, marker: str) -> Receipt | None:
        """Look for the marker in the newest audits, or in the newest comments' footers."""

    def write(self, ticket: Ticket, note: NoteWrite) -> Receipt:
        """Send the one PUT, never repeated blindly."""


class Ledger(Protocol):
    """What was meant to be written and what was; survives kill -9."""

    def notes(self, ticket_id: int) -> Sequence[LedgerNote]:
        """Every note of the ticket, oldest first."""

    def intend(
        self,
        note: LedgerNote,
        rule_ids: Sequence[str],
        revision: str,
        *,
        seen: datetime | None = None,
    ) -> LedgerNote:
        """Write the intent, or return the note, or another's intent, that stands there.

        `seen` dates the intent that the caller found there and has settled.
        """

    def done(self, key: str, receipt: Receipt) -> None:
        """Record that the note stands on the ticket."""

    def abandon(self, key: str, reason: str) -> None:
        """Record that this note will not be written."""


class Switches(Protocol):
    """What an operator may turn while the bot runs."""

    def paused(self) -> bool:
        """Is `licensing-bot pause` in force?"""

    def mode(self, ticket: Ticket, scenario: str) -> Mode:
        """The mode for this group, form, brand and scenario; the most silent of those that fit."""

    def watermark(self) -> datetime:
        """Tickets created before this get no first automatic note."""


class Events(Protocol):
    """The accepted events."""

    def newest_of(self, ticket_id: int, kind: str = "") -> str | None:
        """Key of the newest accepted event of this ticket, or the newest of one kind."""

    def close(self, key: str, outcome: str) -> None:
        """Record what came of an event, in a few words without customer text."""


class Diagnoses(Protocol):
    """What was decided, per ticket."""

    def save(self, record: DiagnosisRecord) -> None:
        """Keep one decision."""

    def newest(self, ticket_id: int) -> KeptDiagnosis | None:
        """Return the newest decision for this ticket."""


@dataclass(frozen=True, slots=True)
class LookJob:
    """A vantage is asked for one look at the portal."""

    vantage: str
    run_id: int | None = None
    """The ticket's run it belongs to; None for the shared control result."""
    place: str = ""
    """For Globalping: where the customer seems to be."""


class Prober(Protocol):
    """What the probe queues hold: looks from a vantage, and the end of a ticket's run."""

    def look(self, job: LookJob) -> None:
        """Look from a vantage of ours and keep what was seen."""

    def close(self, run_id: int) -> None:
        """End a run, complete or not, and let its note be written."""


class Control(Protocol):
    """The portal as we see it, shared by all tickets."""

    def looks(self, *, fresh: bool) -> Sequence[Look]:
        """Return the newest look of each vantage of ours, the one to be named first.

        With `fresh` a new one is asked for when the last is too old, and waited for briefly.
        Never raises: a note does without rather than wait or fail.
        """

    def alike(self, cause: str, ticket_id: int) -> Sequence[int]:
        """Return other tickets that lately had this cause. Never raises."""


class Probing(Protocol):
    """The probe runs that agents ask for."""

    def start(self, ticket_id: int, place: str, *, again: bool) -> str:
        """Start a run unless one is under way, and say in words what was done.

        Without `again` a run that the ticket had lately is enough.
        """

    def start_instance(self, ticket_id: int, url: str) -> str:
        """Start a look at the customer's own instance, and say in words what was done."""

    def is_instance_under_way(self, ticket_id: int) -> bool:
        """Is such a look running, or its note still to be written?"""

    def report(self, run_id: int) -> ProbeReport | None:
        """Return what a run brought; None when there is no such run."""

    def tell(self, run_id: int, outcome: str) -> None:
        """Record what became of the run's note."""
