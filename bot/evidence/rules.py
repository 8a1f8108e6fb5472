"""Tables of phrases with what they mean; the first row that matches decides."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.evidence.observation import CAUSES, Fact, Observation, Verdict
from bot.evidence.phrases import PHRASES
from bot.evidence.piece import Piece

_NUMBERS = frozenset({"http_status", "port", "curl_exit", "verify_code"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One phrase; its named groups become facts."""

    pattern: re.Pattern[str]
    cause: str
    verdict: Verdict


Row = tuple[str, str] | tuple[str, str, Verdict]


def table(*rows: Row) -> tuple[Rule, ...]:
    """Compile rows of (pattern, cause[, verdict]); ``{REFUSED}`` stands for every language."""
    return tuple(_rule(*row) for row in rows)


def _rule(pattern: str, cause: str, verdict: Verdict = "fail") -> Rule:
    if cause not in CAUSES:
        raise ValueError(f"{cause!r} is not a cause of evidence/observation.py")
    return Rule(compiled(pattern), cause, verdict)


def compiled(pattern: str) -> re.Pattern[str]:
    """A case-insensitive pattern in which ``{NAME}`` stands for a phrase in all its languages."""
    for name, phrase in PHRASES.items():
        pattern = pattern.replace("{" + name + "}", phrase)
    return re.compile(pattern, re.IGNORECASE)


def first(piece: Piece, rules: Iterable[Rule]) -> Observation | None:
    """What the first matching row says about this piece."""
    for rule in rules:
        match = piece.find(rule.pattern)
        if match is not None:
            return piece.see(rule.cause, rule.verdict, match=match, facts=facts_of(match))
    return None


def facts_of(match: re.Match[str]) -> dict[str, Fact | None]:
    """Named groups as facts; numbers as numbers."""
    return {key: _typed(key, value) for key, value in match.groupdict().items() if value}


def _typed(key: str, value: str) -> Fact:
    if key in _NUMBERS and value.isdecimal():
        return int(value)
    return (value.strip("[]'\""),) if key == "ip" else value.strip(" '\"")
