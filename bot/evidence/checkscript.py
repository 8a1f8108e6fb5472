"""Reads what manifests/customer_check.sh printed: every look of a run, and their sum."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from bot.evidence.assess import assess
from bot.evidence.checkscript_block import Block, Record, take_blocks
from bot.evidence.checkscript_http import see_direct
from bot.evidence.checkscript_names import invented, see_names
from bot.evidence.checkscript_network import see_network
from bot.evidence.checkscript_proxy import see_proxy
from bot.evidence.checkscript_tls import handshakes, see_handshakes
from bot.evidence.checkscript_trust import believed, damage_in_words, stop_in_words
from bot.evidence.normalise import Line, Lines
from bot.evidence.observation import CAUSES, Assessment, Fact, Observation, Verdict
from bot.evidence.piece import Piece
from bot.evidence.portal import is_portal
from bot.evidence.ruby import read_ruby

VANTAGE: Final = "customer:script"
#: The look that says what the others add up to; its facts carry `judged`.
JUDGED: Final = "check"
_BEYOND_NAMES: Final = frozenset({"ip", "tcp", "tls", "http"})
_LONGEST_DETAIL: Final = 300
_CLOCK_OFF: Final = 120

__all__ = ["JUDGED", "VANTAGE", "read_check_script", "take_blocks", "telling"]

#: What several looks add up to is shown best by one of these.
_SHOWN_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "ok": ("http_ok_redirect_signin",),
    "proxy_bypass_needed": ("proxy_forbidden",),
    "dns_first_resolver_dead": ("dns_timeout", "dns_resolver_unreachable"),
    "dns_aaaa_timeout": ("dns_timeout",),
    "ip_blackhole": ("tcp_timeout",),
    "ip_stale_address": ("tcp_timeout", "host_unreachable"),
    "ipv6_unreachable": ("tcp_timeout", "no_route", "host_unreachable"),
    "ipv4_unreachable": ("tcp_timeout", "no_route", "host_unreachable"),
    "tcp_partial": ("tcp_refused", "tcp_reset", "tcp_timeout"),
}


def read_check_script(block: Block) -> tuple[Observation, ...]:
    """Every look of the run, and before them the one that judges them together.

    A look that fails and decides nothing carries the fact `beside`, for instance the direct way
    where a proxy is used. A block that was damaged on its way is read as far as it goes and never
    taken for healthy; all its looks carry the fact `damaged`.
    """
    about = block.one("check")
    host = about.get("host") or "unknown host"
    port = about.whole("port") or 443
    seen_at = _moment(about.get("at"))
    common = _common(block, about)

    def saw(
        probe: str,
        target: str,
        cause: str,
        verdict: Verdict,
        detail: str = "",
        facts: Mapping[str, Fact | None] | None = None,
    ) -> Observation:
        known = {key: value for key, value in (facts or {}).items() if value is not None}
        return Observation(
            probe=probe, target=target, vantage=VANTAGE, layer=CAUSES[cause], cause=cause,
            verdict=verdict, detail=" ".join(detail.split())[:_LONGEST_DETAIL],
            facts={**common, **known}, seen_at=seen_at,
        )  # fmt: skip

    shakes = handshakes(block, host)
    looks = [
        *see_proxy(block, host, port, saw),
        *see_names(block, host, saw),
        *see_network(block, host, port, saw),
        *see_handshakes(shakes, port, saw),
        *see_direct(block, shakes, host, port, saw),
    ]
    if not looks or not any(record.name != "check" for record in block.records):
        return (saw(JUDGED, host, "truncated", "unknown", "the block has no results"),)
    judged = believed(_with_its_root(assess(looks), invented(block)), block, looks)
    decisive = _decisive(judged, looks)
    told = (decisive.detail if decisive else "", _invention(block), damage_in_words(block),
            stop_in_words(block))  # fmt: skip
    summary = saw(
        JUDGED, host, judged.cause, _verdict(judged), "; ".join(filter(None, told)),
        {**(decisive.facts if decisive else {}), **_summed_up(judged, block, host)},
    )  # fmt: skip
    own = _own_words(block, seen_at, common)
    return (replace(summary, layer=judged.layer), *own, *(_placed(one, judged) for one in looks))


def telling(looks: Iterable[Observation]) -> tuple[Observation, ...]:
    """Leave of each run's looks what a diagnosis should hear: what works, then the last sum.

    A single address that fails, or the direct way where a proxy is used, accuses nobody by
    itself, and an older run is history. Of a damaged run nothing that works is told.
    """
    kept: list[Observation] = []
    run: list[Observation] = []
    for look in looks:
        if look.vantage != VANTAGE or look.probe == "ruby":
            kept.append(look)
        elif look.probe == JUDGED:
            run = [look]
        elif run and look.verdict == "ok" and not look.facts.get("damaged"):
            run.insert(-1, look)
    return (*kept, *run)


def _common(block: Block, about: Record) -> dict[str, Fact]:
    """What every look of this run carries: which machine, and whether the block is whole."""
    facts: dict[str, Fact] = {}
    if about.get("node"):
        facts["machine"] = f"node {about.get('node')}"
    if block.damage:
        facts["damaged"] = block.damage
    if block.lost:
        facts["records_lost"] = block.lost
    return facts


def _summed_up(judged: Assessment, block: Block, host: str) -> dict[str, Fact | None]:
    product, end = block.one("product"), block.one("end")
    certificates = product.listed("certs")
    return {
        "judged": True,
        "host": host,
        "activates": judged.activates,
        "confidence": judged.confidence,
        "also": judged.also or None,
        "product_version": product.get("ver") or None,
        "trusted_certificates": certificates or None,
        "clock_off_s": _clock_off(block),
        "ticket": block.one("check").get("ticket") or None,
        "cut": end.listed("cut") or None,
    }


def _with_its_root(judged: Assessment, made_up: Collection[str]) -> Assessment:
    """What fails at an address that a name server has for any name may fail because of it.

    It is told beside what fails there: a filter that passes things on answers like that, too.
    """
    if not made_up or judged.activates != "no" or judged.layer not in _BEYOND_NAMES:
        return judged
    return replace(judged, also=(*judged.also, "dns_sinkhole"))


def _invention(block: Block) -> str:
    made_up = ", ".join(sorted(invented(block)))
    return f"the name server has {made_up} for a name that cannot exist, too" if made_up else ""


def _verdict(judged: Assessment) -> Verdict:
    if judged.activates == "no":
        return "fail"
    if judged.activates == "unknown":
        return "unknown"
    return "ok" if judged.layer == "ok" and judged.activates == "yes" else "warn"


def _decisive(judged: Assessment, looks: list[Observation]) -> Observation | None:
    """The look that shows the cause best; a bypass is shown by the proxy that refuses."""
    wanted = {judged.cause, *_SHOWN_BY.get(judged.cause, ())}
    found = [look for look in looks if look.cause in wanted]
    return next((look for look in found if look.verdict == "fail"), found[0] if found else None)


def _placed(look: Observation, judged: Assessment) -> Observation:
    """Mark what did not decide, so that nobody takes it for the fault."""
    if look.verdict in ("ok", "unknown") or look.cause in (judged.cause, *judged.also):
        return look
    return replace(look, facts={**look.facts, "beside": True})


def _own_words(
    block: Block, seen_at: datetime | None, common: dict[str, Fact]
) -> tuple[Observation, ...]:
    """What the application itself answered (`--rails`)."""
    record = block.one("rails")
    text = record.get("error") or (f"=> {record.get('head')}" if record.get("head") else "")
    if not text:
        return ()
    lines = Lines((Line(text, text),))
    piece = Piece(lines, "ruby", "Gitlab::HTTP.head", VANTAGE, facts=dict(common))
    return tuple(replace(look, seen_at=seen_at) for look in read_ruby(piece))


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _clock_off(block: Block) -> int | None:
    """Seconds that this machine's clock is ahead of the portal's; None when it is near enough."""
    here, told = block.one("check"), None
    for record in block.named("http"):
        if record.get("date") and is_portal(here.get("host")):
            told = record.get("date")
            break
    started, took = _moment(here.get("at")), block.one("end").whole("took") or 0
    if not told or started is None:
        return None
    try:
        difference = (started - parsedate_to_datetime(told)).total_seconds()
    except (TypeError, ValueError):
        return None
    return int(difference) if abs(difference) > _CLOCK_OFF + took else None
