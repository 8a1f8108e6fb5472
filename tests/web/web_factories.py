"""Builders of deliveries: a test names only what it is about."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.web.signature import signature_of

SECRET = "YSB3ZWJob29rJ3Mgb3duIHNlY3JldA=="
HOST = "acme.zendesk.com"


def trigger_body(**changes: object) -> dict[str, object]:
    """Return what our trigger renders; None takes a key away."""
    body: dict[str, object] = {
        "ticket_id": "4711",
        "event": "created",
        "attachments": "no",
        "updated_at": "2026-11-24T12:00",
        "actor_id": "900",
        "ticket_url": f"{HOST}/agent/tickets/4711",
    }
    return {key: value for key, value in (body | changes).items() if value is not None}


def subscription_body(
    kind: str = "ticket.created",
    event: Mapping[str, object] | None = None,
    detail: Mapping[str, object] | None = None,
    **changes: object,
) -> dict[str, object]:
    """Return what an event subscription sends."""
    body: dict[str, object] = {
        "account_id": 22129848,
        "detail": {
            "actor_id": "900",
            "brand_id": "77",
            "created_at": "2026-11-24T12:00:00Z",
            "description": "Activation fails",
            "external_id": None,
            "id": "4711",
            "is_public": True,
            "priority": "LOW",
            "status": "OPEN",
            "tags": ["cloud-licensing", "vip"],
            "type": "TASK",
            "via": {"channel": "web_service"},
        }
        | dict(detail or {}),
        "event": dict(event or {}),
        "id": "cbe4028c-7239-495d-b020-f22348516046",
        "subject": "zen:ticket:4711",
        "time": "2026-11-24T12:00:00.672717030Z",
        "type": f"zen:event-type:{kind}",
        "zendesk_event_version": "2022-11-06",
    }
    return {key: value for key, value in (body | changes).items() if value is not None}


def raw(body: object) -> bytes:
    """Return the body as Zendesk writes it: indented by three."""
    return json.dumps(body, indent=3).encode()


def signed_headers(
    body: bytes,
    *,
    secret: str = SECRET,
    timestamp: str | None = None,
    invocation: str | None = "01HANA2B3C4D5E6F7G8H9J0K1M",
    **more: str,
) -> dict[str, str]:
    """Return Zendesk's headers for this body."""
    stamp = timestamp or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Zendesk Webhook",
        "X-Zendesk-Webhook-Id": "01HAN96XABCDEFGHJKMNPQRSTV",
        "X-Zendesk-Webhook-Signature": signature_of(secret, stamp, body),
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
    }
    if invocation is not None:
        headers["X-Zendesk-Webhook-Invocation-Id"] = invocation
    return headers | {name.replace("_", "-"): value for name, value in more.items()}
