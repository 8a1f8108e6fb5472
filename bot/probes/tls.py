"""Does the handshake pass and the chain verify on this route, and if not, who stands in the way?"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from ssl import SSLContext
from typing import Final

from bot.evidence.observation import Fact, Observation, Verdict
from bot.probes.crew import Crew
from bot.probes.handshake import Hello, shake_hands
from bot.probes.patience import Deadline, milliseconds_since
from bot.probes.recorder import Recorder
from bot.probes.route import Route
from bot.probes.tcp import PATIENCE as CONNECT_PATIENCE
from bot.probes.tcp import SMALL_SEGMENT, NotConnectedError, transport_facts

#: A hello that waited this long is asked again in three other ways, side by side.
_HEDGE_AFTER: Final = 1.5
#: After that the other ways get this long to show that they are better.
_HEDGE_PATIENCE: Final = 1.5
PATIENCE: Final = 6.5
_SILENT: Final = frozenset({"tls_handshake_timeout"})
_CUT: Final = frozenset({"tls_reset", "tls_unexpected_eof"})
_POLITE: Final = frozenset({"tls_unrecognized_name", "tls_handshake_failure"})
"""Alerts with which a filter may refuse a name, too."""


@dataclass(frozen=True, slots=True)
class _Way:
    """How one of the handshakes goes about it."""

    send_name: bool = True
    segment: int | None = None


_PLAIN: Final = _Way()
_WAYS: Final[Mapping[str, _Way]] = {
    "plain": _PLAIN,
    "again": _PLAIN,
    "small": _Way(segment=SMALL_SEGMENT),
    "nameless": _Way(send_name=False),
}


_Result = tuple[Hello, dict[str, Fact]]
"""How the handshake ended, and what the kernel counted on its connection."""


@dataclass(frozen=True, slots=True)
class Handshakes:
    """What is needed to shake hands on a route, in one of several ways."""

    route: Route
    host: str
    context: SSLContext
    expected_issuer: str = ""

    def carry_out(self, way: _Way, deadline: Deadline) -> _Result:
        """Open the route and shake hands once; a route that does not open is a silent peer."""
        try:
            sock = self.route.open(deadline.within(CONNECT_PATIENCE), way.segment)
        except NotConnectedError as error:
            return Hello(cause=error.cause, detail=error.strerror or ""), {}
        except OSError as error:
            return Hello(cause="tls_reset", detail=str(error)), {}
        hello = shake_hands(
            sock, self.host, self.context, deadline,
            send_name=way.send_name, expected_issuer=self.expected_issuer,
        )  # fmt: skip
        if hello.sock is None:
            return hello, {}
        with hello.sock as wrapped:
            return hello, transport_facts(wrapped)


def look(recorder: Recorder, handshakes: Handshakes, deadline: Deadline) -> Observation:
    """Shake hands; when that stalls or is cut, find out whether size or the name is the reason."""
    start = time.monotonic()
    seen = _shake_until_clear(handshakes, deadline.within(PATIENCE))
    hello, transport = seen.get("plain") or seen.get("again") or (_SILENCE, {})
    cause = _judge({way: result[0] for way, result in seen.items()})
    if hello.cause != cause and "again" in seen and seen["again"][0].cause == cause:
        hello, transport = seen["again"]
    facts: dict[str, Fact | None] = {
        **handshakes.route.facts(), **transport, **_facts_of(hello),
        "ms": milliseconds_since(start),
        "ways": tuple(f"{way}: {result[0].cause}" for way, result in sorted(seen.items()))
        if len(seen) > 1 else None,
    }  # fmt: skip
    verdict: Verdict = "ok" if cause == "tls_ok" else "fail"
    if cause == "tls_ok" and hello.chain.inspector:
        cause, verdict = "tls_inspection", "warn"
    detail = hello.detail or (f"issuer {hello.chain.issuer}" if hello.chain.issuer else "")
    return recorder.saw("tls", handshakes.route.target, cause, verdict, detail, facts)


_SILENCE: Final = Hello(cause="tls_handshake_timeout", detail="no answer to the hello")


def _shake_until_clear(handshakes: Handshakes, deadline: Deadline) -> dict[str, _Result]:
    crew: Crew[_Result] = Crew()
    seen: dict[str, _Result] = {}

    def start(*ways: str) -> None:
        for way in ways:
            crew.start(way, lambda way=way: handshakes.carry_out(_WAYS[way], deadline))  # type: ignore[misc]  # mypy cannot infer a lambda's default

    start("plain")
    first = crew.next(deadline.within(_HEDGE_AFTER))
    if first is not None:
        seen[first[0]] = first[1]
        if first[1][0].cause not in _CUT | _POLITE:
            return seen
        start("again", "nameless")
    else:
        start("again", "small", "nameless")
    _gather(crew, seen, deadline, deadline.within(_HEDGE_PATIENCE))
    return seen


def _gather(
    crew: Crew[_Result], seen: dict[str, _Result], deadline: Deadline, clear_by: Deadline
) -> None:
    """Wait for the other ways: to the deadline, or less once one of them got an answer."""
    while crew.busy:
        limit = clear_by if _explained(seen) else deadline
        arrived = crew.next(limit)
        if arrived is None:
            if _explained(seen) or deadline.passed:
                return
            continue
        way, result = arrived
        seen[way] = result
        if _WAYS[way] == _PLAIN and result[0].cause == "tls_ok":
            return


def _explained(seen: Mapping[str, _Result]) -> bool:
    """Did another way get an answer?"""
    return any(way in seen and seen[way][0].answered for way in ("small", "nameless"))


def _judge(seen: Mapping[str, Hello]) -> str:
    for way in ("plain", "again"):
        hello = seen.get(way)
        if hello and hello.answered and hello.cause not in _POLITE:
            return hello.cause
    plain = (seen.get("plain") or _SILENCE).cause
    nameless, small = seen.get("nameless"), seen.get("small")
    if plain in _POLITE:
        blocked = bool(nameless and nameless.chain.size and nameless.chain.speaks_for_host)
        return "tls_sni_blocked" if blocked else plain
    if nameless and nameless.chain.size:
        return "tls_sni_blocked"
    if small and small.answered and plain in _SILENT:
        return "mtu_blackhole"
    if nameless and nameless.answered:
        return "tls_sni_blocked"
    return plain


def _facts_of(hello: Hello) -> dict[str, Fact | None]:
    chain = hello.chain
    return {
        "issuer": chain.issuer or None,
        "subject": chain.subject or None,
        "names": chain.names or None,
        "not_before": chain.not_before.isoformat() if chain.not_before else None,
        "not_after": chain.not_after.isoformat() if chain.not_after else None,
        "dates": chain.outside_its_dates or None,
        "chain_size": chain.size or None,
        "inspector": chain.inspector or None,
        "verify_code": hello.verify_code or None,
        "protocol": hello.protocol or None,
        "cipher": hello.cipher or None,
        "client_certificate_wanted": hello.client_certificate_wanted or None,
    }
