"""Faults that accuse nothing: another fault explains them, or the wrong machine was asked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.evidence.observation import Layer, Observation
from bot.runbook.passages import Passage
from bot.runbook.words import Matcher

Words = Mapping[str, Matcher]
_WRONG_ANSWERS: Final = frozenset({"dns_sinkhole", "dns_private_answer", "dns_hosts_override"})
_REACHED: Final = frozenset({"http_ok_redirect_signin", "proxy_ok"})
_SEEN_FROM_A_DESKTOP: Final[frozenset[Layer]] = frozenset({"dns", "ip", "tcp", "tls", "http"})
_DIRECT: Final[frozenset[Layer]] = frozenset({"ip", "tcp"})


def excused_layers(
    parts: Sequence[Passage], seen: Sequence[Observation], words: Words
) -> frozenset[Layer]:
    """Return the layers whose faults say nothing in this ticket."""
    own = [part for part in parts if part.author == "customer"]
    if _only_a_desktop(own, seen, words):
        return _SEEN_FROM_A_DESKTOP
    if _leads_astray(own, seen, words) or _is_proxied(own, seen, words):
        return _DIRECT
    return frozenset()


def _leads_astray(parts: Sequence[Passage], seen: Sequence[Observation], words: Words) -> bool:
    """Behind a wrong address somebody else refuses."""
    return _has(seen, _WRONG_ANSWERS) or bool(words["wrong_answer"].hits(parts))


def _is_proxied(parts: Sequence[Passage], seen: Sequence[Observation], words: Words) -> bool:
    """Tools that ignore the proxy fail where curl, which obeys it, gets through."""
    works = _has(seen, _REACHED) or bool(words["http_ok"].hits(parts))
    return works and bool(words["proxy_variable"].hits(parts))


def _only_a_desktop(parts: Sequence[Passage], seen: Sequence[Observation], words: Words) -> bool:
    """Was a desktop asked, and nowhere the server?"""
    machines = {look.facts.get("machine") for look in seen if look.verdict == "fail"}
    logged = any(look.vantage.startswith("product") for look in seen)
    if logged or machines - {None, "windows"} or words["server_shown"].hits(parts):
        return False
    asked = any(
        words["broken"].is_in(part, 0, len(part.plain)) for part in parts if part.kind != "subject"
    )
    return asked and bool(words["wrong_machine"].hits(parts))


def _has(seen: Iterable[Observation], causes: frozenset[str]) -> bool:
    return any(look.cause in causes for look in seen)
