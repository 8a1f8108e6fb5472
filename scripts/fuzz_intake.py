"""What the fuzzer tries on whatever the internet can send: deliveries, bodies and tokens."""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import Final

from flask import Flask

from bot.store.events import AcceptedEvent
from bot.web.account import Account, Known
from bot.web.answer import secured
from bot.web.events import Ignored, MalformedEvent, TicketEvent, Watched, read_event
from bot.web.jwt import LIFETIME, TokenRefused, Verifier
from bot.web.signature import signature_of
from bot.web.webhook import Webhook
from scripts.fuzz_promise import demand

SECRET: Final = "a-secret-of-the-fuzzer-and-of-nobody-else"
HOST: Final = "acme.zendesk.com"
AT: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
STAMP: Final = "2026-11-24T12:00:00Z"
_BIGINT: Final = 2**63
_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,60}")
_ANSWERS: Final = frozenset({200, 400, 401, 413, 415})
_LONGEST_ANSWER: Final = 1_000
_LEEWAY: Final = 31


class _Store:
    """Takes what Postgres would take, and remembers nothing."""

    def accept(self, event: AcceptedEvent, priority: int, delay_seconds: float) -> bool:
        """Check that it can be stored; every second one counts as known."""
        words = (event.key, event.kind, event.attachments)
        demand(0 < event.ticket_id < _BIGINT, "the ticket's number fits its column")
        demand(event.actor_id is None or 0 < event.actor_id < _BIGINT, "the actor's number fits")
        demand(all(word.isascii() and word.isprintable() for word in words), "plain words only")
        demand(len(event.key) <= 128 and priority >= 0 <= delay_seconds, "within bounds")  # noqa: PLR2004
        return event.ticket_id % 2 == 0


def _app() -> Flask:
    known = Known(bot_user_id=31337, account_id=22129848)
    webhook = Webhook((SECRET,), Account(HOST, lambda: known), _Store(), now=lambda: AT)
    app = Flask("fuzz", static_folder=None, template_folder=None)
    # The real app turns a bug into 503; here it must come out.
    app.testing = True
    app.register_blueprint(webhook.blueprint())
    app.after_request(secured)
    return app


_CLIENT: Final = _app().test_client()


def try_intake(data: bytes) -> None:
    """Any delivery is answered in JSON, and never by a 500.

    The bytes are header lines, a blank line and a body; `Sign: 1` among them signs it.
    """
    head, _, body = data.partition(b"\n\n")
    pairs = [line.partition(": ") for line in head.decode("latin-1").splitlines()]
    headers = {name: value for name, _, value in pairs if _NAME.fullmatch(name)}
    if headers.pop("Sign", ""):
        stamp = headers.setdefault("X-Zendesk-Webhook-Signature-Timestamp", STAMP)
        headers["X-Zendesk-Webhook-Signature"] = signature_of(SECRET, stamp, body)
    environ = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()}
    for name in ("CONTENT_LENGTH", "CONTENT_TYPE"):
        if f"HTTP_{name}" in environ:
            environ[name] = environ.pop(f"HTTP_{name}")
    answer = _CLIENT.post("/zendesk/events", data=body, environ_overrides=environ)
    demand(answer.status_code in _ANSWERS, f"{answer.status_code} is no answer of ours")
    demand(answer.is_json and answer.get_json(), "every answer is JSON")
    demand(len(answer.data) < _LONGEST_ANSWER, "an answer is short")


def try_trigger(data: bytes) -> None:
    """Any body is an event with a storable number, ignored, or malformed in a few words."""
    try:
        event = read_event(data, Watched())
    except MalformedEvent as error:
        demand(len(str(error)) < _LONGEST_ANSWER, "the problem is told in few words")
        return
    demand(isinstance(event, TicketEvent | Ignored), "an event, or ignored")
    if isinstance(event, TicketEvent):
        demand(0 < event.ticket_id < _BIGINT, "the ticket's number fits its column")


def try_jwt(data: bytes) -> None:
    """No text is accepted as a token; a signed one only with claims that are ours."""
    verifier = Verifier((SECRET,), lambda: frozenset({"acme"}), AT.timestamp)
    try:
        verifier.claims(data.decode("utf-8", "replace"))
    except TokenRefused:
        pass
    else:
        demand(holds=False, promise="nobody without the secret is let in")
    head, newline, body = data.partition(b"\n")
    if newline:
        _try_signed(verifier, signed_token(head, body))


def _try_signed(verifier: Verifier, token: str) -> None:
    try:
        claims = verifier.claims(token)
    except TokenRefused:
        return
    left = claims.expires_at - AT.timestamp()
    demand(claims.issuer == "acme", "only our account signs")
    demand(-_LEEWAY < left <= LIFETIME + _LEEWAY, "a token is short-lived")
    demand(claims.ticket_id is None or 0 < claims.ticket_id < _BIGINT, "a number that fits")


def signed_token(head: bytes, body: bytes) -> str:
    """Return a token of these two parts, signed as Zendesk's proxy does."""
    signed = f"{_part(head)}.{_part(body)}"
    return f"{signed}.{_part(hmac.digest(SECRET.encode(), signed.encode(), hashlib.sha256))}"


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
