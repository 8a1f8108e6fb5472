"""What the sidebar shows of a decision: everything that needs the manifests, made by the worker.

The web process hands it out as it is kept, so that an agent is answered without a runbook.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from bot.runbook.book import Runbook, Step
from bot.runbook.choose import Course, course_of
from bot.runbook.control import control_line, in_trouble
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.html import to_html
from bot.runbook.ladder import Rung, rungs
from bot.runbook.morning import morning
from bot.runbook.note import QUOTES, NoteContext, quotes_of
from bot.runbook.snippet import Offered, known, render
from bot.runbook.view_changes import Before, Facts, changes_of
from bot.runbook.view_evidence import (
    LiveFile,
    LiveSession,
    Shown,
    live_session_of,
    shown_evidence,
)


@dataclass(frozen=True, slots=True)
class ViewVerdict:
    """The answer, first."""

    scenario: str
    name: str
    branch: str | None
    confidence: str
    confidence_words: str
    headline: str
    next: str
    trouble: str
    """The portal itself is in trouble: this goes before everything else; empty when it is not."""
    ladder: tuple[Rung, ...]
    corrected_by_agent: bool
    refute: str
    morning: str


@dataclass(frozen=True, slots=True)
class Quote:
    """One piece of evidence, redacted."""

    quote: str
    source: str
    at: str | None


@dataclass(frozen=True, slots=True)
class ViewStep:
    """One step of the checklist."""

    id: str
    """Stays the same while its file does, so that a tick stays with it."""
    text: str
    html: str
    who: str
    effect: str
    snippets: tuple[str, ...]
    more: bool
    """Only the full runbook has it."""


@dataclass(frozen=True, slots=True)
class ViewSnippet:
    """Text to copy, filled in for this ticket."""

    id: str
    title: str
    language: str
    text: str
    missing: tuple[str, ...]
    """What the ticket does not say; it stands visibly in the text."""
    unsure: bool
    """It fits only some versions, and the version is not known."""
    guarded: bool
    """It does something that cannot be undone, and asks before it does."""


@dataclass(frozen=True, slots=True)
class ViewReply:
    """The ready reply to the customer."""

    text: str
    html: str
    locale: str


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A page with the ids filled in."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class View:
    """One decision as the sidebar shows it."""

    verdict: ViewVerdict
    why: tuple[Quote, ...]
    changed: tuple[str, ...]
    """Against the last decision that said something else."""
    silence: str
    """Why nothing was posted, in words; empty when a note was."""
    note_html: str
    steps: tuple[ViewStep, ...]
    snippets: tuple[ViewSnippet, ...]
    reply: ViewReply | None
    missing: str
    links: tuple[ViewLink, ...]
    evidence: tuple[Shown, ...]
    live_session: LiveSession | None
    scenarios: tuple[tuple[str, str], ...]
    """Id and name of all that an agent may choose."""
    facts: Facts
    """For the comparison with the next decision."""


#: Link words in runbook.toml, the value each needs, and the path of the portal it leads to.
_LINKS: Final = (
    ("view_link_license", "license_id", "[[ portal_url ]]{license}[[ license_id ]]"),
    ("view_link_customer", "customer_id", "[[ portal_url ]]{customer}[[ customer_id ]]"),
    ("view_link_zuora", "customer_id", "[[ zuora_url ]]"),
)


def view_of(
    book: Runbook,
    diagnosis: Diagnosis,
    context: NoteContext,
    *,
    note_html: str = "",
    silence: str = "",
    files: tuple[LiveFile, ...] = (),
    before: Before | None = None,
) -> View:
    """Return what the sidebar shows; `before` is the last decision that said something else."""
    short, full = (_course(book, diagnosis, context, full=full) for full in (False, True))
    facts = _facts(diagnosis, context)
    question = render(full.question.text, full.values) if full.question else ""
    return View(
        verdict=_verdict(book, diagnosis, context, full, question),
        why=tuple(_why(diagnosis)),
        changed=changes_of(book, before, facts, question),
        silence=book.head.note.get(f"view_silent_{silence}", silence) if silence else "",
        note_html=note_html,
        steps=tuple(_steps(short, full)),
        snippets=tuple(_snippet(book, full, item) for item in full.snippets),
        reply=_reply(full),
        missing=question,
        links=tuple(_links(book, diagnosis, full)),
        evidence=shown_evidence(book, diagnosis.observations),
        live_session=live_session_of(book, files),
        scenarios=tuple((one.id, one.name) for one in book.scenarios.values()),
        facts=facts,
    )


def _course(book: Runbook, diagnosis: Diagnosis, context: NoteContext, *, full: bool) -> Course:
    course = course_of(book, diagnosis, full=full)
    return in_trouble(book, course) if context.trouble and course.scenario.probe else course


def _verdict(
    book: Runbook, diagnosis: Diagnosis, context: NoteContext, course: Course, question: str
) -> ViewVerdict:
    words, name = book.head.note, diagnosis.confidence
    troubled = bool(context.trouble) and course.scenario.probe
    asks_first = bool(question) and not course.advising
    return ViewVerdict(
        scenario=diagnosis.scenario,
        name=course.scenario.name,
        branch=diagnosis.branch,
        confidence=name,
        confidence_words=words["corrected" if diagnosis.corrected_by_agent else name],
        headline=_words(course.headline),
        next=f"{words['ask_first']}: {question}"
        if asks_first
        else _words(render(course.next, course.values)),
        trouble=control_line(book, context.control, context.trouble, context.now)
        if troubled
        else "",
        ladder=rungs(diagnosis.observations),
        corrected_by_agent=diagnosis.corrected_by_agent,
        refute=_words(render(course.refute, course.values)),
        morning=_words(morning(book, diagnosis, course, context.now.date())),
    )


def _words(markdown: str) -> str:
    """Markdown's marks would stand there as they are."""
    return markdown.replace("`", "").replace("**", "")


