"""What would the bot have said on tickets of the past? Reads only; nothing is written anywhere."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.pipeline.attached import Attached, no_attachments
from bot.pipeline.decide import decide
from bot.runbook import speak
from bot.runbook.book import Runbook
from bot.runbook.note import NoteContext
from bot.runbook.plan import PostNote, make_plan
from bot.runbook.ticket import Ticket
from bot.zendesk.errors import NotFound, ZendeskError


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One ticket, seen as it was when it came in."""

    ticket_id: int
    scenario: str
    branch: str | None
    confidence: str
    silence: str | None
    """Why there would have been no note; None when there would have been one."""
    markdown: str
    agents_scenario: str = ""
    """What an agent chose in the scenario field since; empty when nobody did."""
    agents_sub_type: str = ""
    """The support form's sub-type as the agents left it."""
    our_sub_type: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Figures over all tickets that were looked at."""

    looked_at: int
    noted: int
    silent: dict[str, int]
    scenarios: dict[str, int]
    compared: int
    """Tickets with an agent's own word to compare with."""
    agreed: int
    unreadable: int
    tickets: tuple[Rehearsed, ...]


def rehearse(
    tickets: Iterable[int],
    read: Callable[[int], Ticket],
    book: Runbook,
    context: NoteContext,
    files: Callable[[Ticket], Attached] = no_attachments,
) -> Rehearsal:
    """Look at each ticket as on its first day: without the replies, before anybody decided.

    `files` reads those of the first message.
    """
    seen: list[Rehearsed] = []
    unreadable = 0
    for ticket_id in tickets:
        try:
            seen.append(_look(read(ticket_id), book, context, files))
        except NotFound:
            unreadable += 1
        except ZendeskError as error:
            if not error.retry_safe:
                raise
            unreadable += 1
    compared = [one for one in seen if one.agents_scenario or one.agents_sub_type]
    return Rehearsal(
        looked_at=len(seen),
        noted=sum(one.silence is None for one in seen),
        silent=dict(Counter(one.silence for one in seen if one.silence).most_common()),
        scenarios=dict(Counter(one.scenario for one in seen).most_common()),
        compared=len(compared),
        agreed=sum(_agrees(one) for one in compared),
        unreadable=unreadable,
        tickets=tuple(seen),
    )


def _look(
    ticket: Ticket, book: Runbook, context: NoteContext, files: Callable[[Ticket], Attached]
) -> Rehearsed:
    fields = {k: v for k, v in ticket.fields.items() if k not in ("scenario", "sub_type")}
    tags = tuple(tag for tag in ticket.tags if not tag.startswith("cl_"))
    first = replace(ticket, fields=fields, tags=tags, comments=(), status="new")
    decision = decide(book, first, (), files(first))
    context = replace(context, cautions=decision.files.cautions)
    began = ticket.created_at or datetime.now(UTC)
    silence = speak.decide(
        first,
        speak.Occasion(
            now=began,
            event_at=began,
            mode="on",
            watermark=datetime.min.replace(tzinfo=UTC),
            scenario=decision.diagnosis.scenario,
            digest=decision.digest,
        ),
        book.speak,
    )
    plan = make_plan(book, first, decision.diagnosis, context)
    note = next((action for action in plan if isinstance(action, PostNote)), None)
    return Rehearsed(
        ticket_id=int(ticket.id),
        scenario=decision.diagnosis.scenario,
        branch=decision.diagnosis.branch,
        confidence=decision.diagnosis.confidence,
        silence=silence if isinstance(silence, str) else None,
        markdown=note.markdown if note else "",
        agents_scenario=ticket.fields.get("scenario", ""),
        agents_sub_type=ticket.fields.get("sub_type", ""),
        our_sub_type=book.head.sub_types.get(decision.diagnosis.scenario, ""),
    )


def _agrees(one: Rehearsed) -> bool:
    if one.agents_scenario:
        return one.agents_scenario == one.scenario
    return one.agents_sub_type.casefold() == one.our_sub_type.casefold()
