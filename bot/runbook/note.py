"""The internal note as Markdown: verdict first, then why, what to do, and what to copy."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.evidence.observation import Observation
from bot.evidence.redact import redact
from bot.runbook.book import Runbook
from bot.runbook.cautions import NoteCaution, caution_lines, damage_line
from bot.runbook.check_snippets import FORBIDDEN
from bot.runbook.choose import Course, course_of
from bot.runbook.control import control_line, in_trouble
from bot.runbook.diagnosis import Diagnosis, Reason
from bot.runbook.extract import values_of
from bot.runbook.ladder import ladder
from bot.runbook.merge import Merged, merge
from bot.runbook.morning import morning
from bot.runbook.snippet import Offered, render

#: A default note is read at two in the morning.
LINES: Final = 40
BYTES: Final = 4_000
QUOTES: Final = 5
_SHORT_QUOTES: Final = 3
#: A quote that shares more of its words than this with another one says nothing new.
_SAME: Final = 0.6
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]<>#|~!])")


@dataclass(frozen=True, slots=True)
class NoteContext:
    """What a note needs besides the ticket: who writes it, when, and what our own probe saw."""

    version: str
    revision: str
    marker: str
    now: datetime
    control: Observation | None = None
    """The headline of our own look at the portal, when there is a recent one."""
    changed: str = ""
    """What is new since the last note on this ticket, in words of ours."""
    trouble: tuple[str, ...] = ()
    """Vantages of ours that fail, when so many do that it is the portal's trouble."""
    alike: tuple[int, ...] = ()
    """Other tickets that lately had the same network cause."""
    cautions: tuple[NoteCaution, ...] = ()
    """About the ticket's files; a live session first."""


def write_note(
    runbook: Runbook, diagnosis: Diagnosis, context: NoteContext, *, full: bool = False
) -> str:
    """Return the note's Markdown; without `full` at most 40 rendered lines and 4 kB."""
    course = course_of(runbook, diagnosis, full=full)
    if context.trouble and course.scenario.probe:
        course = in_trouble(runbook, course)
    if full:
        return _compose(runbook, diagnosis, context, course, _Size(QUOTES, 99, full=True))
    text = ""
    for size in _SIZES:
        text = _compose(runbook, diagnosis, context, course, size)
        if fits_short(text):
            break
    return text


@dataclass(frozen=True, slots=True)
class _Size:
    quotes: int
    snippets: int
    full: bool = False
    reply: bool = True
    probes: bool = True
    """False when the sources' common verdict has told our own look."""


#: What is left out first when a note grows too long.
_SIZES: Final = (
    _Size(QUOTES, 3), _Size(_SHORT_QUOTES, 2), _Size(_SHORT_QUOTES, 1), _Size(2, 1),
    _Size(1, 1, reply=False), _Size(1, 0, reply=False),
)  # fmt: skip


def fits_short(text: str) -> bool:
    """Is this a default note: at most 40 lines as rendered, and 4 kB?"""
    return rendered_lines(text) <= LINES and len(text.encode()) <= BYTES


def rendered_lines(markdown: str) -> int:
    """Count lines as an agent sees them: blank ones and fence marks are no lines."""
    return sum(1 for line in markdown.splitlines() if line.strip() and not line.startswith("```"))


