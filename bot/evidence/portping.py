"""Does the port answer probes? tcping, psping, paping and hping3."""

import re
from typing import Final

from bot.evidence.addresses import addresses_in
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.rules import compiled

_OPEN = re.compile(
    r"port is open|flags=SA\b|connected to [\d.a-f:]+.{0,40}time=|\bopen\b.{0,20}time="
    r"|^connecting to \S+(?: \(warmup\))?: from \S+: [\d.]+\s?ms|\[tcp/\S+\] +response"
    r"|port \d+ is open|\bseq ?=? ?\d+: +(?:tcp )?response|\btcp response from",
    re.IGNORECASE | re.MULTILINE,
)
_REFUSED = compiled(r"{REFUSED}|flags=R?A?R?\b|port is closed|refused the network connection")
_SILENT = compiled(
    r"no response|{TIMED_OUT}|timed? ?out|100(?:\.0+)?\s?% (?:packet )?loss|\(100(?:\.0+)?% fail\)"
    r"|0 packets received|did not respond|semaphore timeout"
)
_NAME = compiled(
    r"{NO_NAME}|{NAME_AGAIN}|no such host|could not (?:find|resolve)|unable to resolve"
)
_COUNTED = re.compile(
    r"(?P<good>\d+) successful, (?P<bad>\d+) failed"
    r"|sent = (?P<sent>\d+), received = (?P<got>\d+)"
    r"|(?P<out>\d+) packets transmitted, (?P<back>\d+) (?:packets )?received",
    re.IGNORECASE,
)
_HPING_RESET: Final = re.compile(r"flags=RA?\b", re.IGNORECASE)


def read_portping(piece: Piece) -> tuple[Observation, ...]:
    """Every probe answered, none, or some."""
    return (_read(piece),)


def _read(piece: Piece) -> Observation:
    facts = {"ip": addresses_in(piece.flat)[:1] or None}
    name = piece.find(_NAME)
    if name:
        return piece.see("dns_resolution_failed", match=name)
    reset = _HPING_RESET.search(piece.text) or piece.find(_REFUSED)
    opened = _OPEN.search(piece.text)
    if reset and not opened:
        return piece.see("tcp_refused", match=reset, facts=facts)
    lost = _lost(piece)
    if opened and not lost:
        return piece.see("tcp_ok", "ok", match=opened, facts=facts)
    if opened:
        return piece.see("packet_loss", "warn", match=lost, facts=facts)
    silent = piece.find(_SILENT)
    if silent:
        return piece.see("tcp_timeout", match=silent, facts=facts)
    return piece.see("truncated" if piece.text.strip() else "unclear", "unknown", facts=facts)


def _lost(piece: Piece) -> re.Match[str] | None:
    """The count of probes, when some got no answer."""
    counted = piece.find(_COUNTED)
    if counted is None:
        return piece.find(_SILENT)
    if counted["bad"] is not None:
        return counted if int(counted["bad"]) else None
    asked, answered = counted["sent"] or counted["out"], counted["got"] or counted["back"]
    return counted if int(answered) < int(asked) else None
