"""What the check script saw of each address: pings, the connection, and port 80 as a witness."""

from collections.abc import Iterator, Mapping
from typing import Final

from bot.evidence.checkscript_block import Block, Record
from bot.evidence.checkscript_names import Saw
from bot.evidence.httpstatus import BLOCK_WORDS, CAPTIVE_WORDS
from bot.evidence.observation import Fact, Observation

#: curl's exits after the connection was there (everything.curl.dev, exit codes).
_AFTER_CONNECT: Final = frozenset(
    {8, 16, 18, 22, 35, 47, 51, 52, 53, 54, 55, 56, 58, 59, 60, 61, 63, 77, 80, 83, 90, 91, 92}
)
#: What the script asks of the portal.
REQUESTS: Final[Mapping[str, str]] = {"HEAD": "/", "GET": "/customers/sign_in", "POST": "/graphql"}
_PATIENCE_MS: Final = 7000.0
_WORDS: Final = (
    ("refused", "tcp_refused"), ("no route", "host_unreachable"),
    ("unreachable", "no_route"), ("cannot assign", "no_route"), ("reset", "tcp_reset"),
    ("permission denied", "admin_prohibited"), ("not permitted", "admin_prohibited"),
)  # fmt: skip
_PROHIBITED: Final = ("prohibited", "filtered", "denied by")


def connected(record: Record) -> bool:
    """Was TCP open when this request ended?"""
    if record.get("up") or record.get("code") or record.number("ta"):
        return True
    return bool(record.number("tc")) or record.whole("rc") in _AFTER_CONNECT


def see_network(block: Block, host: str, port: int, saw: Saw) -> Iterator[Observation]:
    """Yield the looks below TLS, address by address."""
    pings = {record.get("ip"): record for record in block.named("icmp") if record.get("ip")}
    resent = block.one("end").whole("resent") or 0
    for ip, record in pings.items():
        yield _see_ping(ip, record, saw)
    first = True
    for ip, records in by_address(block).items():
        facts: dict[str, Fact | None] = {"ip": ip, "port": port, "family": 6 if ":" in ip else 4}
        if first and resent > 0:
            facts["retransmits"] = resent
        first = False
        yield _see_connection(ip, records, pings.get(ip), facts, saw)
    for record in block.named("port80"):
        yield _see_port80(record, host, saw)


def by_address(block: Block) -> Mapping[str, list[Record]]:
    """The direct requests and plain connections, by address in the script's order.

    One that only says that it ended like another, or not which it was, tells nothing by itself.
    """
    found: dict[str, list[Record]] = {}
    for record in block.records:
        asked = record.name == "http" and record.get("req") in REQUESTS and not record.get("like")
        direct = record.name == "tcp" or (asked and record.get("way") == "direct")
        if direct and record.get("ip"):
            found.setdefault(record.get("ip"), []).append(record)
    return found


def _see_ping(ip: str, record: Record, saw: Saw) -> Observation:
    sent, got = record.whole("sent"), record.whole("got")
    why = record.get("why")
    if sent is None or got is None or not sent:
        permitted = "not permitted" not in why and "denied" not in why.lower()
        cause = "truncated" if permitted else "tool_missing"
        return saw("icmp", ip, cause, "unknown", f"ping: {why or 'no result'}", {"ip": ip})
    facts: dict[str, Fact | None] = {
        "ip": ip, "family": 6 if ":" in ip else 4, "sent": sent, "received": got,
        "rtt_ms": record.number("min"),
    }  # fmt: skip
    detail = f"ping: {got} of {sent} answered{', ' + why if why else ''}"
    if not got:
        return saw("icmp", ip, "icmp_no_reply", "warn", detail, facts)
    whole = got >= sent
    cause = "icmp_ok" if whole else "packet_loss"
    return saw("icmp", ip, cause, "ok" if whole else "warn", detail, facts)


def _see_connection(
    ip: str, records: list[Record], ping: Record | None, facts: dict[str, Fact | None], saw: Saw
) -> Observation:
    where = f"[{ip}]:{facts['port']}" if ":" in ip else f"{ip}:{facts['port']}"
    open_ones = [record for record in records if _is_open(record)]
    times = [time for record in open_ones if (time := record.number("tc") or record.number("ms"))]
    if open_ones:
        facts |= {"ms": min(times, default=None), "rtt_ms": _round_trip(open_ones, ping)}
        return saw("tcp", where, "tcp_ok", "ok", "connected", facts)
    why = next((word for record in records if (word := record.get("why"))), "")
    cause = _cause_of(why, ping)
    silent = cause == "tcp_timeout"
    facts["ms"] = _PATIENCE_MS if silent else next(
        (took for record in records if (took := record.number("ms")) is not None), 1.0
    )  # fmt: skip
    said = next((word for record in records if (word := record.get("said"))), "")
    detail = why or said or "no answer"
    return saw("tcp", where, cause, "fail", detail, facts)


def _is_open(record: Record) -> bool:
    return record.whole("rc") == 0 if record.name == "tcp" else connected(record)


def _round_trip(records: list[Record], ping: Record | None) -> float | None:
    """The way there and back; a connection's time may hold a repeat, a ping's does not."""
    pinged = ping.number("min") if ping else None
    if pinged is not None:
        return pinged
    times = [time for record in records if (time := record.number("tc"))]
    return min(times, default=None)


def _cause_of(why: str, ping: Record | None) -> str:
    words = why.lower()
    cause = next((cause for word, cause in _WORDS if word in words), "tcp_timeout")
    told = ping.get("why").lower() if ping else ""
    if cause == "host_unreachable" and any(word in told for word in _PROHIBITED):
        return "admin_prohibited"
    return cause


def leads_away(record: Record, host: str) -> bool:
    """Is this a redirect to another host?"""
    location = record.get("loc")
    there = location.partition("://")[2].partition("/")[0].partition(":")[0].lower()
    return bool(there) and there != host.lower()


def _see_port80(record: Record, host: str, saw: Saw) -> Observation:
    ip, code = record.get("ip"), record.whole("code")
    facts: dict[str, Fact | None] = {
        "ip": ip, "http_status": code, "location": record.get("loc") or None,
    }  # fmt: skip
    where = f"{ip}:80"
    if not connected(record):
        cause = _cause_of(record.get("why"), None)
        return saw("port80", where, cause, "unknown", record.get("why") or "no answer", facts)
    words = f"{record.get('title')} {record.get('loc')}"
    cause = "tcp_ok"
    if leads_away(record, host) or CAPTIVE_WORDS.search(words):
        cause = "http_captive_portal"
    elif BLOCK_WORDS.search(words):
        cause = "http_block_page"
    detail = f"HTTP {code} {record.get('title')}".strip() if code else "connected"
    return saw("port80", where, cause, "unknown", detail, facts)
