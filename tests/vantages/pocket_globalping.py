"""A stand-in for Globalping on loopback, after its public API description, version 1.

It knows `POST /v1/measurements` and `GET /v1/measurements/{id}`: the validation of what is asked,
probes with a place, results that stay in progress for a while, failed and offline tests, ETags,
the limits' headers, and the errors 400, 401, 404, 422, 429 and 500.
"""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TYPES = ("ping", "traceroute", "dns", "mtr", "http")
LOCATION_KEYS = {
    "continent", "region", "country", "state", "city", "asn", "network", "tags", "magic", "limit",
}  # fmt: skip
PORTAL = "customers.example_company.com"


def probe_at(country: str, city: str, asn: int) -> dict[str, Any]:
    return {
        "continent": "EU", "region": "Western Europe", "country": country, "state": None,
        "city": city, "asn": asn, "network": "Example Net", "latitude": 50.1, "longitude": 8.7,
        "tags": ["eyeball-network"], "resolvers": ["private"],
    }  # fmt: skip


FRANKFURT = probe_at("DE", "Frankfurt", 3320)
BERLIN = probe_at("DE", "Berlin", 8881)
CERTIFICATE = {
    "authorized": True, "protocol": "TLSv1.3", "cipherName": "TLS_AES_256_GCM_SHA384",
    "createdAt": "2026-10-01T00:00:00.000Z", "expiresAt": "2026-12-30T00:00:00.000Z",
    "subject": {"CN": PORTAL, "alt": f"DNS:{PORTAL}"},
    "issuer": {"C": "US", "O": "Example Trust", "CN": "E1"},
    "keyType": "EC", "keyBits": 256, "serialNumber": "01:02", "fingerprint256": "AA:BB",
    "publicKey": "CC:DD",
}  # fmt: skip
TIMINGS = {"total": 120, "dns": 10, "tcp": 20, "tls": 30, "firstByte": 55, "download": 5}


def http_result(
    status: int = 302,
    headers: Mapping[str, object] | None = None,
    body: str | None = None,
    **more: object,
) -> dict[str, Any]:
    location = {"location": f"https://{PORTAL}/customers/sign_in"} if status == 302 else {}
    return {
        "status": "finished", "rawOutput": f"HTTP/1.1 {status}", "rawHeaders": "", "rawBody": body,
        "truncated": False, "headers": {**location, **(headers or {})}, "statusCode": status,
        "statusCodeName": "Found", "resolvedAddress": "203.0.113.9", "timings": TIMINGS,
        "tls": CERTIFICATE, **more,
    }  # fmt: skip


def dns_result(record: str = "A", *values: str, code: int = 0) -> dict[str, Any]:
    names = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}
    return {
        "status": "finished", "rawOutput": "", "statusCode": code, "statusCodeName": names[code],
        "answers": [
            {"name": f"{PORTAL}.", "type": record, "ttl": 60, "class": "IN", "value": value}
            for value in values
        ],
        "timings": {"total": 12}, "resolver": "private",
    }  # fmt: skip


def ping_result(received: int = 3) -> dict[str, Any]:
    answered = 21.5 if received else None
    return {
        "status": "finished", "rawOutput": "", "resolvedAddress": "203.0.113.9",
        "resolvedHostname": PORTAL, "timings": [{"rtt": 21.5, "ttl": 59}] * received,
        "stats": {"min": answered, "avg": answered, "max": answered, "total": 3, "rcv": received,
                  "drop": 3 - received, "loss": round((3 - received) / 3 * 100, 2)},
    }  # fmt: skip


def mtr_hop(address: str | None, received: int = 3, *asn: int) -> dict[str, Any]:
    return {
        "resolvedAddress": address, "resolvedHostname": address, "asn": list(asn),
        "stats": {"min": 1.0, "avg": 1.2, "max": 1.5, "total": 3, "rcv": received,
                  "drop": 3 - received, "loss": round((3 - received) * 100 / 3, 1)},
        "timings": [{"rtt": 1.2}] * received,
    }  # fmt: skip


def mtr_result(*hops: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": "finished", "rawOutput": "Host   Loss%  Drop  Rcv  Avg", "resolvedAddress":
        "203.0.113.9", "resolvedHostname": "203.0.113.9",
        "hops": list(hops) or [mtr_hop("198.51.100.1"), mtr_hop("203.0.113.9")],
    }  # fmt: skip


def failed(source: str | None, raw: str) -> dict[str, Any]:
    return {"status": "failed", "rawOutput": raw, **({"failureSource": source} if source else {})}


OFFLINE = {"status": "offline", "rawOutput": "This probe is currently offline."}
IN_PROGRESS = {"status": "in-progress", "rawOutput": ""}


