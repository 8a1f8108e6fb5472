"""What do the looks at single addresses mean for a client that tries them in turn, or races them?

A sequential client (Ruby before 3.4, and the product, which pins the first address) waits for a
silent address until it gives up; a racing one (curl) does not notice. After TCP neither goes back.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.evidence.assess_answers import judge_answers
from bot.evidence.assess_fault import Fault, Stage, Stops
from bot.evidence.observation import Layer, Observation

_SILENT: Final = frozenset({"tcp_timeout"})
_STALLED: Final = frozenset({"tls_handshake_timeout", "mtu_blackhole", "tls_sni_blocked"})
_UNANSWERED: Final = frozenset({"tcp_timeout", "host_unreachable"})
_QUICK_MS: Final = 2000.0
#: When addresses fail differently, the most telling answer is named.
_TELLING: Final = ("tcp_refused", "tcp_reset", "admin_prohibited", "tcp_timeout",
                   "host_unreachable", "no_route")  # fmt: skip
_LOSSY: Final = (0.08, 0.95)
"""Share of lost pings that speaks for loss; above it, pings are simply not answered."""
_MANY: Final = 3
_LONG_WAY_MS: Final = 900.0
"""Near TCP's first time-out (1 s), so that repeats are sent although nothing is lost."""


@dataclass(slots=True, eq=False)
class Address:
    """Everything that was seen of one address."""

    ip: str
    tcp: Observation | None = None
    tls: Observation | None = None
    icmp: Observation | None = None
    port80: Observation | None = None
    https: list[Observation] = field(default_factory=list)

    @property
    def connects(self) -> bool:
        """Was TCP opened?"""
        return self.tcp is not None and self.tcp.verdict == "ok"

    @property
    def quick(self) -> bool:
        """Was the answer, or the refusal, there before a sequential client loses patience?"""
        took = self.tcp.facts.get("ms", 0) if self.tcp else 0
        return isinstance(took, float | int) and took < _QUICK_MS

    @property
    def is_ipv6(self) -> bool:
        """Is it an IPv6 address?"""
        return ":" in self.ip

    @property
    def reached(self) -> bool:
        """Do packets get there, whatever the port says?"""
        pinged = self.icmp is not None and _number(self.icmp, "received") > 0
        return pinged or (
            self.port80 is not None
            and self.port80.cause
            in ("tcp_ok", "tcp_refused", "tcp_reset", "http_captive_portal", "http_block_page")
        )


def gather(observations: Iterable[Observation]) -> dict[str, Address]:
    """Sort the looks of the direct path by address."""
    found: dict[str, Address] = {}
    for look in observations:
        ip = look.facts.get("ip")
        if not isinstance(ip, str) or look.facts.get("path") == "proxy":
            continue
        address = found.setdefault(ip, Address(ip))
        if look.probe == "https":
            address.https.append(look)
        elif look.probe in ("tcp", "tls", "icmp", "port80"):
            setattr(address, look.probe, look)
    return found


@dataclass(frozen=True, slots=True)
class Path:
    """The direct path, judged."""

    faults: tuple[Fault, ...] = ()
    complete: bool = False
    """An answer of the portal was seen on the address that a client ends up with."""


def judge_addresses(order: Sequence[str], looks: Sequence[Observation]) -> Path:
    """Judge the addresses in the order in which a client tries them."""
    known = gather(looks)
    tested = [known[ip] for ip in order if ip in known and known[ip].tcp]
    if not tested:
        return Path()
    lossy = is_lossy(looks)
    others = [address for ip, address in known.items() if ip not in order]
    faults = _judge_connects(tested, others, lossy=lossy)
    open_ones = [address for address in tested if address.connects]
    if lossy and open_ones:
        faults.append(Fault(Stage.ADDRESSES, "degraded", "packet_loss"))
    if not open_ones:
        return Path(tuple(faults))
    faults += _judge_handshakes(open_ones, lossy=lossy)
    answered = [address for address in open_ones if address.https]
    for address in answered:
        stops_all = address is open_ones[0] or len(answered) == 1
        faults += judge_answers(address.https, stops_all=stops_all, lossy=lossy)
    # Where packets are lost, another address may be the one whose answer came in time.
    complete = bool(answered) and (lossy or open_ones[0] is answered[0])
    return Path(tuple(faults), complete=complete)


def is_lossy(looks: Sequence[Observation]) -> bool:
    """Is there loss? Lost pings need repeats of TCP beside them; without pings, many repeats."""
    pings = [look for look in looks if look.probe == "icmp" and _number(look, "received") > 0]
    sent = sum(_number(look, "sent") for look in pings)
    lost = sent - sum(_number(look, "received") for look in pings)
    repeats = sum(
        _number(look, "retransmits") > 0 and _number(look, "rtt_ms") < _LONG_WAY_MS
        for look in looks
    )
    if sent:
        return _LOSSY[0] <= lost / sent <= _LOSSY[1] and repeats > 0
    return repeats >= _MANY


