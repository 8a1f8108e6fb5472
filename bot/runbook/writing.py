"""What goes to Zendesk in one write and what comes back: values between pipeline and desk."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoteWrite:
    """One PUT: the internal note, the complete tags, and the option fields, under safe_update."""

    marker: str
    """Unique per intent; stands in `metadata` and in the note's footer."""
    html: str | None
    """None when only tags or fields change."""
    tags: tuple[str, ...] | None
    """The complete new tags (see `bot.pipeline.tags`), None to leave them alone."""
    fields: Mapping[str, str]
    """By our own field keys."""
    metadata: Mapping[str, str]
    uploads: tuple[str, ...] = ()
    """Tokens of uploaded files that come with the note."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Zendesk's answer to a write, or what a look into the audits found of it."""

    audit_id: int | None
    comment_id: int | None
    updated_at: str
