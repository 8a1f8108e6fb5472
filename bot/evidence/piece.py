"""One command of a paste with its output, and the way a reader says what it saw in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from bot.evidence.literals import folded_guards
from bot.evidence.normalise import Lines
from bot.evidence.observation import CAUSES, Fact, Layer, Observation, Verdict

#: What timeout(1) exits with when it had to end the command.
TIMED_OUT_EXIT: Final = 124
_DETAIL_CHARS: Final = 300


@dataclass(frozen=True)
class Piece:
    """What one command printed; `command` is empty when the prompt was not pasted."""

    out: Lines
    tool: str = ""
    command: str = ""
    vantage: str = "customer:paste"
    exit_code: int | None = None
    facts: dict[str, Fact] = field(default_factory=dict)
    today: date | None = None
    """The day of the paste, when something in it tells."""

    @property
    def flat(self) -> str:
        """The output with wrapped lines made whole."""
        return self.out.flat

    @property
    def text(self) -> str:
        """The output, line by line."""
        return self.out.text

    def named(self, tool: str) -> "Piece":
        """The same piece, read as another tool's."""
        return replace(self, tool=tool)

    def find(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first match in the flat view."""
        guards = folded_guards(pattern.pattern)
        if guards and not any(word in self.out.folded for word in guards):
            return None  # far cheaper than a search with all its alternatives
        return pattern.search(self.flat)

    def where(self, words: str) -> re.Match[str] | None:
        """These very words in the flat view."""
        return re.search(re.escape(" ".join(words.split())), self.flat)

    def see(
        self,
        cause: str,
        verdict: Verdict = "fail",
        *,
        match: re.Match[str] | None = None,
        layer: Layer | None = None,
        facts: Mapping[str, Fact | None] = MappingProxyType({}),
        **more: Fact | None,
    ) -> Observation:
        """An observation of this piece; facts that are None are left out."""
        known = {key: value for key, value in {**facts, **more}.items() if value is not None}
        return Observation(
            probe=self.tool or "text",
            target=_target(known) or str(self.facts.get("host", "")),
            vantage=self.vantage,
            layer=layer or CAUSES[cause],
            cause=cause,
            verdict=verdict,
            detail=self.quote(match)[:_DETAIL_CHARS],
            facts={**self.facts, **known},
        )

    def quote(self, match: re.Match[str] | None) -> str:
        """The original words behind a match in `flat`; without one, the first line with words."""
        if match is not None and match.string == self.flat:
            return self.out.quote(match.start(), match.end())
        if match is not None:
            return match.group(0).strip()
        lines = (line.raw.strip() for line in self.out.lines)
        return next((line for line in lines if line), self.command)


def _target(facts: dict[str, Fact]) -> str:
    for key in ("host", "ip"):
        value = facts.get(key)
        if value:
            return value[0] if isinstance(value, tuple) else str(value)
    return ""
