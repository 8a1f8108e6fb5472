"""Which steps, snippets and questions does a diagnosis call for?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.runbook.book import Branch, Question, Runbook, Scenario, Step
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.extract import values_of
from bot.runbook.reply import Reply, Told
from bot.runbook.snippet import Offered, frame_values, offer
from bot.runbook.versions import in_range

#: As many snippets as fit into a note that is read at two in the morning.
_SHORT: Final = 3


@dataclass(frozen=True, slots=True)
class Course:
    """What the runbook says for one diagnosis."""

    scenario: Scenario
    branch: Branch | None
    headline: str
    next: str
    steps: tuple[Step, ...]
    snippets: tuple[Offered, ...]
    question: Question | None
    reply: Reply | None
    refute: str
    values: dict[str, str]
    advising: bool
    """False when the note may only ask, because too little is known."""


def course_of(runbook: Runbook, diagnosis: Diagnosis, *, full: bool = False) -> Course:
    """Choose what the note will say: below `likely` it asks instead of advising."""
    scenario = runbook.scenarios[diagnosis.scenario]
    branch = next((b for b in scenario.branches if b.id == diagnosis.branch), None)
    values = frame_values(runbook, diagnosis.extracted)
    told = told_by(scenario, diagnosis)
    entry = branch or told or scenario
    question = _question(scenario, branch, diagnosis.missing)
    advising = diagnosis.confidence != "unclear" and not (question and question.blocks)
    steps = _steps(scenario, branch, diagnosis, full=full)
    wanted = [name for step in steps for name in step.snippets if advising or _is_harmless(step)]
    snippets = offer(runbook, diagnosis.extracted, wanted, values)
    return Course(
        scenario=scenario,
        branch=branch,
        headline=entry.headline,
        next=entry.next,
        steps=steps,
        snippets=snippets if full else snippets[:_SHORT],
        question=question,
        reply=_reply(entry.reply or scenario.reply, values_of(diagnosis.extracted, "language")),
        refute=entry.refute or scenario.refute,
        values=values,
        advising=advising,
    )


def told_by(scenario: Scenario, diagnosis: Diagnosis) -> Told | None:
    """Return what is said once the product's own answer has been seen."""
    failed = {look.cause for look in diagnosis.observations if look.verdict == "fail"}
    told = scenario.told
    return told if told and failed & set(told.causes) else None


def _is_harmless(step: Step) -> bool:
    return step.effect == "safe" and step.who != "portal admin"


def _question(scenario: Scenario, branch: Branch | None, missing: str | None) -> Question | None:
    questions = (branch.questions if branch else ()) + scenario.questions
    return next((question for question in questions if question.id == missing), None)


def _steps(
    scenario: Scenario, branch: Branch | None, diagnosis: Diagnosis, *, full: bool
) -> tuple[Step, ...]:
    causes = {look.cause for look in diagnosis.observations}
    told = told_by(scenario, diagnosis) is not None
    steps = branch.steps if branch and branch.steps else scenario.steps
    return tuple(
        step
        for step in steps
        if _applies(step, diagnosis, causes, full=full)
        and (full or not (told and step.unless_told))
    )


def _applies(step: Step, diagnosis: Diagnosis, causes: set[str], *, full: bool) -> bool:
    found = diagnosis.extracted
    if step.full_only and not full:
        return False
    if not full and not _is_called_for(step, diagnosis, causes):
        return False
    said = {str(look.facts.get("product_string", "")) for look in diagnosis.observations}
    if (step.strings and not said & set(step.strings)) or said & set(step.unless_strings):
        return False
    if any(not values_of(found, key) for key in step.needs):
        return False
    if step.lacks and all(values_of(found, key) for key in step.lacks):
        return False
    return in_range(step.versions, values_of(found, "version")) is not False


def _is_called_for(step: Step, diagnosis: Diagnosis, causes: set[str]) -> bool:
    """Was one of the step's causes seen, or did one of its signals fire?"""
    if not step.causes and not step.signals:
        return True
    fired = {reason.signal for reason in diagnosis.reasons}
    return bool(causes & set(step.causes) or fired & set(step.signals))


def _reply(replies: Mapping[str, Reply], languages: Sequence[str]) -> Reply | None:
    """Return the reply in the requester's language when somebody has reviewed it, else English."""
    own = next((replies[name] for name in languages if name in replies), None)
    return own if own is not None and own.reviewed_by else replies.get("en")
