"""Webhooks as parcels: who is called, with which body, signed with which secret."""

import base64
import json
import secrets
import time
from typing import Final

from bot.sandbox.delivery import Parcel
from bot.sandbox.pocket import Pocket
from bot.sandbox.state import Record

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TRIGGER_CONNECTED: Final = "conditional_ticket_events"


def ulid() -> str:
    """An id that sorts by time, as webhooks and invocations have."""
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def new_secret() -> str:
    """A signing secret in the shape of Zendesk's."""
    return base64.b64encode(secrets.token_bytes(30)).decode()


def signing_secret(box: Pocket, webhook_id: str) -> str:
    """The webhook's secret."""
    found = box.store.get("signing_secret", webhook_id)
    return str(found["secret"]) if found else ""


def parcel_for(box: Pocket, webhook: Record, body: str) -> Parcel:
    """Make the request of one call; JSON is sent pretty-printed, as recorded."""
    return Parcel(
        invocation_id=ulid(),
        webhook_id=webhook["id"],
        account_id=box.account_id,
        method=webhook["http_method"],
        endpoint=webhook["endpoint"],
        body=_pretty(body).encode(),
        secret=signing_secret(box, webhook["id"]),
        headers=_authentication(webhook) + _custom_headers(webhook),
    )


def post(box: Pocket, parcel: Parcel) -> None:
    """Hand a parcel to the deliverer, through the fault schedule."""
    box.faults.post(parcel, box.deliverer)


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=3, ensure_ascii=False)
    except ValueError:
        return body


def _authentication(webhook: Record) -> tuple[tuple[str, str], ...]:
    auth = webhook.get("authentication") or {}
    data = auth.get("data") or {}
    if auth.get("type") == "basic_auth":
        pair = f"{data.get('username')}:{data.get('password')}".encode()
        return (("Authorization", "Basic " + base64.b64encode(pair).decode()),)
    if auth.get("type") == "bearer_token":
        return (("Authorization", f"Bearer {data.get('token')}"),)
    if auth.get("type") == "api_key":
        return ((str(data.get("name")), str(data.get("value"))),)
    return ()


def _custom_headers(webhook: Record) -> tuple[tuple[str, str], ...]:
    return tuple((key, str(value)) for key, value in (webhook.get("custom_headers") or {}).items())
