"""Globalping's answers as our observations. Fields as in its public API description, version 1."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from bot.evidence.observation import CAUSES, Fact, Observation, Verdict
from bot.probes.pages import Answer, name_answer
from bot.vantages import globalping_route

_GOOD: Final = "http_ok_redirect_signin"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SLOW_MS: Final = 3000
_RCODES: Final[Mapping[int, str]] = {2: "dns_servfail", 3: "dns_nxdomain", 5: "dns_refused"}
#: What its probes write when a test fails because of the target: Node's and dig's words.
_FAILURES: Final[Sequence[tuple[str, str]]] = (
    (r"ECONNREFUSED|connection refused", "tcp_refused"),
    (r"ECONNRESET|EPIPE|socket hang up|connection reset", "tcp_reset"),
    (r"ENETUNREACH|network is unreachable", "no_route"),
    (r"EHOSTUNREACH|host is unreachable|no route to host", "host_unreachable"),
    (r"ENOTFOUND|NXDOMAIN", "dns_nxdomain"),
    (r"EAI_AGAIN|SERVFAIL|name resolution|resolve", "dns_resolution_failed"),
    (r"EPROTO|wrong version number|ssl3?_|handshake failure", "tls_handshake_failure"),
    (r"ETIMEDOUT|timed? ?out|timeout", "tcp_timeout"),
)
_REJECTIONS: Final[Sequence[tuple[str, str]]] = (
    (r"CERT_HAS_EXPIRED|expired", "tls_expired"),
    (r"CERT_NOT_YET_VALID|not yet valid", "tls_not_yet_valid"),
    (r"ALTNAME|does not match", "tls_hostname_mismatch"),
    (r"DEPTH_ZERO_SELF_SIGNED|^self[- ]signed certificate$", "tls_self_signed"),
    (r"UNABLE_TO_VERIFY_LEAF|first certificate", "tls_incomplete_chain"),
)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of every probe."""

    kind: str
    """``http dns ping mtr``."""
    target: str
    path: str = "/"
    """For http."""
    record: str = "A"
    """For dns."""
    sign_in: str = ""
    """Where the portal's front page leads."""
    method: str = "HEAD"

    @property
    def name(self) -> str:
        """How an observation names it."""
        if self.kind == "http":
            return f"{self.method} {self.path} {self.target}"
        return f"{self.record} {self.target}" if self.kind == "dns" else self.target

    def options(self) -> dict[str, object]:
        """The measurement's options."""
        if self.kind == "dns":
            return {"query": {"type": self.record}}
        if self.kind == "ping":
            return {"packets": 3}
        if self.kind == "mtr":
            return globalping_route.options()
        request = {"method": self.method, "path": self.path}
        return {"protocol": "HTTPS", "port": 443, "request": request}


def read_results(
    question: Question, document: Mapping[str, Any], now: datetime
) -> Iterator[Observation]:
    """Yield what each probe of one measurement saw."""
    for item in _list(document.get("results")):
        probe, result = _map(item.get("probe")), _map(item.get("result"))
        yield from _Reader(question, _place_of(probe), now).read(result)


