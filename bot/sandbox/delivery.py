"""Delivers webhooks in the background: signed, retried by Zendesk's rules, logged."""

import heapq
import itertools
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Final

import httpx

from bot.sandbox.breaker import Breaker, BreakerRules
from bot.sandbox.signature import sign
from bot.sandbox.state import stamp

_RETRIES_AFTER_409: Final = 3
_RETRIES_AFTER_TIMEOUT: Final = 5
_RETRIES_AFTER_BUSY: Final = 5
_LONGEST_RETRY_AFTER: Final = 60
_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """How the deliverer behaves; tests shorten the waits."""

    timeout: float = 12.0
    retry_delay: float = 1.0
    threads: int = 8
    breaker: BreakerRules = field(default_factory=BreakerRules)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request to an endpoint, as it will be sent except for the attempt's time."""

    invocation_id: str
    webhook_id: str
    account_id: int
    method: str
    endpoint: str
    body: bytes
    secret: str
    headers: tuple[tuple[str, str], ...] = ()


#: Writes down that this parcel is due at that moment (seconds since 1970); None strikes it out.
Keep = Callable[[Parcel, float | None], None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try and its answer."""

    at: str
    request_headers: tuple[tuple[str, str], ...]
    status: str
    status_code: int | None
    response_headers: tuple[tuple[str, str], ...] = ()
    response: str = ""


@dataclass(slots=True)
class Invocation:
    """A parcel's fate."""

    parcel: Parcel
    status: str = "accepted"
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    code: int | None
    retry_after: float | None = None
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""


class Deliverer:
    """A small pool of threads with a queue ordered by time."""

    def __init__(
        self, rules: DeliveryRules | None = None, keep: Keep = lambda _parcel, _due: None
    ) -> None:
        """`keep` hears when a parcel is due, and with None that it needs no more tries."""
        self.rules = rules or DeliveryRules()
        self._keep = keep
        self.invocations: deque[Invocation] = deque(maxlen=_KEPT)
        self._breakers: dict[str, Breaker] = {}
        self._due: list[tuple[float, int, Invocation]] = []
        self._numbers = itertools.count()
        self._wake = threading.Condition()
        self._busy = 0
        self._stopped = False
        self._threads: list[threading.Thread] = []
        self._client: httpx.Client | None = None

    def send(self, parcel: Parcel, delay: float = 0.0) -> Invocation:
        """Queue a parcel; the threads start with the first one."""
        invocation = Invocation(parcel)
        self._keep(parcel, time.time() + delay)
        with self._wake:
            self.invocations.append(invocation)
            self._start()
            self._push(invocation, delay)
        return invocation

    def of_webhook(self, webhook_id: str) -> list[Invocation]:
        """What was sent for one webhook, oldest first."""
        with self._wake:
            return [item for item in self.invocations if item.parcel.webhook_id == webhook_id]

    def wait_until_idle(self, seconds: float = 30.0) -> bool:
        """Wait until nothing is queued or under way; False when time is up."""
        deadline = time.monotonic() + seconds
        with self._wake:
            while self._due or self._busy:
                if not self._wake.wait(max(0.0, deadline - time.monotonic())):
                    return False
        return True

    def wait_for(self, invocation: Invocation, seconds: float = 30.0) -> None:
        """Wait until this invocation had its first attempt, or time is up."""
        deadline = time.monotonic() + seconds
        with self._wake:
            while not invocation.attempts and time.monotonic() < deadline:
                self._wake.wait(deadline - time.monotonic())

    def forget(self) -> None:
        """Drop what waits and the log."""
        with self._wake:
            self._due.clear()
            self.invocations.clear()
            self._breakers.clear()
            self._wake.notify_all()

    def stop(self) -> None:
        """Stop the threads; what waits is not sent any more, and stays where it was kept."""
        with self._wake:
            self._stopped = True
            self._due.clear()
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(self.rules.timeout + 1)
        if self._client:
            self._client.close()

    def _start(self) -> None:
        if self._threads or self._stopped:
            return
        self._client = httpx.Client(
            timeout=self.rules.timeout,
            trust_env=False,
            verify=_trusted_authorities(),
            # A kept connection to an endpoint that was restarted would lose the next delivery.
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        for number in range(self.rules.threads):
            thread = threading.Thread(target=self._work, name=f"webhooks-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _push(self, invocation: Invocation, delay: float) -> None:
        if not self._stopped:
            heapq.heappush(self._due, (time.monotonic() + delay, next(self._numbers), invocation))
            self._wake.notify_all()

    def _take(self) -> Invocation | None:
        with self._wake:
            while not self._stopped:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._due)[2]
                self._wake.wait(wait)
        return None

    def _work(self) -> None:
        while (invocation := self._take()) is not None:
            retry_in: float | None = None
            try:
                retry_in = self._deliver(invocation)
            finally:
                due = None if retry_in is None else time.time() + retry_in
                self._keep(invocation.parcel, due)
                with self._wake:
                    self._busy -= 1
                    if retry_in is not None:
                        self._push(invocation, retry_in)
                    self._wake.notify_all()

    def _deliver(self, invocation: Invocation) -> float | None:
        """Make one attempt; return the seconds until the next one, None when that was it."""
        parcel = invocation.parcel
        breaker = self._breakers.setdefault(parcel.webhook_id, Breaker(self.rules.breaker))
        if breaker.is_open():
            invocation.status = "circuit broken"
            return None
        moment = stamp(datetime.now(UTC))
        headers = _headers(parcel, moment)
        answer = self._ask(parcel, headers)
        breaker.count(failed=answer.status != "success")
        invocation.attempts.append(
            Attempt(moment, headers, answer.status, answer.code, answer.headers, answer.text)
        )
        invocation.status = answer.status
        return _retry_in(answer, invocation.attempts, self.rules.retry_delay)

    def _ask(self, parcel: Parcel, headers: tuple[tuple[str, str], ...]) -> _Answer:
        if self._client is None:
            return _Answer("failed", None)
        try:
            reply = self._client.request(
                parcel.method, parcel.endpoint, content=parcel.body, headers=list(headers)
            )
        except httpx.TimeoutException:
            return _Answer("timeout", None)
        except (httpx.HTTPError, httpx.InvalidURL):
            return _Answer("failed", None)
        return _Answer(
            _status_word(reply.status_code),
            reply.status_code,
            _seconds(reply.headers.get("Retry-After")),
            tuple(reply.headers.items()),
            reply.text[:10_000],
        )


@cache
def _trusted_authorities() -> ssl.SSLContext:
    """Reading them takes longer than a whole test: once per process."""
    return ssl.create_default_context()


def _headers(parcel: Parcel, moment: str) -> tuple[tuple[str, str], ...]:
    return (
        ("User-Agent", "Zendesk Webhook"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("X-Zendesk-Account-Id", str(parcel.account_id)),
        ("X-Zendesk-Webhook-Id", parcel.webhook_id),
        ("X-Zendesk-Webhook-Invocation-Id", parcel.invocation_id),
        ("X-Zendesk-Webhook-Signature", sign(parcel.secret, moment, parcel.body)),
        ("X-Zendesk-Webhook-Signature-Timestamp", moment),
        *parcel.headers,
    )


def _status_word(code: int) -> str:
    words: dict[int, str] = {403: "terminated", 429: "throttled"}
    if 200 <= code < 300:  # noqa: PLR2004  success is 2xx
        return "success"
    return words.get(code, "client error" if code < 500 else "server error")  # noqa: PLR2004  5xx


def _seconds(value: str | None) -> float | None:
    return float(value) if value and value.isdigit() else None


def _retry_in(answer: _Answer, attempts: list[Attempt], delay: float) -> float | None:
    """Zendesk's retry rules (facts §2.4)."""
    same = sum(1 for attempt in attempts if attempt.status_code == answer.code)
    if answer.status == "timeout":
        return delay if same <= _RETRIES_AFTER_TIMEOUT else None
    if answer.code == 409:  # noqa: PLR2004  conflict: the endpoint asks for another try
        return delay if same <= _RETRIES_AFTER_409 else None
    if answer.code in {429, 503} and answer.retry_after is not None:
        short = answer.retry_after < _LONGEST_RETRY_AFTER and same <= _RETRIES_AFTER_BUSY
        return answer.retry_after if short else None
    return None
