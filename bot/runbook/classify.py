"""Which scenario is this ticket? Signals are added up; proven layers and agents' words win."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.evidence.assess import assess
from bot.evidence.observation import Assessment, Confidence, Layer, Observation
from bot.evidence.redact import redact
from bot.runbook.book import Branch, Question, Runbook, Scenario
from bot.runbook.consequence import excused_layers
from bot.runbook.diagnosis import Alternative, Diagnosis, Extracted, Reason
from bot.runbook.excuse import NETWORK, Excuses
from bot.runbook.extract import extract, values_of
from bot.runbook.extract_seen import with_seen
from bot.runbook.passages import passages
from bot.runbook.reading import Reading
from bot.runbook.signals import CompiledTrap, Fired, compiled, fire, newest_with_weight
from bot.runbook.standing import standing
from bot.runbook.ticket import Ticket
from bot.runbook.versions import is_of
from bot.runbook.wish import Wish, read_wish

OPTION_PREFIX: Final = "cl_scenario_"
_FLOOR: Final = 1.0
"""Below this nothing was recognised."""
_WEIGHTY: Final = 2.0
"""What accuses a layer of the network weighs so much; words of its topic do not."""
_NEAR: Final = 0.45
"""An alternative has at least this share of the winner's points."""


def classify(runbook: Runbook, ticket: Ticket, seen: Sequence[Observation] = ()) -> Diagnosis:
    """Return the verdict on one ticket. Pure: the same ticket gives the same verdict."""
    reading = read(runbook, ticket, seen)
    wish = read_wish(runbook, reading)
    reading.extracted = with_seen(extract(ticket, reading.passages, wish.text), reading.seen)
    fired = fire_all(runbook, reading)
    scores = {name: sum(item.points for item in items) for name, items in fired.items()}
    corrected = agents_correction(runbook, ticket)
    ranked = _ranked(runbook, reading, scores, fired)
    winner = corrected or ranked[0]
    scenario = runbook.scenarios[winner]
    branch = _branch(scenario, wish)
    diagnosis = Diagnosis(
        scenario=winner,
        branch=branch.id if branch else None,
        confidence="certain"
        if corrected
        else _confidence(
            runbook, winner, ranked, scores, fired, shown=_is_shown(scenario, reading.seen)
        ),
        reasons=_reasons(fired.get(winner, []), wish if branch else None, corrected),
        assessment=_assessment(reading.seen),
        alternatives=_alternatives(runbook, winner, ranked, scores),
        extracted=reading.extracted,
        observations=tuple(reading.seen),
        findings=_findings(runbook, reading, winner),
        corrected_by_agent=corrected is not None,
    )
    question = missing_question(
        scenario, branch, diagnosis, [item.signal.id for item in fired.get(winner, [])]
    )
    return replace(diagnosis, missing=question.id if question else None)


def read(runbook: Runbook, ticket: Ticket, seen: Sequence[Observation]) -> Reading:
    """Cut the ticket into passages and find its newest message of weight."""
    book = compiled(runbook)
    parts, seen = standing(passages(ticket), seen, book.words)
    excused = excused_layers(parts, seen, book.words)
    excuses = Excuses(book.words, excused=excused)
    seen, shown = excuses.sort(parts, seen)
    reading = Reading(ticket, parts, seen, shown=shown, excuses=excuses)
    reading.newest = newest_with_weight(runbook, reading)
    return reading


def fire_all(runbook: Runbook, reading: Reading) -> Mapping[str, list[Fired]]:
    """Return what fired, per scenario; a vetoed scenario is left out."""
    book = compiled(runbook)
    return {
        name: fire(runbook, reading, signals)
        for name, signals in book.signals.items()
        if not fire(runbook, reading, book.vetoes[name])
    }


def agents_correction(runbook: Runbook, ticket: Ticket) -> str | None:
    """Return the scenario that an agent chose, by field or by a macro's tag."""
    for value in (ticket.fields.get("scenario", ""), *ticket.tags):
        label = value.removeprefix(OPTION_PREFIX)
        if label in runbook.scenarios and (
            label != value or value == ticket.fields.get("scenario")
        ):
            return label
    return None


def _ranked(
    runbook: Runbook,
    reading: Reading,
    scores: Mapping[str, float],
    fired: Mapping[str, list[Fired]],
) -> list[str]:
    """Return the scenarios with points, best first; the fallback closes the list."""
    order = {name: place for place, name in enumerate(runbook.head.scenarios)}
    ranked = sorted(
        (
            name
            for name, points in scores.items()
            if points >= _FLOOR and _is_meant(runbook, reading, name, fired[name])
        ),
        key=lambda name: (-scores[name], order[name]),
    )
    for tie in runbook.head.ties:
        if tie.prefer in ranked and tie.over == ranked[0]:
            signals = {item.signal.id for item in fired[tie.prefer]}
            near = scores[tie.over] - scores[tie.prefer] <= tie.margin
            if near and (not tie.signals or signals & set(tie.signals)):
                ranked.remove(tie.prefer)
                ranked.insert(0, tie.prefer)
    return ranked or [runbook.head.fallback]


def _is_meant(runbook: Runbook, reading: Reading, name: str, fired: Sequence[Fired]) -> bool:
    """Is a layer of the network accused? Its vocabulary alone is so only beside a fault."""
    if runbook.scenarios[name].layer not in NETWORK or any(
        item.signal.weight >= _WEIGHTY and not item.signal.at_most for item in fired
    ):
        return True
    words = compiled(runbook).words
    return bool(reading.hits(words["broken"])) and not reading.hits(words["sync_topic"])


def _branch(scenario: Scenario, wish: Wish) -> Branch | None:
    answer = "unknown" if wish.answer == "contradiction" else wish.answer
    return next((branch for branch in scenario.branches if branch.wish == answer), None)


