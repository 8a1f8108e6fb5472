"""One session with one Zendesk account: auth, budget, deadline and Retry-After for every call.

httpx calls of the hot path and zenpy's CRUD (`bot.zendesk.zenpy_client`) go through the same
`ZendeskSession.send`, so nothing can pass by the limits.
"""

import logging
import re
import ssl
import time
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final
from urllib.parse import urlsplit

import httpx

from bot.zendesk.budget import TICKET_UPDATE, Budget, UnnamedWaits, named_limit, retry_after
from bot.zendesk.calls import Account, Call, Reply, Watch, say_call
from bot.zendesk.credentials import ApiToken, Credentials, OAuthToken
from bot.zendesk.deadline import DeadlineTransport, seconds_left, total_deadline
from bot.zendesk.errors import (
    AuthFailed,
    Conflict,
    GatewayTrouble,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unreachable,
    ZendeskError,
    error_of,
)

log = logging.getLogger(__name__)

#: Total seconds of one call, name look-up and token renewal included.
DEADLINE: Final = 10.0
#: Largest answer that is read, decoded.
LARGEST_ANSWER: Final = 10 * 1024 * 1024
USER_AGENT: Final = "licensing-bot"
_BEFORE_SENDING: Final = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError,
    httpx.UnsupportedProtocol,
)  # fmt: skip
_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ZendeskSession:
    """Sends calls to one account; safe to share between threads."""

    def __init__(  # noqa: PLR0913  where a session differs from others: tests, proxies, patience
        self,
        account: Account,
        budget: Budget,
        *,
        deadline: float = DEADLINE,
        patience: float = 1.0,
        tls: ssl.SSLContext | None = None,
        proxy: str | None = None,
        watch: Watch = say_call,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open nothing yet; `patience` is the longest wait for Zendesk's limits, in seconds."""
        self.account = account
        self.deadline = deadline
        self._budget = budget
        self._patience = patience
        self._sleep = sleep
        self._watch = watch
        self._unnamed = UnnamedWaits()
        self._client = httpx.Client(
            base_url=account.url,
            transport=DeadlineTransport(
                tls or _tls_for(account.url), proxy or account.proxy or None
            ),
            headers={"user-agent": USER_AGENT, "accept": "application/json"},
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
        self._credentials = self._credentials_of(account)

    @property
    def host(self) -> str:
        """Host of the account."""
        return urlsplit(self.account.url).hostname or ""

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def ask(self, call: Call) -> dict[str, object]:
        """Send a call whose answer must be a JSON object."""
        reply = self.send(call)
        answer = reply.object()
        if answer is not None:
            return answer
        raise _unusable(call, "the answer is not a JSON object", reply.status)

    def send(self, call: Call) -> Reply:
        """Send one call; a 401 is answered with one renewal, a short 429 by waiting for it.

        But a note is looked for first: two in one second pass `safe_update`. All else is an error.
        """
        if not call.path.startswith("/") or call.path.startswith("//"):
            raise ValueError(f"{call.route}: a path of the account is wanted, not {call.path!r}")
        patience = self._patience
        while True:
            patience = self._wait_for_leave(call, patience)
            try:
                return self._signed(call)
            except RateLimited as error:
                patience -= error.retry_after
                if patience < 0 or call.route == TICKET_UPDATE:
                    raise
                self._sleep(error.retry_after)

    def admit(self, call: Call) -> str:
        """Count a call that its caller sends and streams itself; return its `Authorization`."""
        self._wait_for_leave(call, self._patience)
        with total_deadline(self.deadline):
            return self._credentials.header()

    def renew(self, refused: str) -> bool:
        """After a 401 for a call that `admit` let through: is there another header to try?"""
        with total_deadline(self.deadline):
            return self._credentials.renew(refused)

    def _wait_for_leave(self, call: Call, patience: float) -> float:
        """Take one call from the budget; return what is left of the patience to wait for it."""
        if call.free:
            return patience
        while (wait := self._budget.acquire(call.route, call.ticket_id, call.priority)) > 0:
            patience -= wait
            if patience < 0:
                raise RateLimited(
                    f"{call.route}: our budget of Zendesk calls is spent; free in {wait:.0f} s",
                    wait,
                    route=call.route,
                )
            self._sleep(wait)
        return patience

    def _signed(self, call: Call) -> Reply:
        with total_deadline(call.seconds or self.deadline):
            authorization = self._credentials.header()
            try:
                return self._once(call, authorization)
            except AuthFailed:
                if not self._credentials.renew(authorization):
                    raise
                if call.route == TICKET_UPDATE:
                    raise Conflict(f"{call.route}: signed in anew, read again") from None
            return self._once(call, self._credentials.header())

    def _once(self, call: Call, authorization: str) -> Reply:
        started, status = time.monotonic(), 0
        try:
            status, headers, body = self._exchange(call, authorization)
        finally:
            self._watch(call.route, status, time.monotonic() - started)
        self._budget.learn(call.route, headers, call.ticket_id)
        if not 200 <= status < 300:  # noqa: PLR2004
            raise self._refused(call, status, headers, body)
        self._unnamed.forget()
        ignored = _ignored_keys(headers.get("x-zendesk-api-warn", ""))
        if ignored:
            log.warning(
                "Zendesk ignored keys of ours", extra={"route": call.route, "keys": ignored}
            )
        return Reply(status, headers, body, ignored)

    def _exchange(self, call: Call, authorization: str) -> tuple[int, dict[str, str], bytes]:
        """One request, one answer read to its end; what fails says whether it was sent."""
        request = self._client.build_request(
            call.method,
            call.path,
            params=dict(call.params) or None,
            json=call.payload,
            content=call.content,
            headers=call.headers(authorization),
        )
        try:
            answer = self._client.send(request, stream=True)
            try:
                body = _read_to_the_end(answer)
            finally:
                answer.close()
        except _BEFORE_SENDING as error:
            raise Unreachable(
                f"{call.route}: no connection to {self.host} ({error})", route=call.route
            ) from error
        except (httpx.HTTPError, _TooLarge, ssl.SSLError, OSError) as error:
            raise _unusable(call, f"no complete answer from {self.host} ({error})") from error
        return answer.status_code, dict(answer.headers.items()), body

    def _refused(
        self, call: Call, status: int, headers: Mapping[str, str], body: bytes
    ) -> ZendeskError:
        wait = retry_after(headers)
        if status == 429:  # noqa: PLR2004
            seconds = self._unnamed.next(headers) if wait is None else max(wait, 1.0)
            if not _only_this_ticket(headers):
                self._budget.block(seconds)
                if not call.free:
                    self._budget.refused(call.route)
            return RateLimited(
                f"{call.route}: Zendesk allows no more calls for {seconds:.0f} s (429)",
                seconds,
                status=status,
                route=call.route,
            )
        if status == 503 and wait is not None:  # noqa: PLR2004
            self._budget.block(wait)
        return error_of(status, headers, body, route=call.route, writes=call.writes)

    def _credentials_of(self, account: Account) -> Credentials:
        if account.client_id:
            return OAuthToken(self._fetch_token)
        if account.email and account.api_token:
            return ApiToken(account.email, account.api_token)
        raise AuthFailed("no credentials: set ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET")

    def _fetch_token(self) -> Mapping[str, object]:
        """Ask for a token; asking again is harmless, so nothing here is an unknown outcome."""
        call = Call(
            "POST",
            "/oauth/tokens",
            "oauth.token",
            payload={
                "grant_type": "client_credentials",
                "client_id": self.account.client_id,
                "client_secret": self.account.client_secret,
                "scope": self.account.scope,
            },
            free=True,
        )
        try:
            answer = self._once(call, "").object()
        except OutcomeUnknown as error:
            raise GatewayTrouble(error.reason, status=error.status, route=call.route) from error
        except Rejected as error:
            raise AuthFailed(
                f"Zendesk refuses the OAuth client: {error.reason}", status=error.status
            ) from error
        if answer is None:
            raise GatewayTrouble("oauth.token: the answer is not a JSON object", route=call.route)
        return answer


class _TooLarge(Exception):  # noqa: N818  never leaves this file
    pass


def _tls_for(url: str) -> ssl.SSLContext | None:
    """Verify certificates; plain http exists on loopback only and needs no context."""
    return httpx.create_ssl_context() if url.startswith("https:") else None


def _read_to_the_end(answer: httpx.Response) -> bytes:
    parts, size = [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > LARGEST_ANSWER:
            raise _TooLarge(f"it is larger than {LARGEST_ANSWER} bytes")
        if seconds_left() <= 0:
            raise httpx.ReadTimeout("the answer did not end in time")
        parts.append(part)
    return b"".join(parts)


def _unusable(call: Call, words: str, status: int | None = None) -> ZendeskError:
    """No usable answer: harmless for a read, an open question for a write."""
    if call.writes:
        return OutcomeUnknown(
            f"{call.route}: {words}; the write may stand", status=status, route=call.route
        )
    kind = GatewayTrouble if status else Unreachable
    return kind(f"{call.route}: {words}", status=status, route=call.route)


def _only_this_ticket(headers: Mapping[str, str]) -> bool:
    """Is it only one ticket's own limit that is spent? Then the other tickets go on."""
    ticket = named_limit(headers, "zendesk-ratelimit-per-ticket-updates")
    account = headers.get("ratelimit-remaining") or headers.get("x-rate-limit-remaining", "1")
    updates = named_limit(headers, "zendesk-rate-limit-tickets-update")
    spent = bool(ticket) and ticket["remaining"] == 0
    return spent and account != "0" and updates.get("remaining") != 0


def _ignored_keys(warning: str) -> tuple[str, ...]:
    """The keys out of `Removed restricted keys ["foo"] …`; never the words around them."""
    inside = " ".join(re.findall(r"\[([^\]]*)\]", warning))
    return tuple(_KEY.findall(inside))[:20] or (("unnamed",) if warning else ())
