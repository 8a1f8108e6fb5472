"""Who we are to Zendesk: an OAuth token that is renewed in time, or a legacy API token."""

import base64
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from bot.zendesk.deadline import seconds_left
from bot.zendesk.errors import AuthFailed, Unreachable

log = logging.getLogger(__name__)

#: Zendesk stops every API token for good on this day.
#: developer.zendesk.com/documentation/api-basics/authentication/oauth-migration
TOKENS_END: Final = "2027-04-30"
#: What new clients get when the answer does not say (or says nonsense).
DEFAULT_LIFETIME: Final = 1800.0
LONGEST_LIFETIME: Final = 172_800.0
#: Zendesk's prose says milliseconds, its table seconds: a larger number can only be the former.
_MILLISECONDS: Final = 1000.0
#: Renew this long before the end, or at four fifths of a short life.
EARLY: Final = 300.0
#: A refused client is not asked again and again by every waiting thread.
REFUSED_FOR: Final = 2.0

RUNTIME_SCOPE: Final = "read tickets:write"
PROVISIONING_SCOPE: Final = "read write"


class Credentials(Protocol):
    """What a session needs to sign its calls."""

    def header(self) -> str:
        """The value of `Authorization`; may fetch a token first."""

    def renew(self, refused: str) -> bool:
        """After a 401 for the header `refused`: is there another one to try now?"""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """Legacy: e-mail and API token; it has the power of that user and ends in 2027."""

    email: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        log.warning(
            "Zendesk API tokens stop working on %s: create an OAuth client and set "
            "ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET",
            TOKENS_END,
        )

    def header(self) -> str:
        """Basic `email/token:token`."""
        pair = f"{self.email}/token:{self.token}".encode()
        return "Basic " + base64.b64encode(pair).decode()

    def renew(self, refused: str) -> bool:  # noqa: ARG002  a token cannot be renewed
        """Never: there is only the one."""
        return False


@dataclass(frozen=True, slots=True)
class Grant:
    """A token and when to fetch the next one, on the clock of whoever fetched it."""

    header: str = field(repr=False)
    renew_at: float


class OAuthToken:
    """A client_credentials token, fetched once for all threads and renewed before it ends.

    `fetch` posts the client's id and secret and returns Zendesk's JSON; the session provides it.
    """

    def __init__(
        self,
        fetch: Callable[[], Mapping[str, object]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._grant: Grant | None = None
        self._refused: tuple[float, AuthFailed] | None = None

    def header(self) -> str:
        """The header of a token that is still good; one thread fetches, the others wait for it."""
        grant = self._grant
        if grant and self._clock() < grant.renew_at:
            return grant.header
        with self._turn():
            grant = self._grant
            if grant and self._clock() < grant.renew_at:
                return grant.header
            return self._fetch_grant().header

    def renew(self, refused: str) -> bool:
        """Fetch another token, unless another thread did so since `refused` was sent."""
        with self._turn():
            if self._grant is None or self._grant.header == refused:
                self._fetch_grant()
        return True

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the thread that fetches, but not beyond the deadline of our own call."""
        left = seconds_left()
        if not self._lock.acquire(timeout=min(max(left, 0.0), threading.TIMEOUT_MAX)):
            raise Unreachable("oauth.token: no token came in time", route="oauth.token")
        try:
            yield
        finally:
            self._lock.release()

    def _fetch_grant(self) -> Grant:
        if self._refused and self._clock() < self._refused[0]:
            raise self._refused[1]
        try:
            answer = self._fetch()
        except AuthFailed as error:
            self._refused = (self._clock() + REFUSED_FOR, error)
            raise
        token = answer.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise AuthFailed("oauth.token: Zendesk's answer holds no usable access_token")
        life = lifetime(answer.get("expires_in"))
        grant = Grant(f"Bearer {token}", self._clock() + max(life * 0.8, life - EARLY))
        self._grant = grant
        return grant


def lifetime(expires_in: object) -> float:
    """Seconds that a token lives; missing, negative or absurd values become the default."""
    if isinstance(expires_in, str) and expires_in.isdecimal():
        expires_in = int(expires_in)
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float):
        return DEFAULT_LIFETIME
    if LONGEST_LIFETIME < expires_in <= LONGEST_LIFETIME * _MILLISECONDS:
        return expires_in / _MILLISECONDS
    return float(expires_in) if 0 < expires_in <= LONGEST_LIFETIME else DEFAULT_LIFETIME
