"""What do the logs of what stands between say: a proxy's, a firewall's, a resolver's?"""

import re
from typing import Final

from bot.evidence.httpstatus import proxy_status
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import PORTAL

#: Squid's result code and status (https://wiki.squid-cache.org/SquidFaq/SquidLogs).
_SQUID = re.compile(
    r"\b(?P<result>TCP_[A-Z_]+|NONE(?:_[A-Z]+)*)/(?P<status>\d{3}) \d+ "
    r"(?:CONNECT|GET|POST|HEAD) (?P<url>\S{1,300})",
)
#: Filters name what they did and the port that was asked for.
_DENIED = re.compile(
    r"(?:\[ufw block\]|\baction=\"?(?:deny|drop|block\w*|reset\w*)\b|%ASA-\d-\d+: deny\b"
    r"|\bdeny tcp\b|\b(?:REJECT|DROP|BLOCK(?:ED)?|DENY|DENIED)\b)[^\n]{0,400}",
    re.IGNORECASE,
)
_TO_HTTPS = re.compile(
    r"\b(?:DPT|dstport|dport|dst_port|dpt)\W?=?\W?443\b|/443\b|:443\b|dpt:443\b", re.IGNORECASE
)
#: A rule of iptables or nft, and no event.
_REJECTS: Final = re.compile(
    r"reject-with (?P<how>[\w-]+)|\breject with (?P<said>[\w -]+)", re.IGNORECASE
)
_VALIDATION = re.compile(
    r"dnssec validation failed|validation failure|failed to validate|broken trust chain",
    re.IGNORECASE,
)


def read_gatelog(piece: Piece) -> tuple[Observation, ...]:
    """What was refused on the way, and by whom; a line about something else says nothing."""
    seen = _proxy(piece) or _resolver(piece) or _filter(piece)
    return (seen or piece.see("irrelevant", "unknown"),)


def _proxy(piece: Piece) -> Observation | None:
    entries = [found for found in _SQUID.finditer(piece.flat) if PORTAL.search(found["url"])]
    if not entries:
        return None
    last = entries[-1]
    status = int(last["status"])
    if status == 200:  # noqa: PLR2004 - HTTP
        return piece.see("proxy_ok", "ok", match=last, http_status=status)
    if status == 0 or "ABORTED" in last["result"]:
        return piece.see("proxy_upstream_failed", match=last)
    return piece.see(proxy_status(status), match=last, http_status=status)


def _resolver(piece: Piece) -> Observation | None:
    failed = piece.find(_VALIDATION)
    if failed is None or PORTAL.search(piece.flat) is None:
        return None
    return piece.see("dns_servfail", match=failed)


def _filter(piece: Piece) -> Observation | None:
    for line in piece.text.split("\n"):
        denied = _DENIED.search(line)
        if denied is None or not _TO_HTTPS.search(line):
            continue
        rejects = _REJECTS.search(line)
        how = (rejects["how"] or rejects["said"] or "") if rejects else ""
        cause = _cause(how, line)
        return piece.see(cause, match=denied)
    return None


def _cause(how: str, line: str) -> str:
    if "reset" in how.lower() or "action=reset" in line.lower():
        return "tcp_refused"
    return "admin_prohibited" if "admin" in how.lower() else "tcp_timeout"
