"""What the stub Zendesk holds and what it saw, as values."""

from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]
Answer = tuple[int, Any, dict[str, str]]

CUSTOMER, AGENT, BOT = 50, 60, 99
NOT_FOUND: Answer = (404, {"error": "RecordNotFound", "description": "Not found"}, {})


class Refused(Exception):  # noqa: N818  an answer, not a fault
    """What Zendesk answers to what it does not take."""

    def __init__(self, status: int, body: Body) -> None:
        super().__init__(str(status))
        self.answer: Answer = (status, body, {})


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
    collections: dict[str, dict[Any, Body]] = field(
        default_factory=lambda: {
            "ticket_forms": {
                "7": {
                    "id": 7,
                    "name": "Default",
                    "active": True,
                    "default": True,
                    "position": 1,
                    "ticket_field_ids": [1, 2, 3],
                }
            }
        }
    )
    """By the API's own plural names."""
    lacking: set[str] = field(default_factory=set)
    """Plural names of what this account's plan does not have."""
    system_fields: tuple[int, ...] = (1, 2, 3)
    most_webhooks: int = 10
    tokens: list[str] = field(default_factory=list)
    next_id: int = 1000
    expires_in: Any = 1800
    page_size: int = 100
    clock: int = 0

    def number(self) -> int:
        self.next_id += 1
        return self.next_id

    def stamp(self) -> str:
        """Every write gets a second of its own."""
        self.clock += 1
        return f"2026-11-24T02:{self.clock // 60:02d}:{self.clock % 60:02d}Z"

    def add_ticket(self, **changes: Any) -> int:
        """File a ticket with its first comment; `comments` are added to it."""
        more = changes.pop("comments", [])
        number = self.number()
        stamp = self.stamp()
        ticket = {
            "id": number, "subject": "Help",
            "description": "We cannot activate.", "status": "open", "tags": ["cloud-licensing"],
            "requester_id": CUSTOMER, "submitter_id": CUSTOMER, "custom_fields": [],
            "sharing_agreement_ids": [], "created_at": stamp, "updated_at": stamp,
            "group_id": 7, "brand_id": 8, "ticket_form_id": 9,
        }  # fmt: skip
        self.tickets[number] = ticket | changes
        self.comments[number] = []
        self.audits[number] = []
        self.add_comment(number, body=ticket["description"], author_id=CUSTOMER)
        for comment in more:
            self.add_comment(number, **comment)
        return number

    def add_comment(self, ticket_id: int, **changes: Any) -> Body:
        comment = {
            "id": self.number(), "type": "Comment", "author_id": CUSTOMER, "public": True,
            "body": "", "html_body": "", "attachments": [], "audit_id": self.number(),
            "created_at": self.stamp(), "metadata": {"system": {}, "custom": {}},
        } | changes  # fmt: skip
        comment.setdefault("plain_body", comment["body"])
        self.comments[ticket_id].append(comment)
        return comment
