"""`POST /zendesk/events`: a signed delivery becomes a durable event, or a clear refusal."""

import hashlib
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from flask import Blueprint, Response, request

from bot.queue import COMMAND
from bot.store.database import StoreDown
from bot.store.events import AcceptedEvent
from bot.web.account import Account
from bot.web.answer import answer
from bot.web.body import read_body
from bot.web.events import Ignored, Kind, MalformedEvent, TicketEvent, Watched, read_event
from bot.web.metrics import IntakeMetrics, Outcome
from bot.web.refusals import Refusals, Refused
from bot.web.signature import is_fresh, is_signed, read_timestamp

_LOG: Final = logging.getLogger(__name__)
#: Re-evaluations wait for this much quiet, so that a burst becomes one look.
QUIET_SECONDS: Final = 90.0
#: A delivery takes so long at most; what is above it is the difference of two clocks.
_ON_ITS_WAY: Final = timedelta(seconds=2)
_SIGNATURE: Final = "X-Zendesk-Webhook-Signature"
_TIMESTAMP: Final = "X-Zendesk-Webhook-Signature-Timestamp"
_INVOCATION: Final = "X-Zendesk-Webhook-Invocation-Id"
_ACCOUNT: Final = "X-Zendesk-Account-Id"
#: Zendesk's invocation ids are opaque; what does not look like one is not used as a key.
_KEY: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_ACCOUNT_ID: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_PRIORITIES: Final[Mapping[Kind, int]] = {
    "command": COMMAND,
    "created": 50,
    "replied": 10,
    "field_changed": 10,
}
_AT_ONCE: Final[frozenset[Kind]] = frozenset({"command", "created"})


class Intake(Protocol):
    """Where accepted events go."""

    def accept(self, event: AcceptedEvent, priority: int, delay_seconds: float) -> bool:
        """Commit event and job together; False when the key is known. Raises `StoreDown`."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """What the intake needs to know."""

    secrets: tuple[str, ...] = field(repr=False)
    account: Account
    intake: Intake
    watched: Watched = field(default_factory=Watched)
    quiet_seconds: float = QUIET_SECONDS
    metrics: IntakeMetrics = field(default_factory=IntakeMetrics)
    refusals: Refusals = field(default_factory=Refusals)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def blueprint(self) -> Blueprint:
        """Return the route."""
        routes = Blueprint("webhook", __name__)
        routes.add_url_rule("/zendesk/events", "events", self.receive, methods=["POST"])
        return routes

    def receive(self) -> Response:
        """Answer one delivery, count it and say in the log what became of it."""
        began = time.perf_counter()
        try:
            outcome, response = self._take()
        except Refused as refused:
            outcome = refused.outcome
            response = answer(refused.status, {"error": refused.problem})
            self.refusals.log(outcome, refused.detail)
        self.metrics.count(outcome, time.perf_counter() - began)
        return response

    def _take(self) -> tuple[Outcome, Response]:
        body = read_body(request.environ)
        timestamp = request.headers.get(_TIMESTAMP, "")
        self._check(timestamp, body)
        event = self._read(body)
        outcome = (
            event.outcome if isinstance(event, Ignored) else self._accept(event, timestamp, body)
        )
        return outcome, answer(200, {"outcome": outcome})

    def _check(self, timestamp: str, body: bytes) -> None:
        signature = request.headers.get(_SIGNATURE, "")
        if not signature or not timestamp:
            raise Refused(401, "bad_signature", f"{_SIGNATURE} or its timestamp is missing")
        if not is_signed(self.secrets, timestamp, body, signature):
            raise Refused(401, "bad_signature", "signature does not match")
        if not is_fresh(timestamp, self.now()):
            raise Refused(401, "stale", f"{_TIMESTAMP} is more than five minutes away from now")

    def _read(self, body: bytes) -> TicketEvent | Ignored:
        try:
            return read_event(body, self.watched)
        except MalformedEvent as error:
            raise Refused(400, "malformed", str(error)) from None

    def _accept(self, event: TicketEvent, timestamp: str, body: bytes) -> Outcome:
        header_id = request.headers.get(_ACCOUNT, "")
        account_id = int(header_id) if _ACCOUNT_ID.fullmatch(header_id) else None
        if self.account.is_foreign(event, account_id):
            return "foreign"
        if self.account.is_own(event):
            return "own"
        accepted = AcceptedEvent(
            key=_key(request.headers.get(_INVOCATION, ""), timestamp, body),
            ticket_id=event.ticket_id,
            kind=event.kind,
            attachments=event.attachments,
            received_at=_received_at(self.now(), timestamp),
            actor_id=event.actor_id,
        )
        delay = 0.0 if event.kind in _AT_ONCE else self.quiet_seconds
        return self._store(accepted, _PRIORITIES[event.kind], delay)

    def _store(self, event: AcceptedEvent, priority: int, delay: float) -> Outcome:
        try:
            new = self.intake.accept(event, priority, delay)
        except StoreDown as error:
            problem = "the store is down: send this delivery again"
            raise Refused(503, "store_down", problem, f"store is down: {error}") from error
        outcome: Outcome = "accepted" if new else "duplicate"
        _LOG.info(
            "event taken",
            extra={
                "event": event.key,
                "ticket": event.ticket_id,
                "kind": event.kind,
                "outcome": outcome,
            },
        )
        return outcome


def _received_at(now: datetime, timestamp: str) -> datetime:
    """Return our own time, unless our clock runs ahead of the one that signed the attempt.

    What has changed since an event was received is looked for by Zendesk's clock: an event that
    is dated too late would hide it.
    """
    signed = read_timestamp(timestamp)
    return now if signed is None else min(now, signed + _ON_ITS_WAY)


def _key(invocation: str, timestamp: str, body: bytes) -> str:
    """Return the event's identity: Zendesk's retries keep the invocation, not the timestamp."""
    if _KEY.fullmatch(invocation):
        return invocation
    return "sha256:" + hashlib.sha256(timestamp.encode("latin-1", "replace") + body).hexdigest()
