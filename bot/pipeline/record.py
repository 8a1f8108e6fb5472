"""A decision as the store keeps it: for the sidebar, for `rehearse`, and for `explain`."""

import json

from bot.pipeline.decide import Decision
from bot.pipeline.draft import Draft
from bot.pipeline.ports import EventJob
from bot.runbook.speak import Silence
from bot.store.diagnoses import DiagnosisRecord


def record_of(
    job: EventJob, decision: Decision, draft: Draft, silence: Silence | None
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
        details=json.dumps(details, ensure_ascii=False),
    )