@dataclass
class PocketGlobalping:
    """What the stand-in answers, and what it was asked."""

    probes: list[dict[str, Any]] = field(default_factory=lambda: [FRANKFURT, BERLIN])
    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By ``http HEAD``, ``http GET``, ``dns A``, ``dns AAAA``, ``ping``: one result per probe."""
    polls: int = 1
    """So many reads see a measurement in progress."""
    empty: set[str] = field(default_factory=set)
    """Countries without a probe."""
    refusals: list[tuple[int, dict[str, str], object]] = field(default_factory=list)
    """Status, headers and body of the next answers to a POST."""
    read_faults: list[int] = field(default_factory=list)
    """Statuses of the next answers to a GET."""
    token: str = ""
    silence: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    most: int = 1_000
    """So many measurements may be made; then the limit is reached."""
    unchanged: int = 0
    """Answers 304."""
    seen_tokens: set[str] = field(default_factory=set)
    url: str = ""
    _made: dict[str, dict[str, Any]] = field(default_factory=dict)

    def create(self, body: Any) -> tuple[int, dict[str, str], object]:
        problem = self._problem(body)
        if problem:
            error = {"type": "validation_error", "message": "Parameter validation failed.",
                     "params": problem}  # fmt: skip
            return 400, {}, {"error": error}
        where = body.get("locations", [])
        if isinstance(where, str):
            if where not in self._made:
                return 422, {}, {"error": {"type": "no_probes_found", "message": "No probes."}}
        elif any(place.get("country") in self.empty for place in where):
            message = "No suitable probes found."
            return 422, {}, {"error": {"type": "no_probes_found", "message": message}}
        number = f"m{len(self._made)}abc"
        self._made[number] = {"body": body, "polls": self.polls}
        head = {
            "Location": f"{self.url}/v1/measurements/{number}", "X-RateLimit-Limit": "250",
            "X-RateLimit-Remaining": "240", "X-RateLimit-Reset": "1800",
        }  # fmt: skip
        return 202, head, {"id": number, "probesCount": len(self.probes)}

    def read(self, number: str) -> tuple[int, object]:
        made = self._made.get(number)
        if made is None:
            message = "Couldn't find the requested item."
            return 404, {"error": {"type": "not_found", "message": message}}
        made["polls"] -= 1
        running = made["polls"] >= 0
        body = made["body"]
        results = [IN_PROGRESS] * len(self.probes) if running else self._results(body)
        return 200, {
            "id": number, "type": body["type"], "target": body["target"],
            "status": "in-progress" if running else "finished",
            "createdAt": "2026-11-24T02:00:00.000Z", "updatedAt": "2026-11-24T02:00:01.000Z",
            "probesCount": len(self.probes),
            "results": [
                {"probe": probe, "result": result}
                for probe, result in zip(self.probes, results, strict=True)
            ],
        }  # fmt: skip

    def _results(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        options = body["measurementOptions"]
        name = body["type"]
        if name == "http":
            name += " " + options["request"]["method"]
        if name == "dns":
            name += " " + options["query"]["type"]
        usual = {
            "http HEAD": http_result(), "http GET": http_result(200, body="<h1>Sign in</h1>"),
            "dns A": dns_result("A", "203.0.113.9"), "dns AAAA": dns_result("AAAA"),
            "ping": ping_result(), "mtr": mtr_result(),
        }  # fmt: skip
        found = self.results.get(name, [usual[name]])
        return [found[min(place, len(found) - 1)] for place in range(len(self.probes))]

    def _problem(self, body: Any) -> dict[str, str]:
        if not isinstance(body, dict) or body.get("type") not in TYPES:
            return {"type": '"type" must be one of the known types'}
        extra = set(body) - {
            "type", "target", "inProgressUpdates", "locations", "limit", "measurementOptions",
        }  # fmt: skip
        if extra:
            return {name: f'"{name}" is not allowed' for name in extra}
        where = body.get("locations", [])
        if isinstance(where, list):
            extra = {key for place in where for key in place} - LOCATION_KEYS
            if extra:
                return {name: f'"{name}" is not allowed' for name in extra}
        request = body.get("measurementOptions", {}).get("request", {})
        if request.get("method", "HEAD") not in ("HEAD", "GET", "OPTIONS"):
            return {"method": "must be one of HEAD, GET, OPTIONS"}
        if re.match(r"(127|10|192\.168|169\.254)\.|localhost", str(body.get("target"))):
            return {"target": "Private hostnames are not allowed."}
        return {}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, state: PocketGlobalping) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.state = state
        state.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        state, given = self.server.state, self.headers.get("authorization", "")
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        state.asked.append(body)
        state.seen_tokens.add(given)
        time.sleep(state.silence)
        if state.token and given != f"Bearer {state.token}":
            self._answer(401, {}, {"error": {"type": "unauthorized", "message": "No."}})
        elif len(state.asked) > state.most:
            self._answer(429, {"Retry-After": "5"}, {})
        elif state.refusals:
            self._answer(*state.refusals.pop(0))
        else:
            self._answer(*state.create(body))

    def do_GET(self) -> None:
        state = self.server.state
        if state.read_faults:
            self._answer(state.read_faults.pop(0), {}, {})
            return
        status, document = state.read(self.path.rsplit("/", 1)[-1])
        tag = f'W/"{abs(hash(json.dumps(document)))}"'
        if status == 200 and self.headers.get("if-none-match") == tag:
            state.unchanged += 1
            self._answer(304, {"ETag": tag}, None)
            return
        self._answer(status, {"ETag": tag}, document)

    def _answer(self, status: int, headers: Mapping[str, str], body: object) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        raw = b"" if body is None else raw
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the server's name
        """Say nothing."""


@contextmanager
def pocket_globalping(**settings: Any) -> Iterator[PocketGlobalping]:
    """Serve the stand-in on a free loopback port for as long as the block runs."""
    state = PocketGlobalping(**settings)
    server = _Server(state)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
