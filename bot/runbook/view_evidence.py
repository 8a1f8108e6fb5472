"""What was found on a ticket, as the sidebar lists it: pastes, HAR files, the check script."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.evidence.observation import Observation
from bot.evidence.redact import redact
from bot.runbook.book import Runbook
from bot.runbook.control import says

_MOST: Final = 20
_LONGEST: Final = 300
_KINDS: Final[Mapping[str, str]] = {
    "customer:paste": "paste", "customer:har": "har", "customer:script": "script",
    "product": "product",
}  # fmt: skip
#: Says that somebody showed something, but nothing about the fault.
_SAYS_NOTHING: Final = frozenset({"irrelevant"})
_SAFE_HAR: Final = "cl_safe_har"


@dataclass(frozen=True, slots=True)
class Shown:
    """One piece of evidence."""

    kind: str
    """``paste har script product``."""
    name: str
    """The tool, or the file."""
    layer: str
    cause: str
    verdict: str
    says: str
    """What it means, from findings.toml."""
    text: str
    """The line that shows it, redacted."""


@dataclass(frozen=True, slots=True)
class LiveFile:
    """A file with which somebody could act as the customer."""

    name: str
    secrets: Mapping[str, int] = field(default_factory=dict)
    """What is in it, in words, and how many different ones."""


@dataclass(frozen=True, slots=True)
class LiveSession:
    """The warning about such files, and the tag by which a macro replaces them."""

    warning: str
    files: tuple[LiveFile, ...]
    command_tag: str
    """Empty when this runbook has no such command."""


def shown_evidence(book: Runbook, seen: Sequence[Observation]) -> tuple[Shown, ...]:
    """Return the newest pieces, oldest first, without repeats."""
    shown = dict.fromkeys(_shown(book, seen))
    return tuple(shown)[-_MOST:]


def _shown(book: Runbook, seen: Sequence[Observation]) -> Iterator[Shown]:
    for look in seen:
        kind = _KINDS.get(look.vantage)
        if kind is None or look.cause in _SAYS_NOTHING:
            continue
        file = look.facts.get("file")
        yield Shown(
            kind=kind,
            name=redact(str(file)).text if file else look.probe,
            layer=look.layer,
            cause=look.cause,
            verdict=look.verdict,
            says=says(book, look.cause),
            text=redact(look.detail).text[:_LONGEST],
        )


def live_session_of(book: Runbook, files: Sequence[LiveFile]) -> LiveSession | None:
    """Return the warning; None when no file holds a live session."""
    if not files:
        return None
    tag = _SAFE_HAR if _SAFE_HAR in book.commands else ""
    return LiveSession(book.head.note["view_live_session"], tuple(files), tag)
