"""What differs between our healthy look at the portal and the customer's look that fails?"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.evidence.addresses import address_cause, is_v6
from bot.evidence.issuers import is_foreign
from bot.evidence.observation import Fact, Layer, Observation
from bot.evidence.redact import redact
from bot.runbook.snippet import render

#: So many differences stand in one sentence.
_MOST: Final = 2
_WIDTH: Final = 80
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~!])")
#: Who resolves as the application does comes first.
_RESOLVERS: Final = ("getaddrinfo", "getent", "curl", "wget", "ping", "hosts")
_NO_ANSWER: Final = frozenset(
    {"dns_nxdomain", "dns_no_address", "dns_resolution_failed", "dns_servfail", "dns_refused",
     "dns_timeout", "dns_resolver_unreachable"}
)  # fmt: skip
_ONE_FAMILY: Final[Mapping[str, str]] = {"ipv6_unreachable": "IPv6", "ipv4_unreachable": "IPv4"}
#: Another public address explains these; elsewhere it may just be another edge of the CDN.
_ELSEWHERE: Final = frozenset(
    {"dns_hosts_override", "tcp_timeout", "tcp_refused", "tcp_reset", "host_unreachable",
     "ip_blackhole", "ip_stale_address", "tls_hostname_mismatch", "tls_unrecognized_name"}
)  # fmt: skip
#: The address in their output is that of whoever answered.
_ROUTERS: Final = frozenset({"ping", "traceroute"})
_WRONG_DATE: Final = frozenset({"tls_expired", "tls_not_yet_valid"})
#: Somebody else's page: what tells it is not its status.
_PAGES: Final = frozenset({"http_block_page", "http_captive_portal"})
_STATUS_OF: Final[Mapping[str, int]] = {"http_forbidden": 403, "http_rate_limited": 429}
#: Sent by the server; nothing else of the header is repeated.
_SERVER: Final = re.compile(r"[A-Za-z][\w.-]{1,23}(?:/[\w.-]{1,15})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pair:
    """The two looks that are compared, and what the customer's other looks add."""

    ours: Observation
    failed: Observation
    theirs: Sequence[Observation]
    words: Mapping[str, str]

    def say(self, name: str, **values: str) -> str:
        """Fill a sentence part of runbook.toml; what others sent loses every meaning."""
        safe = {key: plain(value) for key, value in values.items()}
        return render(self.words[f"differs_{name}"], safe)


def differences(pair: Pair) -> tuple[str, ...]:
    """Return what differs, most telling first for the layer at which the customer fails."""
    found = (said for compare in _BY_LAYER.get(pair.failed.layer, ()) for said in compare(pair))
    return tuple(dict.fromkeys(found))[:_MOST]


def plain(text: str) -> str:
    """Return a stranger's words redacted, short, and without meaning in Markdown."""
    short = " ".join(redact(text).text.split())
    return _MARKDOWN.sub(r"\\\1", short if len(short) <= _WIDTH else f"{short[: _WIDTH - 1]}…")


def signer(issuer: str) -> str:
    """Return who signs, in short: the common name of a private CA, a public one's organisation."""
    keys = ("CN", "O") if is_foreign(issuer) else ("O", "CN")
    for key in keys:
        found = re.search(rf'(?:^|[,/ +]){key}\s*=\s*"?((?:\\.|[^",/\\])+)', issuer)
        if found:
            return found.group(1).replace("\\", "").strip()
    return issuer.strip()


def _by_issuer(pair: Pair) -> Iterator[str]:
    ours = _text(pair.ours, "issuer")
    theirs = _text(pair.failed, "issuer") or next(
        (issuer for look in reversed(pair.theirs) if (issuer := _text(look, "issuer"))), ""
    )
    if not ours or is_foreign(ours):
        return
    subject = _text(pair.failed, "subject")
    if pair.failed.cause == "tls_self_signed" and signer(theirs) == signer(subject):
        yield pair.say("self_signed", ours=signer(ours))
    elif theirs and is_foreign(theirs):
        name = "inspection" if pair.failed.cause == "tls_inspection" else "private_ca"
        yield pair.say(name, theirs=signer(theirs), ours=signer(ours))
    elif pair.failed.cause in _WRONG_DATE:
        yield pair.say("clock")
    elif pair.failed.cause in ("tls_untrusted_ca", "tls_self_signed", "tls_incomplete_chain"):
        yield pair.say("unverified", ours=signer(ours))


