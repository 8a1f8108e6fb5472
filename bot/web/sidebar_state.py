"""A ticket's sidebar: what the worker kept of its decision, and what lives beside it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.runbook.ticket import Ticket
from bot.store.corrections import Correction, CorrectionLog
from bot.store.database import Database
from bot.store.diagnoses import DiagnosisLog, KeptDiagnosis
from bot.store.ledger import LedgerNote, NoteLedger
from bot.store.related import related_tickets
from bot.store.switches import Mode, SwitchBoard
from bot.store.ticks import Tick, TickBoard
from bot.web.sidebar_access import KEPT_SECONDS, stored_facts
from bot.web.sidebar_looks import probes_of
from bot.web.sidebar_tickets import TicketFacts

#: Causes that say nothing about a common trouble.
_NO_CAUSE: Final = frozenset({"ok", "unclear", "irrelevant", "truncated", "tool_missing"})


@dataclass(frozen=True, slots=True)
class Decided:
    """The newest decision for a ticket, read back."""

    kept: KeptDiagnosis
    view: Mapping[str, Any]
    seen: Mapping[str, Any]
    cause: str

    @property
    def digest(self) -> str:
        """Names the decision, and the note that it would post."""
        return self.kept.record.digest

    @property
    def fresh_facts(self) -> TicketFacts | None:
        """What the worker saw of the ticket, when that was just now."""
        age = datetime.now(UTC) - self.kept.decided_at
        return stored_facts(self.seen) if age < timedelta(seconds=KEPT_SECONDS) else None

    @property
    def steps(self) -> Sequence[Mapping[str, Any]]:
        """The checklist."""
        found = self.view.get("steps")
        return found if isinstance(found, list) else ()

    @property
    def scenarios(self) -> Mapping[str, str]:
        """Every scenario that an agent may choose: id and name."""
        found = self.view.get("scenarios")
        return {str(one[0]): str(one[1]) for one in found} if isinstance(found, list) else {}


def newest_decision(database: Database, ticket_id: int) -> Decided | None:
    """Return what was decided last; None when nothing was."""
    kept = DiagnosisLog(database).newest(ticket_id)
    if kept is None:
        return None
    details = json.loads(kept.record.details)
    view, seen = details.get("view"), details.get("seen")
    return Decided(
        kept,
        view if isinstance(view, dict) else {},
        seen if isinstance(seen, dict) else {},
        str(details.get("cause") or ""),
    )


def mode_of(database: Database, facts: TicketFacts, decided: Decided | None) -> Mode:
    """Return the mode in which the bot is on this ticket."""
    scenario = decided.kept.record.scenario if decided else ""
    ticket = Ticket("", group_id=facts.group_id, form_id=facts.form_id, brand_id=facts.brand_id)
    return SwitchBoard(database).mode(ticket, scenario)


def state_of(
    database: Database, ticket_id: int, decided: Decided | None, mode: Mode, version: str
) -> dict[str, object]:
    """Return the whole state, as docs/sidebar-api.md describes it."""
    view = decided.view if decided else {}
    return {
        "ticket": ticket_id,
        "decided_at": decided.kept.decided_at.isoformat() if decided else None,
        "digest": decided.digest if decided else "",
        "verdict": _verdict(decided),
        "why": view.get("why") or [],
        "changed": view.get("changed") or [],
        "posted": _posted(decided, NoteLedger(database).notes(ticket_id)),
        "note_html": view.get("note_html") or "",
        "steps": steps_of(database, ticket_id, decided),
        "snippets": view.get("snippets") or [],
        "reply": view.get("reply"),
        "missing": view.get("missing") or "",
        "links": view.get("links") or [],
        "probes": probes_of(database, ticket_id),
        "evidence": view.get("evidence") or [],
        "live_session": view.get("live_session"),
        "related": list(_related(database, ticket_id, decided)),
        "corrections": corrections_of(database, ticket_id),
        "scenarios": [
            {"id": key, "name": name}
            for key, name in (decided.scenarios if decided else {}).items()
        ],
        "paused": SwitchBoard(database).paused(),
        "mode": mode,
        "version": version,
    }


def steps_of(
    database: Database, ticket_id: int, decided: Decided | None
) -> list[dict[str, object]]:
    """Return the checklist with the team's ticks."""
    ticks = {tick.step: tick for tick in TickBoard(database).of_ticket(ticket_id)}
    steps = decided.steps if decided else ()
    return [{**step, **_ticked(ticks.get(str(step.get("id"))))} for step in steps]


def corrections_of(database: Database, ticket_id: int) -> list[dict[str, object]]:
    """Return what agents said, newest first."""
    return [_correction(one) for one in CorrectionLog(database).of_ticket(ticket_id)]


def _ticked(tick: Tick | None) -> dict[str, object]:
    if tick is None or not tick.done:
        return {"done": False, "by": "", "at": None}
    return {"done": True, "by": tick.by_name, "at": tick.at.isoformat()}


def _correction(one: Correction) -> dict[str, object]:
    return {
        "scenario": one.scenario, "why": one.why, "by": one.by_name, "at": one.at.isoformat(),
        "said": one.said,
    }  # fmt: skip


def _verdict(decided: Decided | None) -> Mapping[str, object] | None:
    """Return the verdict; a decision of an older version has only its bare words."""
    if decided is None:
        return None
    found = decided.view.get("verdict")
    if isinstance(found, dict):
        return found
    record = decided.kept.record
    return {
        "scenario": record.scenario, "name": record.scenario, "branch": record.branch,
        "confidence": record.confidence, "confidence_words": record.confidence, "headline": "",
        "next": "", "trouble": "", "ladder": [], "corrected_by_agent": False, "refute": "",
        "morning": "",
    }  # fmt: skip


def _posted(decided: Decided | None, notes: Sequence[LedgerNote]) -> dict[str, object]:
    if decided is None:
        return {"state": "waiting", "at": None, "comment_id": None, "code": "", "reason": ""}
    said = decided.digest.partition(":")[0]
    for note in reversed(notes):
        if note.state == "done" and note.digest.partition(":")[0] == said:
            at = (note.done_at or note.created_at).isoformat()
            return {
                "state": "posted", "at": at, "comment_id": note.comment_id, "code": "",
                "reason": "",
            }  # fmt: skip
    silence = decided.kept.record.silence
    state = {None: "waiting", "mode_shadow": "shadow"}.get(silence, "silent")
    return {
        "state": state,
        "at": None,
        "comment_id": None,
        "code": silence or "",
        "reason": str(decided.view.get("silence") or silence or ""),
    }


def _related(
    database: Database, ticket_id: int, decided: Decided | None
) -> Iterator[dict[str, object]]:
    if decided is None or not decided.cause or decided.cause in _NO_CAUSE:
        return
    for one in related_tickets(database, decided.cause, ticket_id):
        yield {"ticket": one.ticket, "cause": one.cause, "at": one.at.isoformat()}
