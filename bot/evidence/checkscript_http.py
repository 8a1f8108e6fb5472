"""What the check script saw of the portal's answers, on each address and through the proxy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from bot.evidence.checkscript_block import Block, Record
from bot.evidence.checkscript_names import Saw
from bot.evidence.checkscript_network import REQUESTS, connected
from bot.evidence.checkscript_tls import Handshake
from bot.evidence.httpstatus import BLOCK_WORDS, CAPTIVE_WORDS
from bot.evidence.observation import Fact, Observation, Verdict

_GOOD: Final = "http_ok_redirect_signin"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CLOSED: Final = frozenset({8, 16, 18, 52, 55, 56, 92})
_RECEIVE: Final = 56
#: CURLE_UNSUPPORTED_PROTOCOL: "Received HTTP/0.9 when not allowed".
_NO_HTTP: Final = 1
_TIMEOUT: Final = 28
_SLOW_MS: Final = 3000.0
_CERTIFICATE_STATUS: Final = frozenset({400, 403, 495, 496})
#: Headers that only the portal and its own edge send.
_OWN: Final = frozenset({"cf-ray", "cf-mitigated", "x-request-id", "x-runtime"})
_FILTERS: Final = (
    "filter", "squid", "bluecoat", "zscaler", "forti", "websense", "netskope", "sophos",
    "barracuda", "webgateway", "ironport", "x-block", "policy",
)  # fmt: skip
_BLOCKING: Final = ("block", "deny", "denied", "filter", "policy", "categor", "forbid", "warn")


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the portal and how TLS went on it."""

    host: str
    port: int
    path: str
    """``direct`` or ``proxy``."""
    address: str
    inspected: bool = False
    asked: bool = False
    """The peer asked for a client certificate."""
    narrow: bool = False
    """Small packets pass on the way there, full ones do not."""


def requests(block: Block) -> tuple[Record, ...]:
    """Every request; one that ended like the HEAD beside it is filled in."""
    heads: dict[tuple[str, str], Record] = {}
    found = []
    for record in block.named("http"):
        if record.get("req") not in REQUESTS:
            continue
        key = (record.get("way"), record.get("ip"))
        if record.get("req") == "HEAD":
            heads[key] = record
        elif record.get("like") == "HEAD" and key in heads:
            head = dict(heads[key].values)
            record = Record("http", {**head, "req": record.get("req")})  # noqa: PLW2901 - the same request, whole
        found.append(record)
    return tuple(found)


def see_direct(
    block: Block, shakes: Mapping[str, Handshake], host: str, port: int, saw: Saw
) -> Iterator[Observation]:
    """Yield the answers of each address whose handshake passed."""
    by_address: dict[str, list[Record]] = {}
    for record in requests(block):
        if record.get("way") == "direct":
            by_address.setdefault(record.get("ip"), []).append(record)
    for ip, records in by_address.items():
        shake = shakes.get(ip)
        if shake and shake.works:
            way = Way(host, port, "direct", ip, shake.inspector, shake.asked, shake.narrow)
            yield from see_answers(way, records, saw)


def see_answers(way: Way, records: Sequence[Record], saw: Saw) -> Iterator[Observation]:
    """Yield one look per request that got past the handshake."""
    front = next((record for record in records if record.get("req") == "HEAD"), None)
    for record in records:
        if not connected(record) and not record.get("code"):
            continue
        cause = _judge(way, record, front)
        if _is_headless(record) and any(one.whole("rc") in _CLOSED for one in records):
            cause = "http_connection_closed"
        if not cause:
            continue
        verdict: Verdict = "ok" if cause == _GOOD else "fail"
        waited = (record.number("ts") or 0) - (record.number("ta") or 0)
        if verdict == "ok" and waited > _SLOW_MS:
            cause, verdict = "http_slow", "warn"
        yield saw("https", _what(way, record), cause, verdict, _detail(record),
                  _facts(way, record))  # fmt: skip


def _is_headless(record: Record) -> bool:
    """A redirect that leads nowhere: its head was cut off."""
    return record.whole("code") in _REDIRECTS and not record.get("loc")


def _what(way: Way, record: Record) -> str:
    where = f"[{way.address}]:{way.port}" if ":" in way.address else f"{way.address}:{way.port}"
    via = where if way.path == "direct" else f"via proxy {way.address}"
    return f"{_request(record)} {via}"


def _request(record: Record) -> str:
    method = record.get("req")
    return f"{method} {REQUESTS.get(method, '/')}"


def _detail(record: Record) -> str:
    code = record.get("code")
    server = f"server {record.get('srv')}" if record.get("srv") else ""
    told = [record.get(key) for key in ("loc", "title", "said")]
    small = "a short question is answered" if record.get("small") == "yes" else ""
    parts = [f"HTTP {code}" if code else "", *told, small, server]
    return " · ".join(part for part in parts if part)


def _facts(way: Way, record: Record) -> dict[str, Fact | None]:
    return {
        "ip": way.address, "port": way.port, "path": way.path, "request": _request(record),
        "http_status": record.whole("code"), "location": record.get("loc") or None,
        "server": record.get("srv") or None, "curl_exit": record.whole("rc") or None,
        "first_byte_ms": record.number("ts"),
        "proxy_host": way.address if way.path == "proxy" else None,
    }  # fmt: skip


