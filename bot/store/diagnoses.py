"""What was decided for a ticket, kept for the sidebar, `rehearse` and `evaluate`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiagnosisRecord:
    """What was decided for a ticket, kept for the sidebar, `rehearse` and `evaluate`."""

    ticket_id: int
    event_key: str
    digest: str
    scenario: str
    branch: str | None
    confidence: str
    silence: str | None
    """Why nothing was posted; None when a note was."""
    markdown: str
    """The (would-be) note, redacted."""
    details: str
    """JSON: reasons, findings, missing, alternatives, extracted; redacted."""