def _is_shown(scenario: Scenario, seen: Sequence[Observation]) -> bool:
    """A fault of a network layer is certain only when output shows it; words may repeat a guess."""
    if scenario.layer not in ("dns", "ip", "tcp", "tls"):
        return True
    return any(look.verdict in ("fail", "warn") for look in seen)


def _confidence(
    runbook: Runbook,
    winner: str,
    ranked: Sequence[str],
    scores: Mapping[str, float],
    fired: Mapping[str, list[Fired]],
    *,
    shown: bool,
) -> Confidence:
    """Weigh the winner. `certain` must be right 99 times in 100, or it is not called certain."""
    scenario, points = runbook.scenarios[winner], scores.get(winner, 0.0)
    ahead = points - max((scores[name] for name in ranked if name != winner), default=0.0)
    proven = any(item.signal.proves and item.strength > 0.8 for item in fired.get(winner, []))  # noqa: PLR2004
    firm = sum(item.points for item in fired.get(winner, []) if not item.signal.at_most)
    clear = ahead >= max(runbook.head.corroborate, points * runbook.head.clear_of_others)
    if proven and firm >= scenario.certain and clear and shown:
        return "certain"
    return "likely" if points >= scenario.likely and ahead >= 1.0 else "unclear"


def _reasons(
    fired: Sequence[Fired], wish: Wish | None, corrected: str | None
) -> tuple[Reason, ...]:
    ranked = sorted(fired, key=lambda item: (item.signal.at_most > 0, -abs(item.points)))
    reasons = [item.reason for item in ranked]
    if wish:
        reasons[1:1] = wish.reasons
    if corrected:
        reasons.insert(0, Reason("agent_correction", 0.0, corrected, "field scenario"))
    return tuple(map(_safe, reasons))


def _assessment(seen: Sequence[Observation]) -> Assessment | None:
    return assess(seen) if seen else None


def _alternatives(
    runbook: Runbook, winner: str, ranked: Sequence[str], scores: Mapping[str, float]
) -> tuple[Alternative, ...]:
    floor = max(_FLOOR, scores.get(winner, 0.0) * _NEAR)
    return tuple(
        Alternative(name, round(scores[name], 2), runbook.scenarios[name].confirm)
        for name in ranked
        if name != winner and scores.get(name, 0.0) >= floor
    )[:3]


def _findings(runbook: Runbook, reading: Reading, winner: str) -> tuple[str, ...]:
    """Return causes that were seen failing, then the product's traps that the text shows."""
    traps = [
        trap.id for trap in compiled(runbook).traps if _applies(runbook, reading, trap, winner)
    ]
    said = {name for trap in traps for name in runbook.traps[trap].instead_of}
    layer = runbook.scenarios[winner].layer
    versions = values_of(reading.extracted, "version")
    seen = [
        _finding_of(runbook, look, versions)
        for look in reading.seen
        if look.verdict in ("fail", "warn") and _belongs(look.layer, layer)
    ]
    return tuple(dict.fromkeys(traps + [name for name in seen if name not in said]))


def _applies(runbook: Runbook, reading: Reading, trap: CompiledTrap, winner: str) -> bool:
    entry = runbook.traps[trap.id]
    causes = {look.cause for look in reading.seen if look.verdict in ("fail", "warn")}
    return (
        (not entry.scenarios or winner in entry.scenarios)
        and (not entry.causes or bool(set(entry.causes) & causes))
        and all(reading.hits(matcher) for matcher in trap.match)
        and not any(reading.hits(matcher) for matcher in trap.without)
    )


def _finding_of(runbook: Runbook, look: Observation, versions: Sequence[str]) -> str:
    """Return the product string's own meaning where this version means it, else the cause."""
    string = str(look.facts.get("product_string", ""))
    meaning = runbook.meanings.get(string)
    meant = meaning is not None and is_of(meaning.since, meaning.until, versions)
    return string if meant else look.cause


def _belongs(seen: Layer, scenario: Layer | None) -> bool:
    """Does a cause of this layer explain the scenario? Others would only lead astray."""
    return scenario is None or seen == scenario or (seen == "ip" and scenario == "tcp")


def missing_question(
    scenario: Scenario, branch: Branch | None, diagnosis: Diagnosis, signals: Sequence[str]
) -> Question | None:
    """Return the next smallest question, None when nothing is missing."""
    causes = {look.cause for look in diagnosis.observations}
    questions = (branch.questions if branch else ()) + scenario.questions
    for question in questions:
        known = any(_known(diagnosis.extracted, key) for key in question.unless_values)
        shown = any(
            re.fullmatch(wanted.replace("*", ".*"), c)
            for wanted in question.unless_causes
            for c in causes
        )
        if not (known or shown or set(question.unless_signals) & set(signals)):
            return question
    return None


def _known(extracted: Extracted, key: str) -> bool:
    return bool(extracted.get(key))


def explain_ticket(
    runbook: Runbook, ticket: Ticket, seen: Sequence[Observation] = ()
) -> list[tuple[str, Fired]]:
    """Return every signal that fired, redacted, the strongest scenarios first."""
    reading = read(runbook, ticket, seen)
    wish = read_wish(runbook, reading)
    reading.extracted = with_seen(extract(ticket, reading.passages, wish.text), reading.seen)
    fired = fire_all(runbook, reading)
    ranked = sorted(fired, key=lambda name: -sum(item.points for item in fired[name]))
    return [
        (name, replace(item, reason=_safe(item.reason)))
        for name in ranked
        for item in sorted(fired[name], key=lambda item: -item.points)
    ]


def _safe(reason: Reason) -> Reason:
    return replace(reason, quote=redact(reason.quote).text[:200])
