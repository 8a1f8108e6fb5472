"""A sidebar on a real store with one decided ticket, and tokens as Zendesk's proxy mints them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.test import TestResponse

from bot.config import Settings
from bot.manifests import load_manifests
from bot.pipeline.handle import Handler
from bot.pipeline.ports import EventJob
from bot.runbook.speak import Mode
from bot.runbook.ticket import Ticket
from bot.store.database import Database
from bot.store.diagnoses import DiagnosisLog
from bot.store.events import EventLog
from bot.store.ledger import NoteLedger
from bot.store.switches import SwitchBoard
from bot.store.visits import Visits
from bot.web.app import create_app
from bot.web.jwt import Verifier
from bot.web.sidebar import Sidebar
from bot.web.sidebar_access import Doorkeeper
from bot.web.sidebar_tickets import TicketFacts, ZendeskAway
from tests.fakes import Clock, FakeDesk
from tests.web.web_factories import HOST, SECRET

SIDEBAR_SECRET = "k" * 40
OLD_SECRET = "o" * 40
TICKET_ID = 4711
STAMP = "2026-11-24T07:00:00Z"
COMMENT = 900
PROOF = f"{COMMENT};{STAMP}"
MANIFESTS = load_manifests()
TICKET = Ticket(
    id=str(TICKET_ID),
    subject="Cannot activate",
    description=(
        "Our instance 16.4 cannot activate with the code. On the server:\n"
        "$ curl -I https://customers.example_company.com\n"
        "curl: (60) SSL certificate problem: self signed certificate in certificate chain\n"
        "* issuer: C=DE; O=Acme Corp; CN=Acme Proxy CA\n"
        "https://customers.example_company.com/admin/customer/55555"
    ),
    tags=("cloud-licensing",),
    status="open",
    created_at=datetime.now(UTC) - timedelta(minutes=1),
    updated_stamp=STAMP,
    description_id=COMMENT,
    comment_count=1,
)


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(head: str, body: str, secret: str = SIDEBAR_SECRET) -> str:
    digest = hmac.new(secret.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{part(digest)}"


def claims(now: Any = None, **changes: object) -> dict[str, object]:
    """Return what the proxy writes; None takes a claim away."""
    at = int(time.time() if now is None else now)
    found: dict[str, object] = {
        "iss": "acme", "aud": "cl-bot", "sub": 77, "ticket_id": TICKET_ID, "iat": at,
        "exp": at + 60,
    }  # fmt: skip
    return {key: value for key, value in (found | changes).items() if value is not None}


def token(secret: str = SIDEBAR_SECRET, header: object = None, **changes: object) -> str:
    head = part({"typ": "JWT", "alg": "HS256"} if header is None else header)
    return signed(head, part(claims(**changes)), secret)


@dataclass
class FakeTickets:
    """What Zendesk says of the ticket; `away` makes it silent."""

    facts: TicketFacts | None = None
    comments: frozenset[int] = frozenset({COMMENT})
    away: bool = False
    asked: int = 0

    def read(self, ticket_id: int) -> TicketFacts | None:
        self.asked += 1
        if self.away:
            raise ZendeskAway("no connection", 7.0)
        return self.facts if ticket_id == TICKET_ID else None

    def newest_comments(self, ticket_id: int) -> frozenset[int]:
        self.asked += 1
        return self.comments


def facts(**changes: Any) -> TicketFacts:
    return replace(
        TicketFacts(frozenset({"cloud-licensing"}), datetime.fromisoformat(STAMP)), **changes
    )


@dataclass
class SidebarDesk:
    """The app, the fake Zendesk behind it, and calls as an agent's browser makes them."""

    database: Database
    tickets: FakeTickets = field(default_factory=lambda: FakeTickets(facts()))
    clock: Clock = field(default_factory=Clock)
    issuers: frozenset[str] = frozenset({"acme"})

    def __post_init__(self) -> None:
        self.clock.now = datetime.now(UTC)
        settings = Settings(zendesk_url=f"https://{HOST}", zendesk_webhook_secrets=(SECRET,))
        visits = Visits(self.database)
        keeper = Doorkeeper(self.tickets, visits, lambda: self.clock().timestamp())
        verifier = Verifier((SIDEBAR_SECRET, OLD_SECRET), lambda: self.issuers)
        sidebar = Sidebar(self.database, verifier, keeper, "1.2.3", MANIFESTS.tongues)
        app = create_app(settings, self.database, pages=(sidebar.blueprint(),))
        self.client = app.test_client()
        SwitchBoard(self.database).set_watermark(datetime.now(UTC) - timedelta(days=1), "test")

    def decide(
        self, ticket: Ticket = TICKET, mode: Mode = "shadow", job: EventJob | None = None
    ) -> FakeDesk:
        """Let a worker decide, with the real store under it; return the desk it wrote to."""
        SwitchBoard(self.database).set_mode("global", mode, "test", "test")
        desk = FakeDesk(ticket, self.clock)
        self.handler(desk)(job or EventJob("event-1", TICKET_ID, "created", "no", self.clock.now))
        return desk

    def handler(self, desk: FakeDesk) -> Handler:
        return Handler(
            desk=desk,
            writable=frozenset(),
            ledger=NoteLedger(self.database),
            switches=SwitchBoard(self.database),
            events=EventLog(self.database),
            diagnoses=DiagnosisLog(self.database),
            runbook=MANIFESTS.runbook,
            rules=MANIFESTS.runbook.speak,
            version="0.0.0",
            revision=MANIFESTS.revision,
            clock=self.clock,
        )

    def age_decisions(self) -> None:
        """Let the last decision be older than a minute."""
        with self.database.connection() as connection:
            connection.execute("UPDATE diagnoses SET decided_at = now() - interval '5 minutes'")

    def call(
        self,
        method: str = "GET",
        path: str = "",
        body: object = None,
        *,
        bearer: str | None = None,
        proof: str = PROOF,
        ticket_id: int = TICKET_ID,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        auth = token(ticket_id=ticket_id) if bearer is None else bearer
        return self.client.open(
            f"/sidebar/tickets/{ticket_id}{path}",
            method=method,
            json=body,
            headers={
                "Authorization": f"Bearer {auth}", "X-Ticket-Proof": proof, **(headers or {}),
            },
        )  # fmt: skip
