"""What is different from the decision before? A sentence for each thing worth knowing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bot.runbook.book import Runbook
from bot.runbook.control import says
from bot.runbook.snippet import render

#: More would be a second note.
_MOST: Final = 6
#: Extracted values that an agent waits for; the others are told by the verdict.
_TOLD: Final = frozenset(
    {"version", "instance_url", "license_id", "customer_id", "subscription_name", "email",
     "issuer", "proxy_host", "ip", "dns_server", "http_status"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision rests on, as ids: no words, so that new wording is no change."""

    scenario: str
    branch: str
    confidence: str
    causes: tuple[str, ...] = ()
    missing: str = ""
    known: tuple[str, ...] = ()
    trouble: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """The decision before this one."""

    facts: Facts
    changed: tuple[str, ...] = ()
    """What was different then."""


def changes_of(book: Runbook, before: Before | None, now: Facts, question: str) -> tuple[str, ...]:
    """Return what has changed; a look that changed nothing leaves the last news standing."""
    if before is None:
        return ()
    if before.facts == now:
        return before.changed
    return tuple(_changes(book, before.facts, now, question))[:_MOST]


def _changes(book: Runbook, was: Facts, now: Facts, question: str) -> Iterator[str]:
    words = book.head.note
    if was.trouble != now.trouble:
        yield words["view_changed_trouble" if now.trouble else "view_changed_trouble_over"]
    if was.scenario != now.scenario:
        values = {"was": _name(book, was.scenario), "now": _name(book, now.scenario)}
        yield render(words["view_changed_scenario"], values)
    elif was.branch != now.branch:
        yield words["view_changed_branch"]
    if was.confidence != now.confidence:
        values = {"was": words[was.confidence], "now": words[now.confidence]}
        yield render(words["view_changed_confidence"], values)
    yield from _causes(book, set(was.causes), set(now.causes))
    if new := sorted((set(now.known) - set(was.known)) & _TOLD):
        names = ", ".join(name.replace("_", " ") for name in new)
        yield render(words["view_changed_known"], {"names": names})
    if was.missing != now.missing:
        name = "view_changed_ask" if now.missing else "view_changed_answered"
        yield render(words[name], {"question": question})


def _causes(book: Runbook, was: set[str], now: set[str]) -> Iterator[str]:
    words = book.head.note
    for cause in sorted(now - was):
        yield render(words["view_changed_seen"], {"finding": says(book, cause)})
    for cause in sorted(was - now):
        yield render(words["view_changed_gone"], {"finding": says(book, cause)})


def _name(book: Runbook, scenario: str) -> str:
    known = book.scenarios.get(scenario)
    return known.name if known else scenario
