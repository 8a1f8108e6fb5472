"""A call to Zendesk and its answer, as values."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.zendesk.credentials import RUNTIME_SCOPE

log = logging.getLogger(__name__)

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Account:
    """Where the account is and how we sign in; OAuth when a client is given, else the token."""

    url: str
    """`https://acme.zendesk.com`, or http on loopback."""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    email: str = ""
    api_token: str = field(default="", repr=False)
    scope: str = RUNTIME_SCOPE
    proxy: str = field(default="", repr=False)
    """`http://proxy.example.com:3128`; empty: straight. It may hold a password."""


Watch = Callable[[str, int, float], None]
"""Is told of each call: its route, the answer's status (0 without an answer), and the seconds."""


def say_call(route: str, status: int, seconds: float) -> None:
    """Write one call into the log, where somebody asked for that much."""
    values = {"route": route, "status": status, "milliseconds": round(1000 * seconds)}
    log.debug("zendesk call", extra=values)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the API."""

    method: Method
    path: str
    """Beginning with `/`; never an address, so that credentials stay with the account."""
    route: str
    """Its name in budgets, errors and logs, such as `tickets.update`."""
    params: Mapping[str, str] = field(default_factory=dict)
    payload: object | None = field(default=None, repr=False)
    """Sent as JSON; a token call's holds the secret, a note's the note."""
    ticket_id: int | None = None
    priority: int = 0
    """Above 0 for an agent's command."""
    content: bytes | None = field(default=None, repr=False)
    """Sent as it is, in place of JSON: a file."""
    content_type: str = "application/octet-stream"
    seconds: float = 0.0
    """Total time when it is not the session's: a file takes longer."""
    free: bool = False
    """Not counted in the budget: token renewals and `users/me`."""

    @property
    def writes(self) -> bool:
        """May it change something?"""
        return self.method != "GET"

    def headers(self, authorization: str) -> dict[str, str]:
        """What this call needs beside the session's own headers."""
        signed = {"authorization": authorization} if authorization else {}
        return signed | ({} if self.content is None else {"content-type": self.content_type})


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    ignored_keys: tuple[str, ...] = ()
    """Keys that Zendesk says it ignored (`x-zendesk-api-warn`)."""

    def object(self) -> dict[str, Any] | None:
        """Return the body as a JSON object; None when it is something else."""
        try:
            answer = json.loads(self.body)
        except ValueError:
            return None
        return answer if isinstance(answer, dict) else None
