"""What the rate-limit headers of an answer say about each of Zendesk's limits."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

#: Without headers to learn from: developer.zendesk.com/api-reference/introduction/rate-limits
CALLS_PER_MINUTE: Final = 200
#: The route of the call that is limited by account and by ticket as well.
TICKET_UPDATE: Final = "tickets.update"
TICKET_READ: Final = "tickets.read"
#: Routes that no page of Zendesk's gives a limit of their own.
UNLIMITED: Final = frozenset({TICKET_READ, "comments.list"})
ACCOUNT: Final = "account"
UPDATES: Final = "updates"
MINUTE: Final = 60.0
TEN_MINUTES: Final = 600.0
#: An absurd header must not silence the bot for a day.
LONGEST_WAIT: Final = 900.0
_NUMBER: Final = re.compile(r"(total|remaining|resets)\s*=\s*(\d+)")
#: The most calls a minute that a plan has, with the add-on that allows 300 updates a minute.
_LARGEST_PLAN: Final = 2_500
_ITS_UPDATES: Final = 300
#: More than any account has, and it fits the store's integers.
_LARGEST: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer's headers say about one bucket."""

    bucket: str
    total: int
    remaining: int
    resets: float
    seconds: float


def read_limits(route: str, headers: Mapping[str, str], ticket_id: int | None) -> Iterator[Said]:
    """Yield each limit that the headers (names in lower case) speak of."""
    total = headers.get("ratelimit-limit") or headers.get("x-rate-limit", "")
    left = headers.get("ratelimit-remaining") or headers.get("x-rate-limit-remaining", "")
    reset = headers.get("ratelimit-reset", "60")
    names_account = total.isdecimal() and left.isdecimal() and reset.isdecimal()
    if names_account:
        found = {"total": int(total), "remaining": int(left), "resets": int(reset)}
        yield _said(ACCOUNT, found, MINUTE)
        if int(total) > _LARGEST_PLAN and route == TICKET_UPDATE and not _names_updates(headers):
            # A limit that was lifted beyond every plan is lifted for writes alike.
            updates = int(total) * _ITS_UPDATES // _LARGEST_PLAN
            yield _said(UPDATES, {"total": updates, "remaining": updates, "resets": 0}, MINUTE)
    for name, text in headers.items():
        if not name.startswith(("zendesk-rate-limit-", "zendesk-ratelimit-")):
            continue
        found = {key: int(value) for key, value in _NUMBER.findall(text)}
        if not {"total", "remaining", "resets"} <= found.keys():
            continue
        bucket, seconds = _bucket_of(name, route, ticket_id)
        both = 2 * found["total"]
        if bucket == UPDATES and not names_account and both > CALLS_PER_MINUTE:
            # Whoever may write so often may also read before each write.
            yield _said(ACCOUNT, {"total": both, "remaining": both, "resets": 0}, MINUTE)
        yield _said(bucket, found, max(seconds, min(found["resets"], LONGEST_WAIT)))


def _names_updates(headers: Mapping[str, str]) -> bool:
    return any(name.endswith("-tickets-update") for name in headers)


def _said(bucket: str, found: Mapping[str, int], seconds: float) -> Said:
    total, remaining = (min(found[key], _LARGEST) for key in ("total", "remaining"))
    return Said(bucket, total, remaining, min(found["resets"], LONGEST_WAIT), seconds)


def _bucket_of(name: str, route: str, ticket_id: int | None) -> tuple[str, float]:
    if name.endswith("per-ticket-updates") and ticket_id is not None:
        return f"ticket:{ticket_id}", TEN_MINUTES
    if name.endswith("-tickets-update"):
        return UPDATES, MINUTE
    return f"route:{route}", MINUTE
