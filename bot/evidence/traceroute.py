"""Where does the path end? traceroute, tracert, tracepath, mtr."""

import re

from bot.evidence.addresses import addresses_in
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.rules import compiled, first, table

_FAILED = table(
    (
        (
            r"{NAME_AGAIN}|{NO_NAME}|unable to resolve"
            r"|der zielname .{1,80}konnte nicht aufgel.{1,3}st|impossible de r.soudre"
            r"|no se puede resolver|bad address|failed to resolve host"
            r"|cannot handle \"?host\"? cmdline arg"
        ),
        "dns_resolution_failed",
    ),
)
_NO_WAY_OUT = table(
    (r"{NET_UNREACHABLE}|send failed|no route to host|general failure|transmit failed", "no_route"),
)
_PROHIBITED = re.compile(r"\s!(?:X|A|C|N?P|Z|13|10|9)\b", re.IGNORECASE)
_UNREACHABLE = re.compile(r"\s!(?:H|N|H!)(?:\s|$)")
_REPORTS = compiled(
    r"reports: |meldet: |signale ?: |informa de |rapport\w*: |{HOST_UNREACHABLE}"
    r"|destination net unreachable"
)
_HOP = re.compile(r"^\s{0,4}(\d{1,2})(?:[.?:]{1,2}\s?\|?-?-?|\s)\s*(.*)$", re.MULTILINE)
_TIME = re.compile(r"<?\d+(?:[.,]\d+)?\s?(?:ms|мс|毫秒)|\d+\.\d+\s+\d+\.\d+", re.IGNORECASE)
_LITTLE_LOSS = 5.0
_MTR_LOSS = re.compile(r"\|--\s+(\S+)\s+(\d+(?:\.\d+)?)%?\s")
_DESTINATION = re.compile(
    r"(?:(?:traceroute6? to|to|nach|zu|vers|a|über|verso|para|к) (\S+)"
    r"|(customers\.[\w.-]+))[ ,]*[\[(](?P<ip>[0-9a-f.:]+)[\])]",
    re.IGNORECASE,
)
_DONE = re.compile(
    (
        r"trace complete|ablaufverfolgung beendet|itin.raire d.termin|traza completa"
        r"|traccia completata|rastreamento conclu|трассировка завершена|トレースを完了|跟踪完成"
    ),
    re.IGNORECASE,
)


def read_traceroute(piece: Piece) -> tuple[Observation, ...]:
    """One observation: reached, refused on the way, or silent after some hop."""
    return (_read(piece),)


def _read(piece: Piece) -> Observation:
    failed = first(piece, _FAILED)
    if failed:
        return failed
    if _PROHIBITED.search(piece.text):
        return piece.see("admin_prohibited", match=_PROHIBITED_LINE.search(piece.text))
    hops = _hops(piece.text)
    stuck = first(piece, _NO_WAY_OUT)
    if stuck and not any(_TIME.search(rest) for _, rest in hops):
        return _for_v6(piece, stuck)
    lost = _lost_at_the_end(piece)
    if lost:
        return piece.see("packet_loss", "warn", ip=_destination(piece), loss_percent=lost)
    if _reached(piece, hops):
        return piece.see("icmp_ok", "ok", ip=_destination(piece), hops=len(hops))
    unreachable = piece.find(_UNREACHABLE) or piece.find(_REPORTS)
    if unreachable:
        return piece.see("host_unreachable", match=unreachable)
    return _stopped(piece, hops)


_PROHIBITED_LINE = re.compile(r"^.*\s!(?:X|A|C|N?P|Z|13|10|9)\b.*$", re.IGNORECASE | re.MULTILINE)


def _for_v6(piece: Piece, failed: Observation) -> Observation:
    v6 = re.search(r"traceroute6|\s-6\b|tracepath6", piece.command + piece.flat[:80])
    if v6 and failed.cause == "no_route":
        return piece.see("ipv6_unreachable", "warn")
    return failed


def _hops(text: str) -> list[tuple[int, str]]:
    hops = [(int(number), rest) for number, rest in _HOP.findall(text)]
    return [(number, rest) for number, rest in hops if 0 < number <= 64]  # noqa: PLR2004 - the usual limit of hops


def _destination(piece: Piece) -> tuple[str, ...] | None:
    match = piece.find(_DESTINATION)
    if match and addresses_in(match["ip"]):
        return (match["ip"],)
    rows = _MTR_LOSS.findall(piece.text)  # mtr has no heading: its last row is the target
    host = str(piece.facts.get("host", ""))
    return addresses_in(host) or (addresses_in(rows[-1][0]) if rows else None) or None


def _reached(piece: Piece, hops: list[tuple[int, str]]) -> bool:
    if not hops:
        return False
    last = hops[-1][1]
    if _MTR_LOSS.search(piece.text):
        return _mtr_reached(piece)
    if re.search(r"\bnot reached\b", piece.flat[-80:], re.IGNORECASE):
        return False
    if re.search(r"\breached\b", last + piece.flat[-80:], re.IGNORECASE):
        return True
    if re.search(r"\bpmtu\b|\[LOCALHOST\]", piece.flat) or "tracepath" in piece.command:
        return False
    destination = _destination(piece)
    if destination:
        return destination[0] in addresses_in(last) and bool(_TIME.search(last))
    return bool(_TIME.search(last)) and bool(_DONE.search(piece.flat) or piece.facts.get("host"))


def _lost_at_the_end(piece: Piece) -> float:
    """Loss at the last hop of mtr is real; on the way it only means that a router is lazy."""
    rows = _MTR_LOSS.findall(piece.text)
    if not rows or rows[-1][0] == "???":
        return 0.0
    loss = float(rows[-1][1])
    return loss if _LITTLE_LOSS < loss < 100 else 0.0  # noqa: PLR2004 - percent


def _mtr_reached(piece: Piece) -> bool:
    rows = _MTR_LOSS.findall(piece.text)
    name, loss = rows[-1]
    return name != "???" and float(loss) < 100  # noqa: PLR2004 - percent


def _stopped(piece: Piece, hops: list[tuple[int, str]]) -> Observation:
    answered = [(number, rest) for number, rest in hops if _TIME.search(rest) or _is_mtr_hop(rest)]
    if not hops:
        return piece.see("truncated", "unknown")
    silent = [number for number, rest in hops if "*" in rest or "???" in rest or "no reply" in rest]
    if not silent and not _DONE.search(piece.flat):
        return piece.see("truncated", "unknown", hops=len(hops))
    last = answered[-1] if answered else hops[0]
    line = re.search(rf"^\s{{0,4}}{last[0]}\D.*$", piece.text, re.MULTILINE)
    return piece.see(
        "route_stops",
        "warn",
        match=line,
        hops=last[0],
        last_hop=next(iter(addresses_in(last[1])), None),
        ip=_destination(piece),
    )


def _is_mtr_hop(rest: str) -> bool:
    return "%" in rest and "???" not in rest
