"""What should happen to a ticket, as values; `bot.pipeline` is the one place that acts on them."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.runbook.book import Runbook
from bot.runbook.choose import Course, course_of
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.guarded import ORDERS
from bot.runbook.html import to_html
from bot.runbook.note import NoteContext, rule_ids, write_note
from bot.runbook.ticket import Ticket


@dataclass(frozen=True, slots=True)
class PostNote:
    """Write one internal note."""

    markdown: str
    html: str
    digest: str
    """Semantic digest (DESIGN 4.5): scenario, branch, causes, missing, snippet values, command."""
    rule_ids: tuple[str, ...]
    """Signals and snippets that made the note, for `notes list --rule`."""


@dataclass(frozen=True, slots=True)
class RunProbes:
    """Look at the portal from these vantages and come back with the observations."""

    vantages: tuple[str, ...] = ("local",)


@dataclass(frozen=True, slots=True)
class SetFields:
    """Set ticket fields, by our own keys; a human's value is never overwritten."""

    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AddTags:
    """Add tags of ours."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveTags:
    """Remove tags, such as the one of an agent's command that was carried out."""

    tags: tuple[str, ...]


Action = PostNote | RunProbes | SetFields | AddTags | RemoveTags
Plan = tuple[Action, ...]

FULL_RUNBOOK: Final = "full_runbook"
RUN_PROBES: Final = "run_probes"
BOT_OFF: Final = "bot_off"


def make_plan(
    runbook: Runbook,
    ticket: Ticket,
    diagnosis: Diagnosis,
    context: NoteContext,
    command: str | None = None,
) -> Plan:
    """Return what should happen to the ticket. Whether to speak at all is decided elsewhere."""
    return tuple(_actions(runbook, ticket, diagnosis, context, command))


def _actions(
    runbook: Runbook,
    ticket: Ticket,
    diagnosis: Diagnosis,
    context: NoteContext,
    command: str | None,
) -> Iterator[Action]:
    apart = {BOT_OFF, *ORDERS}
    kept = tuple(tag for tag in ticket.tags if runbook.commands.get(tag, BOT_OFF) not in apart)
    if command != BOT_OFF:
        yield from _speaking(runbook, ticket, diagnosis, context, command)
    if kept:
        yield RemoveTags(kept)


def _speaking(
    runbook: Runbook,
    ticket: Ticket,
    diagnosis: Diagnosis,
    context: NoteContext,
    command: str | None,
) -> Iterator[Action]:
    scenario = runbook.scenarios[diagnosis.scenario]
    full = command == FULL_RUNBOOK
    if not scenario.silent or command is not None:
        course = course_of(runbook, diagnosis, full=full)
        markdown = write_note(runbook, diagnosis, context, full=full)
        yield PostNote(
            markdown=markdown,
            html=to_html(markdown),
            digest=semantic_digest(runbook, ticket, diagnosis, command),
            rule_ids=rule_ids(diagnosis, course),
        )
    if command == RUN_PROBES or (scenario.probe and context.control is None):
        yield RunProbes()
    if not ticket.fields.get("scenario"):
        yield SetFields({"scenario": diagnosis.scenario})


def semantic_digest(
    runbook: Runbook, ticket: Ticket, diagnosis: Diagnosis, command: str | None = None
) -> str:
    """Return what a note says, as a hash: equal digests mean that there is nothing new to say.

    Wording, ages, versions of the bot and quotes never change it.
    """
    course = course_of(runbook, diagnosis, full=command == FULL_RUNBOOK)
    said = {
        "ticket": ticket.id,
        "scenario": diagnosis.scenario,
        "branch": diagnosis.branch,
        "advising": course.advising,
        "causes": sorted({look.cause for look in diagnosis.observations if look.verdict == "fail"}),
        "missing": diagnosis.missing,
        "values": sorted(
            {f"{item.id}.{key}={value}" for item in course.snippets for key, value in item.values}
        ),
        "command": command,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def actions_of(plan: Plan, course: Course) -> tuple[str, ...]:
    """Return the plan as the plain words of `licensing-bot classify`."""
    words: list[str] = []
    for action in plan:
        match action:
            case PostNote():
                words += ["note", *(f"snippet:{item.id}" for item in course.snippets)]
            case RunProbes():
                words.append("probe")
            case SetFields(values):
                words += [f"set:{key}" for key in values]
            case AddTags() | RemoveTags():
                pass
    return tuple(words)
