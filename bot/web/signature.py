"""Is this delivery really Zendesk's, and is it fresh?"""

import base64
import hmac
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from bot.config import TEST_SECRET

#: Zendesk signs the time of the *attempt*, so the window survives its retries.
WINDOW: Final = timedelta(minutes=5)
#: Event subscriptions write nanoseconds, which `datetime.fromisoformat` of 3.11 refuses.
_TIMESTAMP: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?(?:Z|([+-])(\d{2}):?(\d{2}))",
    re.ASCII,
)


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """Return what Zendesk sends: base64(HMAC-SHA256(secret, timestamp + body)).

    The key is the secret's text, not its base64 value, and nothing stands between timestamp and
    body: https://developer.zendesk.com/documentation/webhooks/verifying/
    """
    signed = timestamp.encode("latin-1", "replace") + body
    return base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()


def is_signed(secrets: Iterable[str], timestamp: str, body: bytes, signature: str) -> bool:
    """Return whether one of the secrets made this signature; every secret takes its time.

    Zendesk's public test secret never counts, even when it is among them.
    """
    given = signature.encode("latin-1", "replace")
    matched = False
    for secret in secrets:
        wanted = signature_of(secret, timestamp, body).encode()
        matched |= hmac.compare_digest(wanted, given) and secret != TEST_SECRET
    return matched


def read_timestamp(text: str) -> datetime | None:
    """Read the signed header; None when it is no time."""
    match = _TIMESTAMP.fullmatch(text.strip())
    if match is None:
        return None
    moment, fraction, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        zone = timezone(-offset if sign == "-" else offset) if sign else UTC
        read = datetime.fromisoformat(moment).replace(tzinfo=zone)
    except ValueError:
        return None
    return read.replace(microsecond=int((fraction or "").ljust(6, "0")[:6]))


def is_fresh(timestamp: str, now: datetime, window: timedelta = WINDOW) -> bool:
    """Return whether the signed time lies within the window, before or after `now`."""
    moment = read_timestamp(timestamp)
    return moment is not None and abs(now - moment) <= window
