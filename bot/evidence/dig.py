"""What did dig (or drill, kdig) learn about the name?"""

import re
from typing import Final

from bot.evidence.addresses import FILTER_NAMES, addresses_in, worst_cause
from bot.evidence.observation import Fact, Observation, Verdict
from bot.evidence.piece import Piece
from bot.evidence.portal import PORTAL, is_mistyped

_STATUS = re.compile(r"(?:status|rcode):\s*([a-z]+)", re.IGNORECASE)
_ANSWERS = re.compile(r"ANSWER:\s*(\d+)", re.IGNORECASE)
_SERVER = re.compile(r";;\s*SERVER:\s*([0-9a-f.:%\w]+?)(?:#|\s|\(|$)", re.IGNORECASE)
_QUERY_MS = re.compile(r"Query time:\s*(\d+)", re.IGNORECASE)
_QUESTION = re.compile(r"^;\s?([\w.-]+)\.?\s+(?:IN|CH)\s+([A-Z]+)", re.IGNORECASE | re.MULTILINE)
_RECORD = re.compile(
    r"^\s*([\w.*-]+)\s+(?:\d+\s+)?(?:IN|CH)\s+(A|AAAA|CNAME)\s+(\S+)", re.IGNORECASE | re.MULTILINE
)
_SILENT = re.compile(
    (
        r"communications error|connection timed out|no servers could be reached"
        r"|couldn't get address for|connection refused|net(?:work)? unreachable|timed out"
        r"|host unreachable|response timeout for|failed to query server"
    ),
    re.IGNORECASE,
)
_REACHED = re.compile(
    r"(?:communications error to|server at)\s+\[?([0-9a-f.:]+?)\]?[#:]", re.IGNORECASE
)
_EDE = re.compile(r"EDE:\s*(\d+)\s*\(([^)]{1,40})\)", re.IGNORECASE)
_TYPE_ASKED = re.compile(
    r"(?:^|\s)(?:-t\s*)?(A|AAAA|NS|MX|SOA|TXT|ANY|PTR|CNAME|SRV|HTTPS|DS|DNSKEY)(?=\s|$)"
)
#: Stands above the flags of every answer in full.
ANSWER_HEAD: Final = "->>HEADER<<-"
_BLOCK = re.compile(r"(?=^; <<>> |^;; ->>HEADER<<-)", re.MULTILINE)

_DELV = re.compile(r";; resolution failed: (?P<why>[^\n;]{3,80})", re.IGNORECASE)
_DELV_WHY: Final = (
    ("nxdomain", "dns_nxdomain"),
    ("nxrrset", "dns_no_address"),
    ("servfail", "dns_servfail"),
    ("failure", "dns_servfail"),
    ("refused", "dns_refused"),
    ("timed out", "dns_timeout"),
)

_MOST_BLOCKS: Final = 40
_RCODES: Final = {
    "NXDOMAIN": "dns_nxdomain",
    "SERVFAIL": "dns_servfail",
    "REFUSED": "dns_refused",
    "NOTAUTH": "dns_refused",
    "NOTIMP": "dns_servfail",
    "FORMERR": "dns_servfail",
    "YXDOMAIN": "dns_servfail",
}


def read_dig(piece: Piece) -> tuple[Observation, ...]:
    """One observation for each answer in the piece."""
    blocks = _blocks(piece.text)
    if any(_STATUS.search(block) for block in blocks):
        return tuple(_read_answer(piece, block) for block in blocks if _STATUS.search(block))
    validated = piece.find(_DELV)
    if validated:
        return (_read_delv(piece, validated),)
    if "+trace" in piece.command + piece.text[:300]:
        return (_read_trace(piece),)
    return (_read_short(piece),)


def _read_delv(piece: Piece, said: re.Match[str]) -> Observation:
    """Delv checks signatures by itself; what only it rejects, the application may still get."""
    words = said["why"].lower()
    cause = next((cause for part, cause in _DELV_WHY if part in words), "")
    return piece.see(cause or "unclear", "fail" if cause else "unknown", match=said, weighed=True)


def _blocks(text: str) -> list[str]:
    """Answers, each with the banner before it."""
    blocks: list[str] = []
    for part in _BLOCK.split(text):
        if blocks and not _STATUS.search(blocks[-1]):
            blocks[-1] += part
        else:
            blocks.append(part)
    return blocks[:_MOST_BLOCKS]


def _read_answer(piece: Piece, block: str) -> Observation:
    status = _STATUS.search(block)
    rcode = status[1].upper() if status else ""
    facts = _facts(piece, block, rcode)
    line = piece.where(status[0]) if status else None
    if rcode in _RCODES:
        return piece.see(_not_found(rcode, str(facts.get("host", ""))), match=line, facts=facts)
    if rcode != "NOERROR":
        return piece.see("unclear", "unknown", match=line, facts=facts)
    return _read_noerror(piece, block, facts)


def _not_found(rcode: str, host: str) -> str:
    if rcode == "NXDOMAIN" and is_mistyped(host):
        return "wrong_hostname"
    return _RCODES[rcode]


