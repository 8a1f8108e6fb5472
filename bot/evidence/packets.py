"""What did the packets do? tcpdump and tshark lines, and sockets that wait, as ss shows them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.evidence.observation import Observation
from bot.evidence.piece import Piece

_HTTPS: Final = 443
_PACKET = re.compile(
    r"^\s*\S{0,30}\s?.{0,40}?\bIP6? (?P<source>[\da-f.:]{3,45})\.(?P<sport>\d{1,5}) > "
    r"(?P<target>[\da-f.:]{3,45})\.(?P<tport>\d{1,5}): Flags \[(?P<flags>[A-Z.]{1,6})\]"
    r"[^\n]{0,300}?(?:length (?P<length>\d{1,5}))?$",
    re.IGNORECASE | re.MULTILINE,
)
_WAITING = re.compile(r"\bsyn[-_]sent\b", re.IGNORECASE)
#: Local and peer address of a socket.
_PEER = re.compile(r"\s(?P<ip>[\d.]{7,15}|\[?[\da-f:]{3,45}\]?):(?:443|https)\b", re.IGNORECASE)
_ROWS = re.compile(r"^(?P<row>[^\n]*\d[^\n]*:(?:443|https)\b[^\n]*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Packet:
    outward: bool
    flags: str
    length: int
    peer: str
    line: re.Match[str]


def read_packets(piece: Piece) -> tuple[Observation, ...]:
    """How far the last connection to port 443 came."""
    packets = [_packet(found) for found in _PACKET.finditer(piece.text)]
    kept = [packet for packet in packets if packet is not None]
    if not kept:
        return (piece.see("truncated" if piece.text.strip() else "unclear", "unknown"),)
    return (_judge(piece, kept),)


def _packet(found: re.Match[str]) -> _Packet | None:
    ports = (int(found["sport"]), int(found["tport"]))
    if _HTTPS not in ports:
        return None
    outward = ports[1] == _HTTPS
    peer = found["target"] if outward else found["source"]
    return _Packet(outward, found["flags"], int(found["length"] or 0), peer, found)


def _judge(piece: Piece, packets: Sequence[_Packet]) -> Observation:
    inward = [packet for packet in packets if not packet.outward]
    asked = [packet for packet in packets if packet.outward and packet.flags == "S"]
    data = [packet for packet in inward if packet.length]
    refused = [packet for packet in inward if "R" in packet.flags]
    ip = (packets[0].peer,)
    if data:
        return piece.see("unclear", "unknown", match=data[-1].line, ip=ip)
    if refused:
        opened = any("S" in packet.flags for packet in inward)
        cause = "tls_reset" if opened else "tcp_refused"
        return piece.see(cause, match=refused[-1].line, ip=ip)
    if inward:
        sent = [packet for packet in packets if packet.outward and packet.length]
        cause = "tls_handshake_timeout" if len(sent) > 1 else "tcp_ok"
        return piece.see(cause, "fail" if len(sent) > 1 else "ok", match=inward[-1].line, ip=ip)
    if len(asked) > 1:
        return piece.see("tcp_timeout", match=asked[-1].line, ip=ip)
    return piece.see("truncated", "unknown", match=packets[-1].line, ip=ip)


def read_sockets(piece: Piece) -> tuple[Observation, ...]:
    """A connection that waits for its answer; one that stands proves the port."""
    rows = list(_ROWS.finditer(piece.text))
    asked_for = _WAITING.search(piece.command)
    for row in rows:
        peers = list(_PEER.finditer(row["row"]))
        if peers and (asked_for or _WAITING.search(row["row"])):
            return (piece.see("tcp_timeout", match=row, ip=(peers[-1]["ip"].strip("[]"),)),)
    return (piece.see("irrelevant", "unknown"),)
