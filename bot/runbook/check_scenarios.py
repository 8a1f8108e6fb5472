"""Do the scenarios name things that exist, and does each say everything an agent needs?"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from bot.evidence.observation import CAUSES
from bot.runbook.book import Branch, Runbook, Scenario, Signal, Step, Words
from bot.runbook.check_words import check_holes, check_patterns, check_range
from bot.runbook.reply import Told
from bot.runbook.ticket import FIELD_KEYS

#: With the ladder before them, the first 200 characters of a note hold headline and next step.
HEAD_LIMIT: Final = 120
#: Without the ladder they hold the headline and the question that comes first.
ASKING_LIMIT: Final = 160
EXTRACTED: Final = frozenset(
    {*FIELD_KEYS, "ip", "http_status", "dns_server", "proxy_host", "issuer", "email",
     "activation_code_present", "install"}
)  # fmt: skip


def check_scenarios(book: Runbook) -> Iterator[str]:
    """Yield every problem of every scenario."""
    for scenario in book.scenarios.values():
        where = f"scenarios/{scenario.id}.toml"
        yield from _sentences(where, scenario)
        yield from _lengths(where, scenario)
        yield from _texts(where, scenario)
        yield from _signals(book, where, scenario)
        for step in every_step(scenario):
            yield from _step(book, f"{where}: step {step.id}", step)


def every_step(scenario: Scenario) -> Iterator[Step]:
    """Return the scenario's steps and its branches'."""
    yield from scenario.steps
    for branch in scenario.branches:
        yield from branch.steps


def _sentences(where: str, scenario: Scenario) -> Iterator[str]:
    for key in ("headline", "next", "confirm", "refute", "wait"):
        if not getattr(scenario, key).strip():
            yield f"{where}: {key} is empty: an agent would read nothing"
    if not scenario.signals:
        yield f"{where}: signals: none, so it can never be recognised"
    if not scenario.steps and not all(branch.steps for branch in scenario.branches):
        yield f"{where}: steps: none"
    wishes = [branch.wish for branch in scenario.branches]
    if wishes and sorted(wishes) != ["no", "unknown", "yes"]:
        yield f"{where}: branches: one each for the wishes yes, no and unknown"


def _lengths(where: str, scenario: Scenario) -> Iterator[str]:
    told = scenario.told
    if told and len(told.headline) + len(told.next) > HEAD_LIMIT:
        yield f"{where}: told: headline and next take more than {HEAD_LIMIT} characters"
    entries: tuple[Scenario | Branch, ...] = (scenario, *scenario.branches)
    for entry in entries:
        if len(entry.headline) + len(entry.next) > HEAD_LIMIT:
            yield f"{where}: {entry.id}: headline and next take more than {HEAD_LIMIT} characters"
        for question in entry.questions:
            if len(entry.headline) + len(question.text) > ASKING_LIMIT:
                yield (
                    f"{where}: question {question.id}: it and the headline take more than"
                    f" {ASKING_LIMIT} characters"
                )
        if entry.reply and "en" not in entry.reply:
            yield f"{where}: reply of {entry.id} has no English text"


def _texts(where: str, scenario: Scenario) -> Iterator[str]:
    entries: tuple[Scenario | Branch, ...] = (scenario, *scenario.branches)
    for entry in entries:
        for key, text in (("next", entry.next), ("refute", entry.refute)):
            yield from check_holes(f"{where}: {entry.id}: {key}", text)
        for language, reply in entry.reply.items():
            yield from check_holes(f"{where}: {entry.id}: reply.{language}", reply.text)
        for question in entry.questions:
            yield from check_holes(f"{where}: question {question.id}", question.text)
    if scenario.told:
        yield from _told(f"{where}: told", scenario.told)
    for key, text in (("confirm", scenario.confirm), ("wait", scenario.wait)):
        yield from check_holes(f"{where}: {key}", text)


def _told(where: str, told: Told) -> Iterator[str]:
    for cause in told.causes:
        if cause not in CAUSES:
            yield f"{where}: causes: {cause!r} is no cause"
    if told.reply and "en" not in told.reply:
        yield f"{where}: reply has no English text"
    for text in (told.next, told.refute, *(reply.text for reply in told.reply.values())):
        yield from check_holes(where, text)


def _signals(book: Runbook, where: str, scenario: Scenario) -> Iterator[str]:
    seen: set[str] = set()
    for signal in (*scenario.signals, *scenario.vetoes):
        if signal.id in seen:
            yield f"{where}: signals: two have the id {signal.id!r}"
        seen.add(signal.id)
        yield from _signal_patterns(book, f"{where}: signal {signal.id}", signal)
        yield from _signal_names(f"{where}: signal {signal.id}", signal)


def _signal_patterns(book: Runbook, where: str, signal: Signal) -> Iterator[str]:
    yield from check_patterns(book, where, signal)
    for key in ("near", "also", "without"):
        for place, pattern in enumerate(getattr(signal, key)):
            for problem in check_patterns(book, where, Words(any=(pattern,))):
                yield problem.replace("any[0]", f"{key}[{place}]")
    for name, pattern in signal.fields.items():
        yield from check_patterns(book, f"{where}: fields.{name}", Words(any=(pattern,)))


def _signal_names(where: str, signal: Signal) -> Iterator[str]:
    for name in signal.fields:
        if name not in FIELD_KEYS:
            yield f"{where}: fields: {name!r} is no field; there are {', '.join(FIELD_KEYS)}"
    for cause in signal.causes:
        if not any(fnmatchcase(known, cause) for known in CAUSES):
            yield f"{where}: causes: {cause!r} is no cause"
    for value in signal.values:
        if value.partition("=")[0] not in EXTRACTED:
            yield f"{where}: values: {value!r} is nothing that is extracted"


def _step(book: Runbook, where: str, step: Step) -> Iterator[str]:
    for name in step.snippets:
        if name not in book.snippets:
            yield f"{where}: snippets: there is no snippets/{name}.md"
    for cause in step.causes:
        if cause not in CAUSES:
            yield f"{where}: causes: {cause!r} is no cause"
    known = {string.id for string in book.product_strings}
    for name in (*step.strings, *step.unless_strings):
        if name not in known:
            yield f"{where}: strings: {name!r} is not in product_strings.toml"
    yield from check_range(where, step.versions)
    yield from check_holes(where, step.text)
