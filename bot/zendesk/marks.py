"""Whose object is this? Ownership stands inside it: it survives a crash and another machine."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.zendesk.reading import text

_MARK: Final = re.compile(r"\s*\[licensing-bot:([a-z][a-z0-9_]*)(:adopted)?\]")
#: A field shows its `description` to customers and `agent_description` to agents; a trigger
#: category has neither, so its name carries the mark.
_PLACES: Final = ("description", "agent_description", "name")


@dataclass(frozen=True, slots=True)
class Mark:
    """What an object says about itself."""

    key: str
    adopted: bool = False
    """It was there before us: it is changed, and never deleted."""


def mark_of(key: str, *, adopted: bool = False) -> str:
    """What stands in an object of ours."""
    return f"[licensing-bot:{key}{':adopted' if adopted else ''}]"


def marked(words: str, key: str, *, adopted: bool = False) -> str:
    """One line of words, with the mark behind them."""
    return f"{' '.join(without_mark(words).split())} {mark_of(key, adopted=adopted)}".strip()


def without_mark(words: str) -> str:
    """The words alone."""
    return _MARK.sub("", words)


def mark_in(there: Mapping[str, object]) -> Mark | None:
    """The mark of an object that Zendesk showed us; None for a stranger."""
    for place in _PLACES:
        if found := _MARK.search(text(there.get(place))):
            return Mark(found[1], bool(found[2]))
    return None