def _judge(way: Way, record: Record, front: Record | None) -> str:
    """The cause that this request stands for; empty when it never came to an answer."""
    status = record.whole("code")
    cut = _name_cut(way, record, status)
    if cut is not None or not status:
        return cut or ""
    if way.asked and status in _CERTIFICATE_STATUS:
        return "tls_client_cert_required"
    return _name_status(way, status, record, front)


def _name_cut(way: Way, record: Record, status: int | None) -> str | None:
    """The cause of an answer that broke off or never came; None when there is a whole one."""
    exit_code = record.whole("rc")
    if "certificate required" in record.get("said").lower():
        return "tls_client_cert_required"
    if exit_code == _NO_HTTP and not status and record.number("ta"):
        return "http_unexpected_status"
    if exit_code == _TIMEOUT and not status and way.narrow and record.get("small") == "yes":
        return "mtu_blackhole"
    if exit_code == _TIMEOUT:
        return "http_timeout" if record.number("ta") or status else ""
    if exit_code in _CLOSED and (not status or exit_code != _RECEIVE):
        return "tls_client_cert_required" if way.asked and not status else "http_connection_closed"
    if not status and exit_code == 0 and record.get("by"):
        return "http_connection_closed"
    return None


def _name_status(way: Way, status: int, record: Record, front: Record | None) -> str:
    method = record.get("req")
    if method == "HEAD" and _is_sign_in(way, status, record.get("loc")):
        return _GOOD
    if record.get("round") or (method == "GET" and _comes_round(way, record, front)):
        return "http_redirect_loop"
    cause = _name_answer(way, status, record)
    if method == "POST" and _is_api(status, record, cause):
        return _GOOD
    if method == "GET" and status in range(200, 300) and cause == "http_unexpected_status":
        return _GOOD
    return cause


def _split(here: str, location: str) -> SplitResult:
    try:
        found = urlsplit(urljoin(here, location))
        _ = found.hostname
    except ValueError:
        return urlsplit("")
    return found


def _is_sign_in(way: Way, status: int, location: str) -> bool:
    there = _split(f"https://{way.host}/", location)
    return status in _REDIRECTS and there.hostname == way.host and (there.path == REQUESTS["GET"])


def _comes_round(way: Way, record: Record, front: Record | None) -> bool:
    if (record.whole("code") or 0) not in _REDIRECTS or front is None:
        return False
    there = _split(f"https://{way.host}{REQUESTS['GET']}", record.get("loc"))
    round_trip = _is_sign_in(way, front.whole("code") or 0, front.get("loc"))
    back = there.path in ("", "/") and round_trip
    return there.hostname == way.host and (back or there.path == REQUESTS["GET"])


def _is_api(status: int, record: Record, cause: str) -> bool:
    """Any JSON object proves the way to the API, unless it is a filter's or says: down."""
    if record.get("api"):
        return status < 500 and status != 429  # noqa: PLR2004  RFC 9110, 6585
    if cause in ("http_block_page", "http_captive_portal"):
        return False
    return bool(record.get("json")) and status in (400, 401, 404, 406, 415, 422)


def _name_answer(way: Way, status: int, record: Record) -> str:
    if status in _REDIRECTS:
        return _name_redirect(way, record)
    if status == 407:  # noqa: PLR2004  an interposed proxy asks for credentials
        return "proxy_auth_required"
    if status == 511:  # noqa: PLR2004  RFC 6585
        return "http_captive_portal"
    if status == 451 or _is_filter_page(way, status, record):  # noqa: PLR2004  RFC 7725
        words = f"{record.get('title')} {record.get('h1')}"
        return "http_captive_portal" if CAPTIVE_WORDS.search(words) else "http_block_page"
    if status == 429:  # noqa: PLR2004  RFC 6585
        return "http_rate_limited"
    if status >= 500:  # noqa: PLR2004  RFC 9110
        return "http_server_error"
    return "http_forbidden" if status in (401, 403, 405) else "http_unexpected_status"


def _name_redirect(way: Way, record: Record) -> str:
    method = record.get("req")
    here = f"https://{way.host}{REQUESTS.get(method, '/')}"
    there = _split(here, record.get("loc"))
    if not record.get("loc"):
        return "http_unexpected_status"
    if there.hostname == way.host:
        same = (there.path or "/") == REQUESTS.get(method, "/") and there.scheme == "https"
        return "http_redirect_loop" if same else "http_unexpected_status"
    address = f"{there.hostname}{there.path}".lower()
    blocking = any(word in address for word in _BLOCKING)
    return "http_block_page" if blocking else "http_captive_portal"


def _is_filter_page(way: Way, status: int, record: Record) -> bool:
    marks = set(record.listed("marks"))
    if marks & _OWN and not way.inspected:
        return False
    headers = f"{record.get('marks')} {record.get('srv')} {record.get('via')}".lower()
    if any(word in headers for word in _FILTERS):
        return True
    words = f"{record.get('title')} . {record.get('h1')}"
    if BLOCK_WORDS.search(words) or CAPTIVE_WORDS.search(words):
        return True
    is_page = record.get("req") != "POST" or not record.get("api")
    return way.inspected and is_page and status in (200, 403) and not _is_ours(record)


def _is_ours(record: Record) -> bool:
    return "sign in" in record.get("title").lower()
