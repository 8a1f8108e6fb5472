"""Reads a HAR once and says how the activation ended."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Final

from bot.evidence.har.attempt import Attempt, Outcome, attempts_in, leaves_out_bodies
from bot.evidence.har.body import answered_text, path_of
from bot.evidence.har.causes import is_sign_in
from bot.evidence.har.files import HarFiles
from bot.evidence.har.graphql import Answer, is_graphql, operations, read_answer, syncs
from bot.evidence.har.learn import Learner, note_secrets_of_text
from bot.evidence.har.node import Object, header, number_at, object_at, text_at
from bot.evidence.har.source import text_pieces
from bot.evidence.har.stream import Entry, Field, State
from bot.evidence.redact import redact
from bot.evidence.redact_standins import STAND_IN, StandIns
from bot.evidence.secrets import LIVE


@dataclass(frozen=True, slots=True)
class HarReport:
    """What a HAR says about the activation."""

    outcome: Outcome
    cause: str
    error_strings: tuple[str, ...] = ()
    """Errors of the last attempt in the product's words, redacted."""
    earlier_errors: tuple[str, ...] = ()
    attempts: int = 0
    http_status: int | None = None
    live_session: bool = False
    """Cookies or tokens are inside with which somebody could act as the customer."""
    secrets_found: Mapping[str, int] = field(default_factory=dict)
    state: State = "complete"
    entries: int = 0


_SYNC_PATH: Final = re.compile(r"/(?:admin/(?:license|subscription)/)\w*sync\w*|/sync_seat_link")
_PRODUCT_PATH: Final = re.compile(r"/admin/|/api/(?:graphql|v4)|/users/sign_in|/-/|/dashboard")
_SUBSCRIPTION_PATH: Final = re.compile(r"/admin/(?:subscription|license)\b")
#: Live kinds that are also found in bodies, where a cookie is only a word, and what signs in anew.
_HELD: Final = (LIVE - {"cookie", "session"}) | {"password", "one_time_password", "private_key"}
_REFUSED: Final = frozenset({401, 403})
_REDIRECTS: Final = range(300, 400)
_ERRORS_FROM: Final = 400


