"""Which account is this, and how careful must one be with it?"""

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
#: Zendesk names a sandbox after its account and a long number: acme1700000000. No documented call
#: tells more, so whatever does not look like one is treated as production.
_SANDBOX: Final = re.compile(r"[a-z][a-z0-9-]*?\d{6,}")


@dataclass(frozen=True, slots=True)
class AccountKind:
    """What an address says about an account."""

    subdomain: str
    kind: Literal["pocket", "sandbox", "production"]
    how: str
    """How one knows."""


def account_kind(url: str) -> AccountKind:
    """Tell from the address; an account that does not look like a sandbox counts as production."""
    host = (urlsplit(url).hostname or "").lower()
    subdomain = host.partition(".")[0]
    if host in _LOOPBACK:
        return AccountKind(host, "pocket", "it is on this machine")
    if _SANDBOX.fullmatch(subdomain):
        return AccountKind(subdomain, "sandbox", "by its name: Zendesk ends it with a long number")
    return AccountKind(
        subdomain,
        "production",
        "its name does not end with a long number, as those of sandboxes do",
    )
