"""Does the portal answer as it should: the front page, the sign-in page and the API?"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from ssl import SSLContext
from typing import Final
from urllib.parse import urljoin, urlsplit

from bot.evidence.observation import Fact, Observation, Verdict
from bot.probes.crew import Crew
from bot.probes.exchange import Exchange, Request, ask
from bot.probes.guard import Target
from bot.probes.handshake import Hello, shake_hands
from bot.probes.pages import Answer, name_answer, name_graphql_answer, name_redirect
from bot.probes.patience import Deadline
from bot.probes.recorder import Recorder
from bot.probes.route import Route
from bot.probes.tcp import SMALL_SEGMENT, NotConnectedError, transport_facts

_SLOW_MS: Final = 3000.0
_GOOD: Final = "http_ok_redirect_signin"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OK: Final = range(200, 300)
_TOO_MANY: Final = 429
"""RFC 6585."""
#: Empty: nothing is activated, looked up or changed; only the way there is proven. As long as an
#: activation's, so that a path that swallows large packets on the way out swallows this one too.
_HARMLESS_QUERY: Final = f'{{"query":""{" " * 1500}}}'
_HEDGE_AFTER: Final = 2.5
_HEDGE_PATIENCE: Final = 2.0
_SLACK: Final = 0.3
_MOST_STEPS: Final = 4


@dataclass(frozen=True, slots=True)
class Portal:
    """How the portal answers when all is well. Without paths: any web site that answers."""

    sign_in: str = "/customers/sign_in"
    graphql: str = "/graphql"
    issuers: str = ""
    """Pattern of the issuers whose certificates the portal uses; empty: not known."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A route to the portal, ready for requests."""

    route: Route
    target: Target
    context: SSLContext
    portal: Portal
    pause: float = 1.5
    """Seconds after which a request that came too soon is sent again."""

    def ask(
        self,
        method: str,
        path: str,
        deadline: Deadline,
        body: str = "",
        segment: int | None = None,
    ) -> "Outcome":
        """Open a connection of its own, send one request, close."""
        outcome = self._ask(method, path, deadline, body, segment)
        answer = outcome.exchange.answer
        if answer and answer.status == _TOO_MANY and deadline.left() > 2 * self.pause:
            # We ask much at once, an activation only once: our own haste proves nothing.
            time.sleep(self.pause)
            return self._ask(method, path, deadline, body, segment)
        return outcome

    def _ask(
        self, method: str, path: str, deadline: Deadline, body: str, segment: int | None
    ) -> "Outcome":
        try:
            sock = self.route.open(deadline, segment)
        except NotConnectedError as error:
            return Outcome(Exchange(None, error.cause, error.strerror or ""))
        except OSError as error:
            return Outcome(Exchange(None, "http_connection_closed", str(error)))
        hello = Hello(cause="tls_ok")
        channel = sock
        if self.target.scheme == "https":
            hello = shake_hands(sock, self.target.host, self.context, deadline)
            if hello.sock is None:
                return Outcome(Exchange(None, hello.cause, hello.detail))
            channel = hello.sock
        with channel:
            request = Request(method, path, self.target.authority, body)
            exchange = ask(channel, request, deadline)
            return Outcome(
                exchange,
                hello.client_certificate_wanted,
                hello.chain.inspector,
                transport_facts(channel),
            )

    def url(self, path: str) -> str:
        """The URL of a path of this target."""
        return f"{self.target.scheme}://{self.target.authority}{path}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An exchange with what its connection showed."""

    exchange: Exchange
    client_certificate_wanted: bool = False
    inspected: bool = False
    """The certificate was an inspecting proxy's, so the answer may be its own."""
    transport: dict[str, Fact] | None = None


_Judge = Callable[[Visit, Answer, Outcome], str]


def look_at_front(recorder: Recorder, visit: Visit, deadline: Deadline) -> Observation:
    """HEAD on the target's path: the portal redirects to its sign-in page."""
    path = visit.target.path
    outcome = visit.ask("HEAD", path, deadline)
    answer = outcome.exchange.answer
    if answer and answer.status not in _REDIRECTS and not (_is_plain_site(visit) and _good(answer)):
        # The body tells whose page it is, and some servers refuse HEAD alone.
        fuller = visit.ask("GET", path, deadline)
        outcome = fuller if fuller.exchange.answer is not None else outcome
    loops = _loops(visit, path, answer, deadline)
    return _report(recorder, visit, "HEAD " + path, outcome, _judge_loop if loops else _judge_front)


def _is_plain_site(visit: Visit) -> bool:
    return not visit.portal.sign_in


def _good(answer: Answer) -> bool:
    return answer.status in _OK


def look_at_sign_in(recorder: Recorder, visit: Visit, deadline: Deadline) -> Observation:
    """GET the page where the redirect leads: a working front door may hide a broken house."""
    path = visit.portal.sign_in
    outcome = visit.ask("GET", path, deadline)
    loops = _loops(visit, path, outcome.exchange.answer, deadline)
    return _report(
        recorder, visit, "GET " + path, outcome, _judge_loop if loops else _judge_sign_in
    )