class Analysis:
    """Collects what the entries say, one after the other."""

    def __init__(self, standins: StandIns) -> None:
        """Note secrets in these stand-ins."""
        self.standins = standins
        self._learner = Learner(standins)
        self._attempts: list[Attempt] = []
        self._entries = 0
        self._saw_product = False
        self._bodiless = False
        self._signed_out = False
        self._sync: tuple[bool, tuple[str, ...]] | None = None
        self._marked: State | None = None

    def add(self, item: Field | Entry) -> None:
        """Take the next piece of the file."""
        if isinstance(item, Field):
            if item.key == "_salvaged" and item.value in {"truncated", "malformed"}:
                self._marked = "truncated" if item.value == "truncated" else "malformed"
            self._learner.learn_field(item.value)
            return
        self._entries += 1
        self._learner.learn(item.value)
        self._attempts.extend(attempts_in(item.value))
        self._bodiless = self._bodiless or leaves_out_bodies(item.value)
        self._look_around(item.value)

    def add_loose(self, file: IO[bytes], state: State) -> None:
        """Note the secrets of a file without entries, such as a page saved under a HAR's name."""
        if not self._entries and state != "complete":
            note_secrets_of_text(text_pieces(file), self.standins)
            self._learner.live = not LIVE.isdisjoint(self.standins.counts())

    def _look_around(self, entry: Object) -> None:
        """Note what matters when nobody tried to activate: the page, the session, a sync."""
        request, response = object_at(entry, "request"), object_at(entry, "response")
        path = path_of(request)
        self._saw_product = self._saw_product or bool(_PRODUCT_PATH.search(path))
        status = number_at(response, "status") or 0
        if _SUBSCRIPTION_PATH.search(path):
            target = text_at(response, "redirectURL") or header(response, "location")
            to_sign_in = status in _REDIRECTS and is_sign_in(target)
            self._signed_out = status in _REFUSED or to_sign_in
        if _SYNC_PATH.search(path):
            self._note_sync(Answer(readable=False), status)
        elif is_graphql(request):
            for operation in operations(request):
                if syncs(operation):
                    answer = read_answer(operation, answered_text(response)[:100_000])
                    self._note_sync(answer, status)

    def _note_sync(self, answer: Answer, status: int) -> None:
        failed = bool(answer.errors) or status >= _ERRORS_FROM
        self._sync = (failed, answer.errors)

    def report(self, state: State) -> HarReport:
        """Return the verdict; the last attempt decides."""
        state = self._marked or state
        attempts = self._decisive()
        last = attempts[-1] if attempts else self._no_attempt()
        outcome, cause = _told(last, state, entries=self._entries)
        earlier = dict.fromkeys(e for attempt in attempts[:-1] for e in attempt.errors)
        return HarReport(
            outcome=outcome,
            cause=cause,
            error_strings=self._quoted(last.errors),
            earlier_errors=self._quoted(e for e in earlier if e not in last.errors),
            attempts=len(attempts),
            http_status=last.status,
            live_session=self._learner.live or bool(_HELD & self.standins.counts().keys()),
            secrets_found=self.standins.counts(),
            state=state,
            entries=self._entries,
        )

    def _decisive(self) -> list[Attempt]:
        """Return the browser's attempts in the order in which they were sent."""
        own = [a for a in self._attempts if not a.by_instance] or self._attempts
        full = [a for a in own if not a.preliminary] or own
        sent = {a.asked for a in full if not a.through_worker}
        full = [a for a in full if not a.through_worker or a.asked not in sent]
        order = sorted(enumerate(full), key=lambda pair: (_moment(pair[1].when), pair[0]))
        return [attempt for _, attempt in order]

    def _no_attempt(self) -> Attempt:
        if self._sync is not None:
            failed, errors = self._sync
            cause = "seatlink_sync_failed" if failed else "no_activation"
            return Attempt("no_activation_attempt", cause, errors)
        if self._bodiless:
            return Attempt("unknown", "har_bodies_omitted")
        if self._signed_out:
            return Attempt("no_activation_attempt", "app_unauthorized")
        cause = "no_activation" if self._saw_product or not self._entries else "irrelevant"
        return Attempt("no_activation_attempt", cause)

    def _quoted(self, errors: Iterable[str]) -> tuple[str, ...]:
        """Return the texts as they may be shown: without secrets, the same after a redaction."""
        return tuple(dict.fromkeys(self._quote(error) for error in errors))

    def _quote(self, error: str) -> str:
        for value, token in self.standins.known():
            error = error.replace(value, token)
        clean = redact(error.encode("utf-8", "replace").decode()).text
        return STAND_IN.sub(_without_number, clean)[:_LONGEST_QUOTE]


_LONGEST_QUOTE: Final = 1000


def _without_number(match: re.Match[str]) -> str:
    """Numbers differ from file to file: `[activation code]` reads the same in both."""
    name = match[0].strip("[]").removeprefix("REDACTED_").rstrip("0123456789")
    return "[" + name.strip(" _").replace("_", " ") + "]"


def _told(last: Attempt, state: State, *, entries: int) -> tuple[Outcome, str]:
    if state == "complete":
        return last.outcome, last.cause
    # A later attempt may have stood in the part that is missing.
    if state == "malformed" or not entries:
        return "unparseable", f"har_{state}"
    return "unparseable", "har_truncated"


_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def _moment(when: str) -> datetime:
    """Return when something was sent; browsers write ISO 8601, WebSockets seconds since 1970."""
    try:
        if re.fullmatch(r"\d+(?:\.\d+)?", when):
            return datetime.fromtimestamp(float(when), UTC)
        moment = datetime.fromisoformat(when)
    except (ValueError, OverflowError, OSError):
        return _NEVER
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def analyse(file: IO[bytes], standins: StandIns | None = None) -> HarReport:
    """Return what a HAR file says; reads it piece by piece and never raises on its content."""
    analysis = Analysis(standins or StandIns(portable=True))
    stream = HarFiles(file)
    for item in stream:
        analysis.add(item)
    analysis.add_loose(file, stream.state)
    return analysis.report(stream.state)
