"""A decision as the store keeps it: for the sidebar, for `rehearse`, and for `explain`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bot.pipeline.decide import Decision
from bot.pipeline.draft import Draft
from bot.pipeline.place import place_of
from bot.pipeline.ports import EventJob
from bot.runbook.book import Runbook
from bot.runbook.note import NoteContext
from bot.runbook.speak import Silence
from bot.runbook.view import View, view_of
from bot.runbook.view_changes import Before, Facts
from bot.runbook.view_evidence import LiveFile
from bot.store.diagnoses import DiagnosisRecord, KeptDiagnosis


def record_of(
    job: EventJob,
    decision: Decision,
    draft: Draft,
    silence: Silence | None,
    view: View,
) -> DiagnosisRecord:
    """Return what is kept of one decision. Every quote in it was redacted when it was taken."""
    diagnosis = decision.diagnosis
    judged = diagnosis.assessment
    details = {
        "layer": judged.layer if judged else None,
        "cause": judged.cause if judged else None,
        "activates": judged.activates if judged else None,
        "reasons": [
            {"signal": r.signal, "weight": r.weight, "quote": r.quote, "source": r.source}
            for r in diagnosis.reasons
        ],
        "findings": diagnosis.findings,
        "missing": diagnosis.missing,
        "alternatives": [
            {"scenario": a.scenario, "score": a.score, "confirm": a.confirm}
            for a in diagnosis.alternatives
        ],
        "corrected_by_agent": diagnosis.corrected_by_agent,
        "command": decision.command,
        # for `forget` and `export` of a person
        "requester_id": decision.ticket.requester_id,
        "seen": _seen(decision),
        "view": view,
    }
    return DiagnosisRecord(
        ticket_id=job.ticket_id,
        event_key=job.key,
        digest=decision.digest,
        scenario=diagnosis.scenario,
        branch=diagnosis.branch,
        confidence=diagnosis.confidence,
        silence=silence,
        markdown=draft.note.markdown if draft.note else "",
        details=msgspec.json.encode(details).decode(),
    )


def view_for(
    book: Runbook,
    decision: Decision,
    context: NoteContext,
    draft: Draft,
    silence: Silence | None,
    last: KeptDiagnosis | None,
) -> View:
    """Return what the sidebar shows of a decision; `last` is the one before it."""
    live = [one for one in decision.files.warnings if one.kind == "live_session"]
    return view_of(
        book,
        decision.diagnosis,
        context,
        note_html=draft.note.html if draft.note else "",
        silence=silence or "",
        files=tuple(LiveFile(one.name, dict(one.secrets)) for one in live),
        before=_before(last),
    )


def _seen(decision: Decision) -> Mapping[str, object]:
    """What the ticket was like: the web takes an agent's proof by it, without asking Zendesk."""
    ticket = decision.ticket
    return {
        "newest_comment": ticket.newest_comment_id,
        "updated_at": ticket.updated_stamp,
        "tags": [tag for tag in ticket.tags if tag in ("cloud-licensing", "cl_bot_off")],
        "group": ticket.group_id,
        "form": ticket.form_id,
        "brand": ticket.brand_id,
        "place": place_of(ticket, decision.diagnosis.extracted),
    }


def _before(last: KeptDiagnosis | None) -> Before | None:
    """Read the last decision back; one that an older version kept has only its verdict."""
    if last is None:
        return None
    record = last.record
    view = _object(_object(_loaded(record.details)).get("view"))
    facts = _object(view.get("facts"))
    return Before(
        Facts(
            scenario=record.scenario,
            branch=record.branch or "",
            confidence=record.confidence,
            causes=_words(facts.get("causes")),
            missing=str(facts.get("missing") or ""),
            known=_words(facts.get("known")),
            trouble=facts.get("trouble") is True,
        ),
        _words(view.get("changed")),
    )


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _words(value: object) -> tuple[str, ...]:
    found: Sequence[object] = value if isinstance(value, list) else ()
    return tuple(str(item) for item in found)