def _by_address(pair: Pair) -> Iterator[str]:
    ours = _addresses(pair.ours)
    theirs = _their_addresses(pair)
    if not ours or pair.failed.cause in _ONE_FAMILY:
        return
    if pair.failed.cause in _NO_ANSWER:
        yield pair.say("no_address", ours=_some(ours))
        return
    alike = [address for address in ours if is_v6(address) in set(map(is_v6, theirs))]
    for cause in ("dns_sinkhole", "dns_private_answer"):
        wrong = [address for address in theirs if address_cause(address) == cause]
        if wrong:
            yield pair.say(cause.split("_")[1], theirs=_some(wrong), ours=_some(alike or ours))
            return
    if pair.failed.cause in _ELSEWHERE and theirs and alike and not set(alike) & set(theirs):
        yield pair.say("address", theirs=_some(theirs), ours=_some(alike))


def _by_same_address(pair: Pair) -> Iterator[str]:
    same = [address for address in _their_addresses(pair) if address in _addresses(pair.ours)]
    if same:
        yield pair.say("same_address", theirs=same[0])


def _by_status(pair: Pair) -> Iterator[str]:
    cause, ours = pair.failed.cause, pair.ours.facts.get("http_status")
    theirs = pair.failed.facts.get("http_status") or _STATUS_OF.get(cause)
    if not theirs or not ours or theirs == ours or cause in _PAGES:
        return
    server = _SERVER.fullmatch(_text(pair.failed, "server"))
    name = "status_from" if server else "status"
    yield pair.say(
        name, theirs=str(theirs), ours=str(ours), server=server.group() if server else ""
    )


def _by_family(pair: Pair) -> Iterator[str]:
    family = _ONE_FAMILY.get(pair.failed.cause, "")
    if family and family in listed(pair.ours.facts.get("families")):
        yield pair.say("family", family=family)


def _by_proxy(pair: Pair) -> Iterator[str]:
    proxy = _text(pair.failed, "proxy_host") or next(
        (host for look in pair.theirs if (host := _text(look, "proxy_host"))), ""
    )
    if pair.ours.cause != "proxy_ok":
        yield pair.say("proxy_named", theirs=proxy) if proxy else pair.say("proxy")


_Compare = Callable[[Pair], Iterator[str]]
_BY_LAYER: Final[Mapping[Layer, tuple[_Compare, ...]]] = {
    "dns": (_by_address,),
    "ip": (_by_family, _by_address, _by_same_address),
    "tcp": (_by_family, _by_address, _by_same_address),
    "tls": (_by_issuer, _by_address, _by_same_address),
    "http": (_by_status, _by_issuer, _by_address),
    "proxy": (_by_proxy,),
}


def _their_addresses(pair: Pair) -> tuple[str, ...]:
    """Where the customer's machine went: a proxy's address is none of the portal's."""
    if pair.failed.facts.get("proxy_host") or pair.failed.facts.get("path") == "proxy":
        return ()
    if (own := _addresses(pair.failed)) and not _is_routers(pair.failed):
        return own
    ranked = sorted(pair.theirs, key=lambda look: _place(look.probe))
    named = (_addresses(look) for look in ranked if not _is_routers(look))
    return next((found for found in named if found), ())


def _is_routers(look: Observation) -> bool:
    return look.probe in _ROUTERS and look.layer != "dns"


def _addresses(look: Observation) -> tuple[str, ...]:
    """Return the addresses of a look; of ours only public ones can be the portal's."""
    found = [
        address for key in ("addresses", "answers", "ip") for address in listed(look.facts.get(key))
    ]
    if look.vantage.startswith(("bot:", "globalping:")):
        found = [address for address in found if address_cause(address) == "dns_ok"]
    return tuple(dict.fromkeys(found))


def _place(probe: str) -> int:
    return _RESOLVERS.index(probe) if probe in _RESOLVERS else len(_RESOLVERS)


def _some(addresses: Sequence[str]) -> str:
    """The first two are enough to compare."""
    return ", ".join(addresses[:2])


def _text(look: Observation, name: str) -> str:
    value = look.facts.get(name)
    return value if isinstance(value, str) else ""


def listed(value: Fact | None) -> tuple[str, ...]:
    """Return a fact as a list."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()
