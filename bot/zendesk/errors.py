# ruff: noqa: N818  the names say what happened, as the runbook of errors in DESIGN does
"""What can go wrong with Zendesk, each with the reason in words.

ZendeskError
├── AuthFailed       401 after one renewal, or no token to be had
├── ScopeMissing     403: the OAuth scope or the user's role forbids it
├── NotFound         404: deleted, never there, or another account
├── TicketClosed     422: a closed ticket takes no more updates
├── Conflict         409: changed since it was read
├── RateLimited      429, or our own budget is spent
├── Rejected         400, 422 and other refusals: asking again changes nothing
├── GatewayTrouble   5xx, HTML or a redirect instead of an answer
├── Unreachable      no connection, or no answer to a *read*: surely nothing was changed
└── OutcomeUnknown   a *write* was sent and no usable answer came: it may have been applied
    └── NoteWasPublic   the note stands there, and was public until we repaired it
"""

import json
import re
from collections.abc import Mapping
from typing import Final

#: Quotes of an answer stay short: they end in logs and on screens.
QUOTE: Final = 300
_CLOSED: Final = re.compile(r"closed prevents|ticket is closed|closed ticket", re.IGNORECASE)


#: Time-out of a request, locked, too early: none says anything about what was asked.
_PASSING: Final = frozenset({408, 423, 425})
#: What an HTML page may mean all the same: these are the business of a person, not of time.
_TELLING: Final = frozenset({401, 403, 409})
_TICKET_ITSELF: Final = frozenset({"tickets.read", "tickets.update"})
_PAGE: Final = "an HTML page"


class ZendeskError(Exception):
    """Anything that Zendesk, or the way to it, refused; `str()` of it can be read aloud."""

    retry_safe: bool = False
    """May the same call be sent once more, later, without harm and with some hope?"""
    may_be_applied: bool = False
    """May the write have happened all the same? Then look before the next one."""

    def __init__(self, reason: str, *, status: int | None = None, route: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.route = route


class AuthFailed(ZendeskError):
    """Zendesk does not accept our credentials."""


class ScopeMissing(ZendeskError):
    """We are known but not allowed."""


class NotFound(ZendeskError):
    """There is no such thing, or not for us."""


class TicketClosed(ZendeskError):
    """The ticket is closed: nothing can be added to it any more."""


class Conflict(ZendeskError):
    """Somebody changed it after we read it; read again, decide again."""


class RateLimited(ZendeskError):
    """Too many calls; `retry_after` seconds tell when to come back."""

    retry_safe = True

    def __init__(
        self, reason: str, retry_after: float, *, status: int | None = None, route: str = ""
    ) -> None:
        super().__init__(reason, status=status, route=route)
        self.retry_after = retry_after


class Rejected(ZendeskError):
    """Zendesk understood and refused; the reason names what it dislikes."""


class GatewayTrouble(ZendeskError):
    """Something in front of Zendesk answered in its place, or Zendesk is ill."""

    retry_safe = True


class Unreachable(ZendeskError):
    """Nothing was changed: no connection, or a read without an answer."""

    retry_safe = True


class OutcomeUnknown(ZendeskError):
    """The write may have been applied: look for it before writing again."""

    may_be_applied = True


class NoteWasPublic(OutcomeUnknown):
    """Zendesk made our note public; we asked it at once to make it private."""


def error_of(
    status: int, headers: Mapping[str, str], body: bytes, *, route: str, writes: bool
) -> ZendeskError:
    """Turn an answer that is not a success into the error it means."""
    said = spoken(body, headers.get("content-type", ""))
    if status >= 500 or status in _PASSING or _is_from_elsewhere(status, said, route):  # noqa: PLR2004
        return _ill(status, said, route, writes=writes)
    if 300 <= status < 400:  # noqa: PLR2004
        return GatewayTrouble(
            f"{route}: Zendesk redirects elsewhere ({status}), which is not followed: "
            "check ZENDESK_URL (renamed account, host mapping?)",
            status=status,
            route=route,
        )
    kind, words = _refusal(status, said)
    return kind(f"{route}: {words}", status=status, route=route)


def _ill(status: int, said: str, route: str, *, writes: bool) -> ZendeskError:
    words = f"{route}: Zendesk answered {status}" + (f" ({said})" if said else "")
    if writes:
        # A 500 after the commit looks like a 500 before it.
        return OutcomeUnknown(f"{words}; the write may stand", status=status, route=route)
    return GatewayTrouble(words, status=status, route=route)


def _is_from_elsewhere(status: int, said: str, route: str) -> bool:
    """Zendesk refuses in JSON: a page in its place says nothing, not even that a ticket is gone.

    Routes that an account may lack, and hosts of files, answer with pages of their own.
    """
    refused = 400 <= status < 500 and status not in _TELLING  # noqa: PLR2004
    return refused and said == _PAGE and route in _TICKET_ITSELF


def _refusal(status: int, said: str) -> tuple[type[ZendeskError], str]:
    # Our own words follow, with a full stop of their own.
    quote = f": {said.removesuffix('.')}" if said else ""
    match status:
        case 401:
            return AuthFailed, f"Zendesk does not accept our credentials (401){quote}"
        case 403:
            return ScopeMissing, (
                f"not allowed (403){quote}. The OAuth client's scope or the bot user's role "
                "does not cover this call"
            )
        case 404 | 410:
            return NotFound, f"not found ({status}){quote}"
        case 409:
            return Conflict, f"changed by somebody else meanwhile (409){quote}"
        case 422 if _CLOSED.search(said):
            return TicketClosed, f"the ticket is closed (422){quote}"
        case _:
            return Rejected, f"Zendesk refuses this ({status}){quote}"


def spoken(body: bytes, content_type: str = "") -> str:
    """Put any of Zendesk's error shapes into one line: string, object, list, or not JSON at all."""
    try:
        answer = json.loads(body)
    except ValueError:
        html = "html" in content_type.lower() or body.lstrip()[:1] == b"<"
        return _PAGE if html else ""
    return _shortened(_flat(answer))


def _shortened(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= QUOTE else one_line[: QUOTE - 1] + "…"


def _flat(answer: object) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list):
        return "; ".join(filter(None, (_flat(item) for item in answer[:10])))
    if not isinstance(answer, dict):
        return ""
    head = [_flat(answer[key]) for key in ("error", "code", "title", "message") if key in answer]
    tail = [
        _flat(answer[key])
        for key in ("description", "error_description", "detail")
        if key in answer
    ]
    parts = list(dict.fromkeys(filter(None, head + tail)))
    if "errors" in answer:
        parts.append(_flat(answer["errors"]))
    return ": ".join(filter(None, [*parts, _details(answer.get("details"))]))


def _details(details: object) -> str:
    """Flatten `{"field": [{"description": …}]}`; older answers hold strings in its place."""
    if not isinstance(details, dict):
        return _flat(details)
    return "; ".join(
        f"{field}: {'; '.join(_complaint(item) for item in _as_list(value))}"
        for field, value in list(details.items())[:10]
    )


def _complaint(item: object) -> str:
    described = item.get("description") if isinstance(item, dict) else None
    return described if isinstance(described, str) else _flat(item)


def _as_list(value: object) -> list[object]:
    return value[:10] if isinstance(value, list) else [value]
