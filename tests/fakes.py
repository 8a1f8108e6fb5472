"""Hand-written stand-ins for Zendesk and the store, for tests that choose every fault."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.pipeline.ports import AttachmentsHint
from bot.runbook.speak import Mode
from bot.runbook.ticket import Comment, Ticket
from bot.runbook.writing import NoteWrite, Receipt
from bot.store.diagnoses import DiagnosisRecord, KeptDiagnosis
from bot.store.ledger import LedgerNote
from bot.zendesk.errors import Conflict, OutcomeUnknown, RateLimited, Unreachable

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


@dataclass
class Clock:
    """A clock that moves only when a test says so."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class FakeDesk:
    """One ticket of a Zendesk that keeps safe_update, with one-second stamps, and fails on demand.

    `faults` are taken one per write: "ok", "conflict", "refused" (never sent), "lost" (applied,
    no answer), "late:N" (applied N seconds after the caller gave up), "limited" (429),
    "killed_before", "killed_after".
    """

    ticket: Ticket
    clock: Clock
    faults: list[str] = field(default_factory=list)
    writable_fields: frozenset[str] = frozenset({"scenario"})
    applied: list[NoteWrite] = field(default_factory=list)
    reads: int = 0
    _late: list[tuple[datetime, str, NoteWrite]] = field(default_factory=list)

    @property
    def notes(self) -> list[NoteWrite]:
        return [write for write in self.applied if write.html is not None]

    def read_ticket(self, ticket_id: int, attachments: AttachmentsHint) -> Ticket:
        assert ticket_id == int(self.ticket.id)
        self.arrive()
        self.reads += 1
        return self.ticket

    def find_note(self, ticket_id: int, marker: str) -> Receipt | None:
        self.arrive()
        for number, write in enumerate(self.applied):
            if write.marker == marker:
                return Receipt(number, number, self.ticket.updated_stamp)
        return None

    def write(self, ticket: Ticket, note: NoteWrite) -> Receipt:
        fault = self.faults.pop(0) if self.faults else "ok"
        if fault == "killed_before":
            raise Killed
        if fault == "refused":
            raise Unreachable("connection refused")
        if fault == "limited":
            raise RateLimited("too many calls", 3.0)
        if fault.startswith("late:"):
            due = self.clock() + timedelta(seconds=float(fault.removeprefix("late:")))
            self._late.append((due, ticket.updated_stamp, note))
            raise OutcomeUnknown("no answer within 10 s")
        if fault == "conflict":
            self.someone_writes("I am on it.")
        self._apply(ticket.updated_stamp, note)
        if fault == "lost":
            raise OutcomeUnknown("connection dropped")
        if fault == "killed_after":
            raise Killed
        return Receipt(len(self.applied), len(self.applied), self.ticket.updated_stamp)

    def someone_writes(self, body: str, *, author: str = "customer", public: bool = False) -> None:
        """Somebody else adds a comment: the stamp moves."""
        number = 100 + len(self.ticket.comments)
        comment = Comment(author, body, id=number, public=public)  # type: ignore[arg-type]
        self._touch(replace(self.ticket, comments=(*self.ticket.comments, comment)))

    def arrive(self) -> None:
        """Apply every late write that is due, unless the ticket has moved on since."""
        due = [item for item in self._late if item[0] <= self.clock()]
        self._late = [item for item in self._late if item[0] > self.clock()]
        for _, stamp, note in due:
            if stamp == self.ticket.updated_stamp:
                self._apply(stamp, note)

    def _apply(self, stamp: str, note: NoteWrite) -> None:
        if stamp != self.ticket.updated_stamp:
            raise Conflict("the ticket has changed since it was read")
        self.applied.append(note)
        ticket = self.ticket
        if note.html is not None:
            comment = Comment("bot", note.html, id=500 + len(self.applied), public=False)
            ticket = replace(ticket, comments=(*ticket.comments, comment))
        if note.tags is not None:
            ticket = replace(ticket, tags=note.tags)
        self._touch(replace(ticket, fields={**ticket.fields, **note.fields}))

    def _touch(self, ticket: Ticket) -> None:
        self.ticket = replace(ticket, updated_stamp=self.clock().isoformat(timespec="seconds"))


@dataclass
class FakeLedger:
    """A ledger that survives `Killed`; `dies_at` names the call at which the store is gone."""

    clock: Clock
    rows: dict[str, LedgerNote] = field(default_factory=dict)
    dies_at: list[str] = field(default_factory=list)

    def notes(self, ticket_id: int) -> Sequence[LedgerNote]:
        return [row for row in self.rows.values() if row.ticket_id == ticket_id]

    def intend(
        self,
        note: LedgerNote,
        rule_ids: Sequence[str],
        revision: str,
        *,
        seen: datetime | None = None,
    ) -> LedgerNote:
        standing = self.rows.get(note.key)
        mine = standing is None or standing.state == "abandoned" or standing.created_at == seen
        if standing is None or (mine and standing.state != "done"):
            self.rows[note.key] = standing = replace(note, created_at=self.clock())
        return standing

    def done(self, key: str, receipt: Receipt) -> None:
        if self.dies_at and self.dies_at[0] == "done":
            self.dies_at.pop(0)
            raise Killed
        self.rows[key] = replace(self.rows[key], state="done", done_at=self.clock())

    def abandon(self, key: str, reason: str) -> None:
        self.rows[key] = replace(self.rows[key], state="abandoned")


@dataclass
class FakeSwitches:
    """Switches that a test turns."""

    is_paused: bool = False
    in_mode: Mode = "on"
    mark: datetime = START - timedelta(days=1)

    def paused(self) -> bool:
        return self.is_paused

    def mode(self, ticket: Ticket, scenario: str) -> Mode:
        return self.in_mode

    def watermark(self) -> datetime:
        return self.mark


@dataclass
class FakeEvents:
    """The accepted events of one ticket."""

    newest: str | None = None
    newest_created: str | None = None
    outcomes: dict[str, str] = field(default_factory=dict)

    def newest_of(self, ticket_id: int, kind: str = "") -> str | None:
        return self.newest_created if kind == "created" else self.newest

    def close(self, key: str, outcome: str) -> None:
        self.outcomes[key] = outcome


@dataclass
class FakeDiagnoses:
    """Every decision that was kept."""

    records: list[DiagnosisRecord] = field(default_factory=list)

    def save(self, record: DiagnosisRecord) -> None:
        self.records.append(record)

    def newest(self, ticket_id: int) -> KeptDiagnosis | None:
        return KeptDiagnosis(self.records[-1], START) if self.records else None


def until_settled(run: Callable[[], object], clock: Clock, gives_back: type[Exception]) -> int:
    """Run a job like the queue does, with `Later` and failures retried; return the tries."""
    for tries in range(1, 40):
        try:
            run()
        except gives_back as later:
            clock.tick(float(getattr(later, "seconds", 1.0)))
        except (Unreachable, OutcomeUnknown, RateLimited):
            clock.tick(1.0)
        except Killed:
            clock.tick(7.0)
        else:
            return tries
    raise AssertionError("the job never settles")