def _loops(visit: Visit, path: str, answer: Answer | None, deadline: Deadline) -> bool:
    """Follow redirects on the target's own host a few steps: do they come round?"""
    seen = {path}
    for _ in range(_MOST_STEPS):
        if answer is None or answer.status not in _REDIRECTS:
            return False
        url = urljoin(visit.url(path), answer.headers.get("location", ""))
        there = urlsplit(url)
        if there.hostname != visit.target.host or there.scheme != visit.target.scheme:
            return False
        path = (there.path or "/") + (f"?{there.query}" if there.query else "")
        if path in seen:
            return True
        if path == visit.portal.sign_in:
            # That page has a look of its own.
            return False
        seen.add(path)
        answer = visit.ask("GET", path, deadline).exchange.answer
    return answer is not None and answer.status in _REDIRECTS


def look_at_graphql(recorder: Recorder, visit: Visit, deadline: Deadline) -> Observation:
    """POST an empty query: activation is a POST, and HEAD passes where POST is blocked."""
    outcome = _post(visit, deadline)
    return _report(recorder, visit, "POST " + visit.portal.graphql, outcome, _judge_graphql)


def _post(visit: Visit, deadline: Deadline) -> Outcome:
    """POST; when no answer comes, find out whether it would in small packets."""
    crew: Crew[Outcome] = Crew()

    def start(way: str, segment: int | None) -> None:
        path, query = visit.portal.graphql, _HARMLESS_QUERY
        crew.start(way, lambda: visit.ask("POST", path, deadline, query, segment))

    start("plain", None)
    first = crew.next(deadline.within(_HEDGE_AFTER))
    if first is not None:
        return first[1]
    if visit.route.path == "direct":
        start("small", SMALL_SEGMENT)
    # Both report by themselves at the deadline: wait for their words a little longer.
    end = Deadline(deadline.until + _SLACK)
    by_small: Outcome | None = None
    while crew.busy and (arrived := crew.next(end)) is not None:
        way, outcome = arrived
        if way == "plain" and (by_small is None or outcome.exchange.answer is not None):
            return outcome
        if outcome.exchange.answer is not None:
            by_small, end = outcome, deadline.within(_HEDGE_PATIENCE)
    if by_small is None:
        return Outcome(Exchange(None, "http_timeout", "no answer"))
    return replace(by_small, exchange=Exchange(None, "mtu_blackhole", "answers small packets only"))


def _judge_front(visit: Visit, answer: Answer, outcome: Outcome) -> str:
    url = visit.url(visit.target.path)
    if not visit.portal.sign_in:
        return _judge_any(answer, outcome, url)
    if answer.status in _REDIRECTS:
        there = urlsplit(urljoin(url, answer.headers.get("location", "")))
        if there.hostname == visit.target.host and there.path == visit.portal.sign_in:
            return _GOOD
    return name_answer(answer, url, inspected=outcome.inspected)


def _judge_any(answer: Answer, outcome: "Outcome", url: str) -> str:
    if answer.status in _REDIRECTS:
        cause = name_redirect(url, answer.headers.get("location", ""))
        return _GOOD if cause == "http_unexpected_status" else cause
    cause = name_answer(answer, url, inspected=outcome.inspected)
    return _GOOD if cause == "http_unexpected_status" and answer.status in _OK else cause


def _judge_sign_in(visit: Visit, answer: Answer, outcome: Outcome) -> str:
    url = visit.url(visit.portal.sign_in)
    cause = name_answer(answer, url, inspected=outcome.inspected)
    if answer.status in _OK and (cause == "http_unexpected_status" or _is_sign_in_page(answer)):
        return _GOOD
    return cause


def _is_sign_in_page(answer: Answer) -> bool:
    text = answer.body.lower()
    return "sign in" in text or "sign_in" in text or 'type="password"' in text


def _judge_graphql(visit: Visit, answer: Answer, outcome: Outcome) -> str:
    return name_graphql_answer(answer, visit.url(visit.portal.graphql), inspected=outcome.inspected)


def _judge_loop(_visit: Visit, _answer: Answer, _outcome: Outcome) -> str:
    return "http_redirect_loop"


def _report(
    recorder: Recorder,
    visit: Visit,
    what: str,
    outcome: Outcome,
    judge: _Judge,
) -> Observation:
    exchange, answer = outcome.exchange, outcome.exchange.answer
    cause = exchange.cause or (
        judge(visit, answer, outcome) if answer else "http_connection_closed"
    )
    if outcome.client_certificate_wanted and _wants_certificate(cause, answer):
        cause = "tls_client_cert_required"
    verdict: Verdict = "ok" if cause == _GOOD else "fail"
    waited = exchange.first_byte_ms or exchange.ms
    if verdict == "ok" and waited > _SLOW_MS:
        cause, verdict = "http_slow", "warn"
    facts: dict[str, Fact | None] = {
        **visit.route.facts(), **(outcome.transport or {}),
        "request": what,
        "http_status": answer.status if answer else None,
        "location": answer.headers.get("location") if answer else None,
        "server": answer.headers.get("server") if answer else None,
        "ms": exchange.ms, "first_byte_ms": exchange.first_byte_ms,
        "received": exchange.received,
    }  # fmt: skip
    status = f"HTTP {answer.status}" if answer else ""
    detail = " ".join(part for part in (status, exchange.detail, facts["location"]) if part)  # type: ignore[misc]  # strings only
    return recorder.saw("https", f"{what} {visit.route.target}", cause, verdict, detail, facts)


def _wants_certificate(cause: str, answer: Answer | None) -> bool:
    if answer is None:
        return cause in ("http_connection_closed", "tls_reset", "tls_unexpected_eof")
    return answer.status in (400, 403, 495, 496) and cause != _GOOD