def _judge_connects(
    tested: Sequence[Address], others: Sequence[Address], *, lossy: bool
) -> list[Fault]:
    failed = [address for address in tested if not address.connects]
    if lossy and len(failed) < len(tested):
        failed = [address for address in failed if address.tcp and address.tcp.cause not in _SILENT]
    if not failed:
        return []
    if len(failed) == len(tested):
        return [_nothing_connects(failed, others)]
    faults = []
    for six, cause in ((True, "ipv6_unreachable"), (False, "ipv4_unreachable")):
        family = [address for address in tested if address.is_ipv6 is six]
        bad = [address for address in family if address in failed]
        if bad and len(bad) == len(family):
            faults.append(Fault(Stage.ADDRESSES, _stops(tested, bad, same_family=False), cause))
        elif bad:
            stops = _stops(tested, bad, same_family=True)
            faults.append(Fault(Stage.ADDRESSES, stops, _partial_cause(bad)))
    return faults


def _nothing_connects(failed: Sequence[Address], others: Sequence[Address]) -> Fault:
    causes = {address.tcp.cause for address in failed if address.tcp}
    cause = next((cause for cause in _TELLING if cause in causes), "tcp_timeout")
    concerned = [address for address in failed if address.tcp and address.tcp.cause == cause]
    reached = any(address.reached for address in concerned)
    captive = [address.port80.cause for address in concerned
               if address.port80 and address.port80.cause.startswith("http_")]  # fmt: skip
    if captive:
        return Fault(Stage.ADDRESSES, "no", captive[0])
    if cause in _UNANSWERED and not reached and any(address.connects for address in others):
        # Another name server knows an address that works: this one's answer has aged.
        return Fault(Stage.ADDRESSES, "no", "ip_stale_address")
    if cause == "tcp_timeout" and not reached:
        blind = all(_ping_unknown(address) for address in concerned)
        return Fault(Stage.ADDRESSES, "no", cause if blind else "ip_blackhole", guess=blind)
    at: Layer | None = "tcp" if cause == "admin_prohibited" and reached else None
    return Fault(Stage.ADDRESSES, "no", cause, at=at)


def _partial_cause(failed: Sequence[Address]) -> str:
    dead = [
        address for address in failed
        if address.tcp and address.tcp.cause not in ("tcp_refused", "tcp_reset")
        and not address.reached
    ]  # fmt: skip
    return "ip_stale_address" if dead else "tcp_partial"


def _stops(tested: Sequence[Address], bad: Sequence[Address], *, same_family: bool) -> Stops:
    """Does a client that goes through the addresses in turn get past these?"""
    met = list(itertools.takewhile(lambda address: not address.connects, tested))
    if any(address in bad and not address.quick for address in met):
        return "no"
    # Records of one family rotate, so that another client meets the bad one first. A quick
    # refusal sends every client on to the next address.
    return "degraded" if same_family else "yes"


def _judge_handshakes(open_ones: Sequence[Address], *, lossy: bool) -> list[Fault]:
    looked = [address for address in open_ones if address.tls]
    failed = [address for address in looked if address.tls and address.tls.verdict == "fail"]
    if lossy:
        failed = [a for a in failed if a.tls and a.tls.cause not in _STALLED]
    faults = []
    if failed:
        counted = Counter(address.tls.cause for address in failed if address.tls)
        decisive = open_ones[0] if open_ones[0] in failed else None
        cause = decisive.tls.cause if decisive and decisive.tls else counted.most_common(1)[0][0]
        stops: Stops = "no" if decisive else "degraded"
        stage = Stage.ADDRESSES if cause == "mtu_blackhole" else Stage.HANDSHAKE
        faults.append(Fault(stage, stops, cause))
        faults += [Fault(stage, "degraded", other) for other in counted if other != cause]
    remarks = {address.tls.cause for address in looked
               if address.tls and address.tls.verdict == "warn"}  # fmt: skip
    if "tls_inspection" in remarks:
        faults.append(Fault(Stage.HANDSHAKE, "yes", "tls_inspection"))
    # Some handshakes fail where others pass: one bad server of several behind the address.
    faults += [Fault(Stage.HANDSHAKE, "degraded", cause)
               for cause in sorted(remarks - {"tls_inspection", "tls_ok"})]  # fmt: skip
    return faults


def _ping_unknown(address: Address) -> bool:
    return address.icmp is None or address.icmp.cause in ("tool_missing", "truncated")


def _number(look: Observation, name: str) -> float:
    value = look.facts.get(name, 0)
    return value if isinstance(value, int | float) else 0
