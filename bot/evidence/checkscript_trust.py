"""How far a run of the check script may be believed that did not arrive as it was printed."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from bot.evidence.checkscript_block import Block
from bot.evidence.observation import Assessment, Observation

#: Said when no address works: one whose looks were lost may be the one that does.
_NOTHING_WORKS: Final = frozenset({"ip", "tcp"})
#: Steps without which nobody can say that activation works.
_NEEDED: Final = ("name.", "system", "http.", "tls", "proxy.")
_NOTHING_FOLLOWS: Final = Assessment("unknown", "truncated", "unknown", "unclear")
_NOT_TRIED: Final = Assessment("proxy", "proxy_configured", "unknown", "unclear")
_WORDS: Final = {
    "cut": "the end of the block is missing",
    "changed": "the block's checksum does not fit",
    "unchecked": "the block has no checksum",
}


def believed(judged: Assessment, block: Block, looks: Iterable[Observation]) -> Assessment:
    """Weaken what a damaged block adds up to: it may name a fault, it never proves health.

    What is missing may be the very look that failed or, at the beginning, the proxy. Where a proxy
    is set and nothing went through it, the direct way says nothing about the application.
    """
    if any(look.cause == "proxy_configured" for look in looks):
        return _NOT_TRIED
    if not block.damage:
        return _as_far_as_it_went(judged, block)
    certain = "likely" if judged.confidence == "certain" else judged.confidence
    weaker = replace(judged, confidence=certain)
    if block.damage == "unchecked":
        return weaker
    if judged.activates in ("yes", "unknown") or judged.layer == "ok" or not block.named("check"):
        return _NOTHING_FOLLOWS
    if judged.layer in _NOTHING_WORKS and _lacks_an_address(block):
        return _NOTHING_FOLLOWS
    return weaker


def _as_far_as_it_went(judged: Assessment, block: Block) -> Assessment:
    """A run that was interrupted, or whose time was over: what was not seen may be what fails."""
    end = block.one("end")
    stopped = bool(end.get("stopped"))
    open_steps = [step for step in end.listed("cut") if step.startswith(_NEEDED)]
    if not (stopped or open_steps):
        return judged
    if judged.activates in ("yes", "unknown") or judged.layer == "ok":
        return _NOTHING_FOLLOWS
    if judged.layer in _NOTHING_WORKS and _lacks_an_address(block):
        return _NOTHING_FOLLOWS
    return replace(judged, confidence="likely") if judged.confidence == "certain" else judged


def stop_in_words(block: Block) -> str:
    """Was the run ended before it was over?"""
    return "the script was interrupted" if block.one("end").get("stopped") else ""


def damage_in_words(block: Block) -> str:
    """What is wrong with the block; empty when it is whole."""
    words = _WORDS.get(block.damage, "")
    return f"{words}, {block.lost} of {block.told} records are missing" if block.lost else words


def _lacks_an_address(block: Block) -> bool:
    """Was the name's address, or what looked at it, lost on the way?"""
    answers = {ip for name in ("dns", "system", "hosts") for record in block.named(name)
               for ip in record.listed("ans")}  # fmt: skip
    pinged = {record.get("ip") for record in (*block.named("icmp"), *block.named("tls"))}
    tried = {record.get("ip") for record in (*block.named("http"), *block.named("tcp"))}
    return not answers or bool((answers | pinged) - tried)
