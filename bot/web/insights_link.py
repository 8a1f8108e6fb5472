"""The signed links to the insights: who has one may read the page until it runs out."""

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.config import Settings

PATH: Final = "/insights"
LONGEST_DAYS: Final = 365
_DAY: Final = 86_400
#: Neither secret is used as it is: what this page's links reveal opens nothing else.
_PURPOSE: Final = b"licensing-bot: a link to the insights, version 1"
_LATEST: Final = 10_000_000_000


@dataclass(frozen=True, slots=True)
class LinkSigner:
    """Makes links and tells good ones from others."""

    secrets: Sequence[str] = field(repr=False)
    """The first one signs, every one counts."""
    clock: Callable[[], float] = time.time

    def query(self, days: int) -> str:
        """Return the query of a link that is good for so many days."""
        until = int(self.clock()) + days * _DAY
        return f"until={until}&signature={_signature(self.secrets[0], until)}"

    def is_good(self, until: str, signature: str) -> bool:
        """Is this a link of ours that has not run out?"""
        if not (until.isascii() and until.isdigit() and len(until) <= len(str(_LATEST))):
            return False
        given = signature.encode("utf-8", "replace")
        good = [
            hmac.compare_digest(_signature(secret, int(until)).encode(), given)
            for secret in self.secrets
        ]
        return any(good) and self.clock() < int(until)


def signer_of(settings: Settings) -> LinkSigner:
    """Return the signer of these settings; without any secret no link is good."""
    metrics = (settings.metrics_token,) if settings.metrics_token else ()
    return LinkSigner((*metrics, *settings.sidebar_secrets))


def _signature(secret: str, until: int) -> str:
    key = hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()
    return hmac.new(key, f"{until}".encode(), hashlib.sha256).hexdigest()