def _why(diagnosis: Diagnosis) -> Iterator[Quote]:
    for reason in quotes_of(diagnosis, QUOTES):
        yield Quote(reason.quote, reason.source, reason.at.isoformat() if reason.at else None)


def _steps(short: Course, full: Course) -> Iterator[ViewStep]:
    """Below `likely` only what is safe: the note asks then instead of advising."""
    branch = full.branch.id if full.branch and full.branch.steps else ""
    in_short = {step.id for step in short.steps}
    offered = {item.id for item in full.snippets}
    for step in full.steps:
        if full.advising or step.effect == "safe":
            yield _step(step, full, offered, branch, more=step.id not in in_short)


def _step(step: Step, course: Course, offered: set[str], branch: str, *, more: bool) -> ViewStep:
    text = render(step.text, course.values)
    return ViewStep(
        id=".".join(part for part in (course.scenario.id, branch, step.id) if part),
        text=text,
        html=_html(text),
        who=step.who,
        effect=step.effect,
        snippets=tuple(name for name in step.snippets if name in offered),
        more=more,
    )


@lru_cache(maxsize=1024)
def _html(text: str) -> str:
    """Most steps read the same on every ticket."""
    return to_html(text)


def _snippet(book: Runbook, course: Course, item: Offered) -> ViewSnippet:
    filled = {key for key, _ in item.values}
    holes = book.snippets[item.id].head.holes
    return ViewSnippet(
        id=item.id,
        title=item.title,
        language=item.language,
        text=item.text,
        missing=tuple(name for name in holes if name not in filled),
        unsure=item.unsure,
        guarded=any(
            step.effect == "irreversible" and item.id in step.snippets for step in course.steps
        ),
    )


def _reply(course: Course) -> ViewReply | None:
    if course.reply is None:
        return None
    replies: Mapping[str, object] = (
        course.branch.reply if course.branch and course.branch.reply else course.scenario.reply
    )
    text = render(course.reply.text, course.values).strip()
    locale = next((name for name, reply in replies.items() if reply is course.reply), "en")
    return ViewReply(text, to_html(text), locale)


def _links(book: Runbook, diagnosis: Diagnosis, course: Course) -> Iterator[ViewLink]:
    """Only with an id that the ticket names: a link with a hole leads nowhere."""
    for name, key, address in _LINKS:
        if known(diagnosis.extracted, key, "digits"):
            title = render(book.head.note[name], course.values)
            yield ViewLink(title, render(_with_paths(book, address), course.values))
    if diagnosis.scenario == "graphql_activation" and known(
        diagnosis.extracted, "instance_url", "url"
    ):
        yield ViewLink(book.head.note["view_link_explorer"], course.values["explorer_url"])


def _with_paths(book: Runbook, address: str) -> str:
    paths = book.head.paths
    return address.replace("{license}", paths["license"]).replace("{customer}", paths["customer"])


def _facts(diagnosis: Diagnosis, context: NoteContext) -> Facts:
    fails = {look.cause for look in diagnosis.observations if look.verdict == "fail"}
    return Facts(
        scenario=diagnosis.scenario,
        branch=diagnosis.branch or "",
        confidence=diagnosis.confidence,
        causes=tuple(sorted(fails)),
        missing=diagnosis.missing or "",
        known=tuple(sorted(key for key, value in diagnosis.extracted.items() if value)),
        trouble=bool(context.trouble),
    )