def _facts(piece: Piece, block: str, rcode: str) -> dict[str, Fact | None]:
    server = _SERVER.search(block)
    took = _QUERY_MS.search(block)
    question = _QUESTION.search(block)
    ede = _EDE.search(block)
    return {
        "rcode": rcode or None,
        "dns_server": _server(piece, server),
        "ms": int(took[1]) if took else None,
        "host": question[1].rstrip(".") if question else piece.facts.get("host"),
        "record": _asked(piece, block),
        "dns_error": ede[2] if ede else None,
        "resolver_named": True if "@" in piece.command else None,
    }


def _server(piece: Piece, shown: re.Match[str] | None) -> str | None:
    """``+short`` shows no server; the command names the one that was asked."""
    asked = re.search(r"(?:^|\s)@([\w.:]+)", piece.command)
    found = shown or asked
    return found[1] if found else None


def _asked(piece: Piece, block: str) -> str:
    question = _QUESTION.search(block)
    if question:
        return question[2].upper()
    asked = _TYPE_ASKED.search(piece.command)
    return asked[1].upper() if asked else "A"


def _read_noerror(piece: Piece, block: str, facts: dict[str, Fact | None]) -> Observation:
    records = _RECORD.findall(block)
    found = tuple(dict.fromkeys(value for _, kind, value in records if kind.upper() != "CNAME"))
    names = [value for _, kind, value in records if kind.upper() == "CNAME"]
    asked = str(facts["record"])
    if found:
        return _addresses(piece, found, names, facts)
    if any(FILTER_NAMES.search(name) and not PORTAL.search(name) for name in names):
        return piece.see("dns_sinkhole", location=names[-1], facts=facts)
    count = _ANSWERS.search(block)
    if (count and int(count[1]) > len(records)) or (not count and "|" in piece.command):
        return _cut_off(piece, asked, facts)
    return _empty(piece, asked, facts)


def _cut_off(piece: Piece, asked: str, facts: dict[str, Fact | None]) -> Observation:
    """Answers are announced, but their lines were not pasted."""
    cause = "truncated" if asked in {"A", "AAAA", "ANY"} else "irrelevant"
    return piece.see(cause, "unknown", facts=facts)


def _empty(piece: Piece, asked: str, facts: dict[str, Fact | None]) -> Observation:
    line = piece.where("ANSWER: 0")
    if asked == "AAAA":
        return piece.see("dns_no_aaaa", "warn", match=line, facts=facts)
    if asked in {"A", "ANY"}:
        return piece.see("dns_no_address", match=line, facts=facts)
    return piece.see("irrelevant", "unknown", match=line, facts=facts)


def _addresses(
    piece: Piece, found: tuple[str, ...], names: list[str], facts: dict[str, Fact | None]
) -> Observation:
    cause = worst_cause(found)
    if cause == "dns_ok" and any(FILTER_NAMES.search(n) and not PORTAL.search(n) for n in names):
        cause = "dns_sinkhole"
    verdict: Verdict = "ok" if cause == "dns_ok" else "fail"
    if cause == "dns_ok" and is_mistyped(str(facts.get("host") or "")):
        cause, verdict = "wrong_hostname", "warn"
    line = piece.where(found[0])
    return piece.see(cause, verdict, match=line, ip=found, facts=facts)


def _read_trace(piece: Piece) -> Observation:
    records = [
        value
        for name, kind, value in _RECORD.findall(piece.text)
        if kind.upper() != "CNAME" and (PORTAL.search(name) or name.startswith("customers"))
    ]
    if records:
        return _addresses(piece, tuple(records), [], {"record": "A"})
    silent = piece.find(_SILENT)
    if silent:
        return piece.see("dns_timeout", match=silent)
    return piece.see("truncated", "unknown")


def _read_short(piece: Piece) -> Observation:
    """``+short`` output, or none at all."""
    found = tuple(a for a in addresses_in(_answer_lines(piece.text)))
    asked = _asked(piece, "")
    silent = piece.find(_SILENT)
    if found:
        facts: dict[str, Fact | None] = {
            "record": asked,
            "dns_server": _server(piece, None),
            "resolver_named": True if "@" in piece.command else None,
        }
        return _addresses(piece, found, _names(piece.text), facts)
    if silent:
        reached = piece.find(_REACHED)
        return piece.see("dns_timeout", match=silent, dns_server=reached[1] if reached else None)
    return _short_without_address(piece, asked)


def _short_without_address(piece: Piece, asked: str) -> Observation:
    names = _names(piece.text)
    if any(FILTER_NAMES.search(name) and not PORTAL.search(name) for name in names):
        return piece.see("dns_sinkhole")
    if names and asked in {"A", "AAAA"} and "short" in piece.command:
        cause, verdict = ("dns_no_aaaa", "warn") if asked == "AAAA" else ("dns_no_address", "fail")
        return piece.see(cause, "warn" if verdict == "warn" else "fail")
    if re.search(r"; <<>> dig", piece.text, re.IGNORECASE):
        return piece.see("truncated", "unknown")
    return piece.see("unclear", "unknown")


def _answer_lines(text: str) -> str:
    """Lines that are not dig's own comments."""
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(";"))


def _names(text: str) -> list[str]:
    return re.findall(
        r"^([\w.-]+\.[a-z]{2,}\.)$", _answer_lines(text), re.IGNORECASE | re.MULTILINE
    )
