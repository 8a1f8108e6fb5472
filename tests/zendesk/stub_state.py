"""What the stub Zendesk holds and what it saw, as values."""

from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]
Answer = tuple[int, Any, dict[str, str]]

CUSTOMER, AGENT, BOT = 50, 60, 99
NOT_FOUND: Answer = (404, {"error": "RecordNotFound", "description": "Not found"}, {})


@dataclass
class Seen:
    """A request that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class State:
    """What this account holds."""

    tickets: dict[int, Body] = field(default_factory=dict)
    comments: dict[int, list[Body]] = field(default_factory=dict)
    audits: dict[int, list[Body]] = field(default_factory=dict)
    users: dict[int, Body] = field(
        default_factory=lambda: {
            CUSTOMER: {"id": CUSTOMER, "role": "end-user", "locale": "de"},
            AGENT: {"id": AGENT, "role": "agent", "locale": "en-US"},
            BOT: {"id": BOT, "role": "admin", "name": "Licensing bot", "locale": "en-US"},
        }
    )
    collections: dict[str, dict[Any, Body]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    next_id: int = 1000
    clock: int = 0

    def number(self) -> int:
        self.next_id += 1
        return self.next_id

    def stamp(self) -> str:
        """Every write gets a second of its own."""
        self.clock += 1
        return f"2026-11-24T02:{self.clock // 60:02d}:{self.clock % 60:02d}Z"
