"""Globalping as a vantage: the portal as volunteers' probes near the customer see it.

Only the portal is ever named to it, never a customer's host. Any trouble is one line in the look.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from bot.evidence.assess import assess
from bot.evidence.look import Look
from bot.evidence.observation import Activates, Assessment, Observation
from bot.vantages.globalping_results import Question, read_results
from bot.vantages.globalping_route import LAYERS
from bot.vantages.here import nothing_seen

API: Final = "https://api.globalping.io"
#: Anonymous callers have 250 tests an hour: a run takes five for each probe.
PROBES: Final = 2
#: It asks clients to wait so long after each answer before they look again.
_POLL_SECONDS: Final = 0.5
#: A measurement is cut after 30 s there.
_RUN_SECONDS: Final = 38.0
_CALL_SECONDS: Final = 8.0
_LARGEST: Final = 2_000_000
_LONGEST_WAIT: Final = 3600.0
_ANYWHERE: Final = "world"
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
_NETWORK: Final = re.compile(r"AS(\d{1,10})", re.IGNORECASE)
_SIGN_IN: Final = "/customers/sign_in"
#: Of equally many probes the better word counts: one that fails alone says nothing.
_ORDER: Final[tuple[Activates, ...]] = ("yes", "degraded", "no", "unknown")


class NotMeasured(Exception):  # noqa: N818  an answer, not an error
    """Globalping did not measure; the message is for the note."""

    def __init__(self, reason: str, wait: float = 0.0, *, no_probes: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        """So long it must not be asked again."""
        self.no_probes = no_probes


@dataclass(slots=True)
class _Measurement:
    question: Question
    id: str
    document: Mapping[str, Any] = field(default_factory=dict)
    tag: str = ""
    """ETag of the document."""

    @property
    def done(self) -> bool:
        """Any status but in-progress is final."""
        return bool(self.document.get("status", "in-progress") != "in-progress")


@dataclass(frozen=True, slots=True)
class Globalping:
    """Looks at the portal through Globalping's API; a token only raises its limits."""

    target: str
    """URL of the portal."""
    home: str
    """Where to look from when nothing is known of the customer: `DE`, `AS3320`, `DE+Berlin`."""
    clock: Callable[[], datetime]
    token: str = field(default="", repr=False)
    sign_in: str = _SIGN_IN
    api: str = API
    pause: Callable[[float], None] = time.sleep
    run_seconds: float = _RUN_SECONDS
    call_seconds: float = _CALL_SECONDS

    def __call__(self, place: str) -> tuple[Look, float]:
        """Look from the place, or from home when it has no probes."""
        places = list(dict.fromkeys(name for name in (place, self.home, _ANYWHERE) if name))
        host = urlsplit(self.target).hostname or ""
        with self._client() as client:
            for name in places:
                try:
                    return self._look(_Run(self, client), host, name), 0.0
                except NotMeasured as reason:
                    if reason.no_probes and name != places[-1]:
                        continue
                    vantage = f"globalping:{name}"
                    line = f"Globalping: {reason}"
                    return nothing_seen(vantage, self.target, line, self.clock()), reason.wait
        raise AssertionError("the last place always answers")

    def _look(self, run: "_Run", host: str, place: str) -> Look:
        began = time.monotonic()
        questions = (
            Question("http", host, sign_in=self.sign_in),
            Question("http", host, path=self.sign_in, sign_in=self.sign_in, method="GET"),
            Question("dns", host, record="A"),
            Question("dns", host, record="AAAA"),
            Question("ping", host),
        )
        seen = run.measure(questions, place)
        judged = vote(seen)
        if judged.activates == "no" and judged.layer in LAYERS:
            # Only then is the path worth two more tests of the hourly limit.
            seen += run.follow(Question("mtr", host))
        took = round(time.monotonic() - began, 2)
        return Look(f"globalping:{place}", self.target, judged, seen, self.clock(), took)

    def _client(self) -> httpx.Client:
        headers = {"user-agent": "licensing-bot", "accept": "application/json"}
        loopback = urlsplit(self.api).hostname in ("127.0.0.1", "::1")
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        return httpx.Client(
            base_url=self.api, headers=headers, timeout=self.call_seconds, trust_env=not loopback
        )


