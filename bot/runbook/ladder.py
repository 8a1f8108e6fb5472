"""The ladder: one line that shows how far the connection gets, layer by layer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.evidence.observation import Layer, Observation
from bot.evidence.redact import redact

_RUNGS: Final[tuple[tuple[Layer, str], ...]] = (
    ("dns", "DNS"), ("tcp", "TCP"), ("tls", "TLS"), ("http", "HTTP"), ("app", "App"),
)  # fmt: skip
#: A rung stays short: the verdict comes right after the ladder.
_WIDTH: Final = 22
#: A name stays whole: it is what the customer's network team will search for.
_NAME_WIDTH: Final = 30
#: The common name is what a trust store shows; the organisation is the next best.
_ISSUER_NAMES: Final = tuple(re.compile(rf"\b{part}\s*=\s*\"?([^,\"/(]+)") for part in ("CN", "O"))
#: Nothing was said about this layer.
_UNKNOWN: Final = "\u2013"
_BELOW: Final[dict[str, str]] = {"ip": "tcp", "proxy": "http"}
#: A success proves its own layer, and reaching a layer proves those under it.
_OK_LAYER: Final = {
    "dns_ok": "dns", "icmp_ok": "dns", "tcp_ok": "tcp", "tls_ok": "tls",
    "http_ok_redirect_signin": "http", "proxy_ok": "http", "app_graphql_ok": "app",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rung:
    """One layer of the ladder."""

    layer: str
    state: Literal["ok", "fail", "unknown"]
    text: str


def ladder(seen: Sequence[Observation]) -> str:
    """Return the ladder of the customer's looks, newest last; empty when no layer is known."""
    marks = _marks(seen)
    if not marks:
        return ""
    return " · ".join(f"{name} {marks.get(layer, _UNKNOWN)}" for layer, name in _RUNGS)


def rungs(seen: Sequence[Observation]) -> tuple[Rung, ...]:
    """Return the same ladder rung by rung, redacted; empty when no layer is known."""
    marks = _marks(seen)
    return tuple(
        Rung(layer, _state(marks.get(layer, _UNKNOWN)), redact(f"{name} {mark}").text)
        for layer, name in _RUNGS
        if marks and (mark := marks.get(layer, _UNKNOWN))
    )


def _state(mark: str) -> Literal["ok", "fail", "unknown"]:
    match mark[:1]:
        case "✓":
            return "ok"
        case "✗":
            return "fail"
    return "unknown"


def _marks(seen: Sequence[Observation]) -> dict[str, str]:
    marks: dict[str, str] = {}
    for look in seen:
        if look.vantage.startswith(("customer", "product")):
            _mark(marks, look)
    return marks


def _mark(marks: dict[str, str], look: Observation) -> None:
    order: list[str] = [layer for layer, _ in _RUNGS]
    if look.verdict == "ok":
        layer = _OK_LAYER.get(look.cause)
        if layer is None:
            return
        for rung in order[: order.index(layer) + 1]:
            marks[rung] = "✓"
    elif look.verdict == "fail":
        layer = _BELOW.get(look.layer, look.layer)
        if layer not in order:
            return
        for rung in order[: order.index(layer)]:
            marks.setdefault(rung, "✓" if look.layer not in ("proxy", "app") else _UNKNOWN)
        marks[layer] = f"✗ {_short(look)}".rstrip()
        for rung in order[order.index(layer) + 1 :]:
            marks[rung] = _UNKNOWN


def _short(look: Observation) -> str:
    issuer = look.facts.get("issuer")
    if look.layer == "tls" and isinstance(issuer, str):
        named = next(filter(None, (part.search(issuer) for part in _ISSUER_NAMES)), None)
        return f'issuer "{(named[1] if named else issuer).strip()[:_NAME_WIDTH]}"'
    status = look.facts.get("http_status")
    if look.layer in ("http", "proxy") and status:
        return str(status)
    return look.cause.partition("_")[2].replace("_", " ")[:_WIDTH]
