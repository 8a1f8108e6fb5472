"""The ledger of notes: what was meant to be written to Zendesk and what stands there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class LedgerNote:
    """One note in the ledger, from intent to done."""

    key: str
    marker: str
    ticket_id: int
    digest: str
    kind: Literal["automatic", "command"]
    state: Literal["intent", "done", "abandoned"]
    created_at: datetime
    done_at: datetime | None = None
    comment_id: int | None = None
    scenario: str = ""
    branch: str = ""