@dataclass(frozen=True, slots=True)
class _Reader:
    question: Question
    vantage: str
    now: datetime

    def read(self, result: Mapping[str, Any]) -> Iterator[Observation]:
        """Yield what one probe saw; whatever is not final or not its target's says nothing."""
        status = result.get("status")
        if status == "finished":
            reader = {
                "dns": self._dns,
                "ping": self._ping,
                "http": self._http,
                "mtr": self._route,
            }
            yield from reader[self.question.kind](result)
        elif status == "failed":
            yield self._failed(result)
        elif status == "in-progress":
            yield self._saw("truncated", "unknown", "did not finish in time")
        else:
            yield self._saw("unclear", "unknown", "the probe went offline")

    def _dns(self, result: Mapping[str, Any]) -> Iterator[Observation]:
        record, code = self.question.record, result.get("statusCode")
        answers = tuple(
            str(answer.get("value"))
            for answer in _list(result.get("answers"))
            if answer.get("type") == record
        )
        facts: dict[str, Fact] = {"answers": answers, "dns_server": str(result.get("resolver"))}
        facts |= _number("ms", _map(result.get("timings")).get("total"))
        bad = _RCODES.get(code if isinstance(code, int) else 0)
        if bad:
            # Without AAAA everybody still gets through over IPv4.
            yield self._saw(bad, "fail" if record == "A" else "warn", _name(result), facts)
        elif answers:
            yield self._saw("dns_ok", "ok", ", ".join(answers), facts)
        elif record == "AAAA":
            yield self._saw("dns_no_aaaa", "ok", "no AAAA record", facts)
        else:
            yield self._saw("dns_no_address", "fail", "no A record", facts)

    def _ping(self, result: Mapping[str, Any]) -> Iterator[Observation]:
        stats = _map(result.get("stats"))
        facts = self._address(result) | _number("ms", stats.get("avg"))
        facts |= _number("sent", stats.get("total")) | _number("received", stats.get("rcv"))
        answered = bool(facts.get("received"))
        cause = "icmp_ok" if answered else "icmp_no_reply"
        yield self._saw(cause, "ok" if answered else "warn", f"loss {stats.get('loss')} %", facts)

    def _route(self, result: Mapping[str, Any]) -> Iterator[Observation]:
        route = globalping_route.read_route(result)
        yield self._saw(route.cause, route.verdict, route.detail, route.facts, probe="route")

    def _http(self, result: Mapping[str, Any]) -> Iterator[Observation]:
        facts, tls = self._address(result), _map(result.get("tls"))
        timings = _map(result.get("timings"))
        if tls:
            yield self._certificate(tls, facts | _number("ms", timings.get("tls")))
        code = result.get("statusCode")
        if not isinstance(code, int):
            yield self._saw("unclear", "unknown", "no status code in the result")
            return
        answer = Answer(code, _headers(result.get("headers")), str(result.get("rawBody") or ""))
        facts |= {"http_status": code, "request": f"{self.question.method} {self.question.path}"}
        facts |= _number("ms", timings.get("total"))
        facts |= _number("first_byte_ms", timings.get("firstByte"))
        cause = self._judge(answer)
        verdict: Verdict = "ok" if cause == _GOOD else "fail"
        waited = facts.get("first_byte_ms", 0)
        if verdict == "ok" and isinstance(waited, int | float) and waited > _SLOW_MS:
            cause, verdict = "http_slow", "warn"
        where = answer.headers.get("location", "")
        yield self._saw(cause, verdict, f"HTTP {code} {where}".strip(), facts, probe="https")

    def _judge(self, answer: Answer) -> str:
        asked = self.question
        url = f"https://{asked.target}{asked.path}"
        if answer.status in _REDIRECTS:
            there = urlsplit(urljoin(url, answer.headers.get("location", "")))
            if there.hostname == asked.target and there.path == asked.sign_in:
                return _GOOD
        if asked.path == asked.sign_in and answer.status == 200:  # noqa: PLR2004  the page itself
            cause = name_answer(answer, url, inspected=False)
            return _GOOD if cause == "http_unexpected_status" else cause
        return name_answer(answer, url, inspected=False)

    def _certificate(self, tls: Mapping[str, Any], facts: dict[str, Fact]) -> Observation:
        issuer = _map(tls.get("issuer"))
        facts |= {"issuer": str(issuer.get("O") or issuer.get("CN") or "")}
        if tls.get("authorized") is not False:
            return self._saw("tls_ok", "ok", str(tls.get("protocol") or ""), facts, probe="tls")
        why = str(tls.get("error") or "")
        cause = _match(_REJECTIONS, why) or "tls_untrusted_ca"
        return self._saw(cause, "fail", why, facts, probe="tls")

    def _failed(self, result: Mapping[str, Any]) -> Observation:
        """Only a failure of the target says something about it; which one, its words tell."""
        source, raw = result.get("failureSource"), str(result.get("rawOutput") or "")
        cause = _match(_FAILURES, raw)
        if source in ("internal", "resolver"):
            return self._saw("unclear", "unknown", f"the probe's own trouble ({source}): {raw}")
        if cause is None:
            return self._saw("unclear", "unknown", raw)
        if self.question.kind in ("ping", "mtr"):
            return self._saw("icmp_no_reply", "warn", raw)
        return self._saw(cause, "fail", raw)

    def _address(self, result: Mapping[str, Any]) -> dict[str, Fact]:
        ip = result.get("resolvedAddress")
        return {"ip": ip, "family": 6 if ":" in ip else 4} if isinstance(ip, str) else {}

    def _saw(
        self,
        cause: str,
        verdict: Verdict,
        detail: str = "",
        facts: Mapping[str, Fact] | None = None,
        probe: str = "",
    ) -> Observation:
        asked = self.question
        return Observation(
            probe=probe or {"http": "https", "ping": "icmp"}.get(asked.kind, asked.kind),
            target=asked.name,
            vantage=self.vantage,
            layer=CAUSES[cause],
            cause=cause,
            verdict=verdict,
            detail=" ".join(detail.split())[:300],
            facts=dict(facts or {}),
            seen_at=self.now,
        )


def _place_of(probe: Mapping[str, Any]) -> str:
    parts = [str(probe.get(key) or "") for key in ("country", "city")]
    network = probe.get("asn")
    return "globalping:" + " ".join(
        part for part in (*parts, f"AS{network}" if network else "") if part
    )


def _name(result: Mapping[str, Any]) -> str:
    return str(result.get("statusCodeName") or "")


def _match(table: Sequence[tuple[str, str]], text: str) -> str | None:
    found = (cause for pattern, cause in table if re.search(pattern, text, re.IGNORECASE))
    return next(found, None)


def _number(name: str, value: object) -> dict[str, Fact]:
    return {name: value} if isinstance(value, int | float) else {}


def _headers(value: object) -> dict[str, str]:
    """Names in lower case; of a header that came several times the last."""
    return {
        str(name).lower(): str(text[-1] if isinstance(text, list) and text else text)
        for name, text in _map(value).items()
    }


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