@dataclass(slots=True)
class _Run:
    """One look: measurements of the same probes, made one after another, then read."""

    owner: Globalping
    client: httpx.Client
    until: float = 0.0
    probes: str = ""
    """The first measurement: later ones ask the same probes."""

    def measure(self, questions: Sequence[Question], place: str) -> tuple[Observation, ...]:
        self.until = time.monotonic() + self.owner.run_seconds
        made: list[_Measurement] = []
        for question in questions:
            where: object = made[0].id if made else [read_place(place)]
            try:
                made.append(self._create(question, where, first=not made))
                self.probes = made[0].id
            except NotMeasured:
                if not made:
                    raise
                break  # what was measured so far still counts
        return self._results(made)

    def follow(self, question: Question) -> tuple[Observation, ...]:
        """Ask the probes of this run one thing more; without an answer it is left out."""
        try:
            made = self._create(question, self.probes, first=False)
        except NotMeasured:
            return ()
        self.until = time.monotonic() + self.owner.run_seconds / 2
        return self._results([made])

    def _results(self, made: Sequence[_Measurement]) -> tuple[Observation, ...]:
        self._await(made)
        now = self.owner.clock()
        return tuple(
            seen for item in made for seen in read_results(item.question, item.document, now)
        )

    def _create(self, question: Question, where: object, *, first: bool) -> _Measurement:
        body: dict[str, object] = {
            "type": question.kind,
            "target": question.target,
            "locations": where,
            "measurementOptions": question.options(),
        }
        if first:
            body["limit"] = PROBES
        answer = self._send("POST", "/v1/measurements", json=body)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise _refusal(answer)
        number = _document(answer).get("id")
        if not isinstance(number, str) or not re.fullmatch(r"[\w.-]{1,64}", number):
            raise NotMeasured("the answer names no measurement")
        return _Measurement(question, number)

    def _await(self, made: Sequence[_Measurement]) -> None:
        """Read every measurement until it is final or the time is over; trouble is asked again."""
        while waiting := [item for item in made if not item.done]:
            if time.monotonic() > self.until:
                return
            self.owner.pause(_POLL_SECONDS)
            for item in waiting:
                try:
                    self._read(item)
                except NotMeasured as reason:
                    if reason.wait:
                        self.owner.pause(min(reason.wait, max(self.until - time.monotonic(), 0)))

    def _read(self, item: _Measurement) -> None:
        headers = {"if-none-match": item.tag} if item.tag else {}
        answer = self._send("GET", f"/v1/measurements/{item.id}", headers=headers)
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return
        if answer.status_code == httpx.codes.NOT_FOUND:
            item.document = {"status": "gone"}
            return
        if answer.status_code != httpx.codes.OK:
            raise _refusal(answer)
        item.document, item.tag = _document(answer), answer.headers.get("etag", "")

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send one call; what the network says becomes a line."""
        try:
            with self.client.stream(method, path, **more) as answer:
                size = 0
                chunks = []
                for chunk in answer.iter_bytes():
                    size += len(chunk)
                    if size > _LARGEST:
                        raise NotMeasured("its answer is too large")
                    chunks.append(chunk)
        except httpx.TimeoutException:
            raise NotMeasured("does not answer in time") from None
        except httpx.HTTPError as error:
            raise NotMeasured(f"cannot be reached ({type(error).__name__})") from None
        kept = [pair for pair in answer.headers.items() if pair[0] != "content-encoding"]
        return httpx.Response(answer.status_code, headers=kept, content=b"".join(chunks))


def read_place(text: str) -> dict[str, object]:
    """Return Globalping's location of `DE`, `AS3320`, `Berlin`, or several joined by `+`."""
    found: dict[str, object] = {}
    for part in filter(None, (part.strip() for part in text.split("+"))):
        network = _NETWORK.fullmatch(part)
        if network:
            found["asn"] = int(network[1])
        elif _COUNTRY.fullmatch(part):
            found["country"] = part.upper()
        elif part.lower() == _ANYWHERE:
            found["magic"] = _ANYWHERE
        else:
            found["city"] = part
    return found or {"magic": _ANYWHERE}


def vote(seen: Sequence[Observation]) -> Assessment:
    """Judge each probe by itself, then let the majority speak."""
    by_probe: dict[str, list[Observation]] = {}
    for look in seen:
        by_probe.setdefault(look.vantage, []).append(look)
    judged = [assess(looks) for looks in by_probe.values()]
    known = [item for item in judged if item.activates != "unknown"] or judged
    if not known:
        return Assessment("unknown", "unclear", "unknown", "unclear")
    counts = Counter(item.activates for item in known)
    word = min(counts, key=lambda activates: (-counts[activates], _ORDER.index(activates)))
    alike = [item for item in known if item.activates == word]
    causes = Counter(item.cause for item in alike)
    return next(item for item in alike if item.cause == causes.most_common(1)[0][0])


def _refusal(answer: httpx.Response) -> NotMeasured:
    error = _document(answer).get("error")
    said = str(error.get("message") or "")[:120] if isinstance(error, dict) else ""
    match answer.status_code:
        case 422:
            return NotMeasured(said or "no probes there", no_probes=True)
        case 429:
            return NotMeasured(f"limit reached: {said}".rstrip(": "), _wait_of(answer))
        case 401 | 403:
            return NotMeasured("does not accept GLOBALPING_TOKEN")
        case code:
            return NotMeasured(f"answers {code}: {said}".rstrip(": "))


def _wait_of(answer: httpx.Response) -> float:
    for name in ("retry-after", "x-ratelimit-reset"):
        text = answer.headers.get(name, "")
        if text.isascii() and text.isdecimal():
            return min(float(text), _LONGEST_WAIT)
    return 60.0


def _document(answer: httpx.Response) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