def _compose(
    book: Runbook, diagnosis: Diagnosis, context: NoteContext, course: Course, size: _Size
) -> str:
    troubled = bool(context.trouble) and course.scenario.probe
    merged = Merged() if troubled else merge(book, diagnosis, context.control, context.now)
    size = replace(size, probes=not (troubled or merged.ours_told))
    left = tuple(name for name in diagnosis.findings if name not in merged.told)
    diagnosis = replace(diagnosis, findings=left)
    blocks = [
        _head(book, diagnosis, course, context, merged),
        caution_lines(book, context.cautions),
        damage_line(book, diagnosis.observations),
        _why(book, diagnosis, context, size),
        "" if troubled else _findings(book, diagnosis, size),
        _steps(book, course),
        *_snippets(book, course, size),
        _reply(book, course) if size.reply else "",
        _tail(book, diagnosis, course, context, size),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(
    book: Runbook, diagnosis: Diagnosis, course: Course, context: NoteContext, merged: Merged
) -> str:
    words = book.head.note
    sure = words["corrected"] if diagnosis.corrected_by_agent else words[diagnosis.confidence]
    rungs = escape(redact(ladder(diagnosis.observations)).text)
    question = render(course.question.text, course.values) if course.question else ""
    next_step = render(course.next, course.values)
    if question and not course.advising:
        next_step = f"{words['ask_first']}: {question}"
    verdict = f"**{course.headline}** ({sure}). **{words['next']}:** {next_step}"
    lines = [verdict, *merged.lines]
    if rungs:  # an agent sees verdict and next step in the first 200 characters
        lines.insert(0 if course.advising else 1, rungs)
    if context.trouble and course.scenario.probe:
        lines.remove(verdict)
        lines.append(f"**{course.headline}** ({sure}).")
        lines.insert(0, f"**{_control(book, context)}** **{words['next']}:** {next_step}")
    if context.changed:
        lines.append(context.changed)
    if question and course.advising:
        lines.append(f"**{words['ask_first']}:** {question}")
    return "\n".join(lines)


def _why(book: Runbook, diagnosis: Diagnosis, context: NoteContext, size: _Size) -> str:
    quotes = quotes_of(diagnosis, size.quotes)
    if not quotes:
        return ""
    lines = [
        f"- “{escape(reason.quote)}” ({escape(reason.source)}{_age(reason.at, context.now)})"
        for reason in quotes
    ]
    return "\n".join([f"**{book.head.note['why']}**", *lines])


def quotes_of(diagnosis: Diagnosis, most: int) -> tuple[Reason, ...]:
    """Return the reasons that are worth quoting, without repeats."""
    reasons = [reason for reason in diagnosis.reasons if reason.weight >= 0 and _quotable(reason)]
    return tuple(_distinct(reasons))[:most]


def _quotable(reason: Reason) -> bool:
    """A dangerous command in a customer's words is not repeated, not even as a quote."""
    return bool(reason.quote) and not FORBIDDEN.search(reason.quote)


def _distinct(reasons: Sequence[Reason]) -> Iterator[Reason]:
    """Leave out quotes that mostly repeat another one."""
    seen: list[set[str]] = []
    for reason in reasons:
        words = set(re.findall(r"\w{3,}", reason.quote)) or {reason.quote}
        if not any(len(words & other) > len(words) * _SAME for other in seen):
            seen.append(words)
            yield reason


def _findings(book: Runbook, diagnosis: Diagnosis, size: _Size) -> str:
    lines = []
    for name in diagnosis.findings[: 6 if size.full else 2]:
        entry = book.traps.get(name) or book.findings.get(name) or book.findings["unclear"]
        lines.append(f"- {entry.says} {entry.do}".rstrip())
    return "\n".join([f"**{book.head.note['findings']}**", *lines]) if lines else ""


def _steps(book: Runbook, course: Course) -> str:
    if not course.advising and not any(step.effect == "safe" for step in course.steps):
        return ""
    steps = [step for step in course.steps if course.advising or step.effect == "safe"]
    lines = [
        f"{place}. {render(step.text, course.values)} *({step.who}, {step.effect})*"
        for place, step in enumerate(steps, 1)
    ]
    return "\n".join([f"**{book.head.note['do_next']}**", *lines]) if lines else ""


def _snippets(book: Runbook, course: Course, size: _Size) -> Iterator[str]:
    for item in course.snippets[: size.snippets]:
        yield _snippet(book, item)


def _snippet(book: Runbook, item: Offered) -> str:
    doubt = f" ({book.head.note['version_unknown']})" if item.unsure else ""
    fence = "```" if "```" not in item.text else "````"
    return f"**{item.title}**{doubt}\n{fence}{item.language}\n{item.text}\n{fence}"


def _reply(book: Runbook, course: Course) -> str:
    if course.reply is None:
        return ""
    text = render(course.reply.text, course.values).strip()
    quoted = "\n".join(f"> {line}".rstrip() for line in text.splitlines() if line.strip())
    return f"**{book.head.note['ask_customer']}**\n{quoted}"


def _tail(
    book: Runbook, diagnosis: Diagnosis, course: Course, context: NoteContext, size: _Size
) -> str:
    words = book.head.note
    lines = [
        f"**{words['refute']}:** {render(course.refute, course.values)}",
        f"**{words['wait']}** {morning(book, diagnosis, course, context.now.date())}",
    ]
    if size.probes and (course.scenario.probe or context.control is not None):
        lines.insert(0, f"**{words['probes']}:** {_control(book, context)}")
    if context.alike:
        numbers = ", ".join(f"#{number}" for number in context.alike)
        lines.append(f"**{words['alike']}:** {numbers}")
    if diagnosis.alternatives:
        others = "; ".join(
            f"{a.scenario} ({render(a.confirm, course.values)})" for a in diagnosis.alternatives
        )
        lines.append(f"**{words['also']}:** {others}")
    if size.full:
        lines += _policy(book, diagnosis)
    rules = ", ".join(rule_ids(diagnosis, course)) or "-"
    values = {
        "version": context.version,
        "revision": context.revision,
        "rules": rules,
        "marker": context.marker,
    }
    more = "" if size.full else f" {words['more']}."
    lines.append(f"*{render(words['footer'], values)}. {words['other_scenario']}{more}*")
    return "\n".join(lines)


def _policy(book: Runbook, diagnosis: Diagnosis) -> list[str]:
    policy, words = book.head.policy, book.head.note
    lines = []
    if diagnosis.scenario in ("opted_in_by_bug", "switch_subscription"):
        rules = (policy.default, policy.exemption, policy.by_version, policy.no_tick)
        lines.append(f"**{words['policy']}:** {' '.join(rules)}")
        lines.append(f"**{words['missing_facts']}:** {'; '.join(policy.missing)}")
    if sub_type := book.head.sub_types.get(diagnosis.scenario):
        lines.append(f"**{words['sub_type']}:** {sub_type}{_other_sub_type(diagnosis, sub_type)}")
    links = " · ".join(f"[{link.title}]({link.url})" for link in book.head.links.values())
    return [*lines, f"**{words['links']}:** {links}"]


def _other_sub_type(diagnosis: Diagnosis, ours: str) -> str:
    """Name the sub-type that the support form holds, where it is another one."""
    theirs = next(iter(values_of(diagnosis.extracted, "sub_type")), "")
    return f" ({escape(redact(theirs).text)} ?)" if theirs and theirs != ours else ""


def _control(book: Runbook, context: NoteContext) -> str:
    return control_line(book, context.control, context.trouble, context.now)


def rule_ids(diagnosis: Diagnosis, course: Course) -> tuple[str, ...]:
    """Return the signals and snippets that made the note."""
    signals = [reason.signal for reason in diagnosis.reasons if reason.weight >= 0][:6]
    return tuple(dict.fromkeys([*signals, *(item.id for item in course.snippets)]))


def _age(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    minutes = max(0, int((now - at).total_seconds() // 60))
    if minutes < 60:  # noqa: PLR2004  minutes, hours, days
        return f", {minutes} min ago"
    return f", {minutes // 60} h ago" if minutes < 2880 else f", {minutes // 1440} d ago"  # noqa: PLR2004


def escape(text: str) -> str:
    """Take every meaning in Markdown from words that are not ours."""
    return _MARKDOWN.sub(r"\\\1", text)
