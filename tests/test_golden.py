"""Golden cases: a ticket in, the plan and the note as an agent reads it out."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bot.cli.ticket_file import ticket_of
from bot.manifests import load_manifests
from bot.runbook.choose import course_of
from bot.runbook.classify import classify
from bot.runbook.diagnosis import Diagnosis
from bot.runbook.html import to_html
from bot.runbook.note import BYTES, LINES, rendered_lines, write_note
from bot.runbook.observe import observe_ticket
from bot.runbook.plan import actions_of, make_plan
from bot.runbook.snippet import render
from bot.runbook.ticket import Ticket
from tests.factories import make_context

BOOK = load_manifests().runbook
FOLDER = Path(__file__).parent / "golden"
CASES = sorted(path.parent.name for path in FOLDER.glob("*/ticket.json"))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _rendered(markdown: str) -> str:
    reader = _Text()
    reader.feed(to_html(markdown))
    return "".join(reader.parts)


def _case(name: str) -> tuple[Ticket, Diagnosis]:
    ticket = ticket_of(json.loads((FOLDER / name / "ticket.json").read_text("utf-8")))
    return ticket, classify(BOOK, ticket, observe_ticket(ticket, BOOK))


def _plan(ticket: Ticket, diagnosis: Diagnosis) -> dict[str, Any]:
    course = course_of(BOOK, diagnosis)
    return {
        "scenario": diagnosis.scenario,
        "branch": diagnosis.branch,
        "confidence": diagnosis.confidence,
        "missing": diagnosis.missing,
        "findings": list(diagnosis.findings),
        "extracted": {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in diagnosis.extracted.items()
        },
        "signals": [reason.signal for reason in diagnosis.reasons],
        "alternatives": [item.scenario for item in diagnosis.alternatives],
        "actions": list(actions_of(make_plan(BOOK, ticket, diagnosis, make_context()), course)),
    }


@pytest.mark.parametrize("name", CASES)
def test_a_golden_case_is_planned_and_written_as_before(
    name: str, request: pytest.FixtureRequest
) -> None:
    ticket, diagnosis = _case(name)
    plan = json.dumps(_plan(ticket, diagnosis), ensure_ascii=False, indent=2) + "\n"
    note = write_note(BOOK, diagnosis, make_context())
    folder = FOLDER / name
    if request.config.getoption("--golden"):
        (folder / "plan.json").write_text(plan, "utf-8")
        (folder / "note.md").write_text(note, "utf-8")

    assert plan == (folder / "plan.json").read_text("utf-8")
    assert note == (folder / "note.md").read_text("utf-8")


@pytest.mark.parametrize("name", CASES)
def test_a_golden_case_is_the_scenario_that_its_folder_names(name: str) -> None:
    _, diagnosis = _case(name)

    assert name.startswith(f"{diagnosis.scenario}__")


@pytest.mark.parametrize("name", CASES)
def test_the_first_200_characters_hold_verdict_and_next_step(name: str) -> None:
    _, diagnosis = _case(name)
    course = course_of(BOOK, diagnosis)
    step = render(course.next, course.values)
    if course.question and not course.advising:
        step = render(course.question.text, course.values)

    start = _rendered(write_note(BOOK, diagnosis, make_context()))[:200]

    assert _rendered(course.headline).strip() in start
    assert _rendered(step).strip() in start


@pytest.mark.parametrize("name", CASES)
def test_a_default_note_has_at_most_40_lines_and_4_kb(name: str) -> None:
    _, diagnosis = _case(name)

    note = write_note(BOOK, diagnosis, make_context())

    assert rendered_lines(note) <= LINES
    assert len(note.encode()) <= BYTES


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("full", [False, True])
def test_no_template_and_no_script_survives_in_the_html(name: str, full: bool) -> None:  # noqa: FBT001
    _, diagnosis = _case(name)

    html = to_html(write_note(BOOK, diagnosis, make_context(), full=full))

    assert "{{" not in html
    assert "{%" not in html
    assert "<script" not in html
    assert len(html.encode()) <= 60_000


def test_every_scenario_and_every_branch_has_a_golden_case() -> None:
    found = {(d.scenario, d.branch) for _, d in map(_case, CASES)}

    wanted = {
        (scenario.id, branch.id if branch else None)
        for scenario in BOOK.scenarios.values()
        for branch in (scenario.branches or (None,))
    }
    assert wanted <= found


@pytest.mark.parametrize("name", CASES)
def test_a_license_is_removed_only_where_the_scenario_calls_for_it(name: str) -> None:
    _, diagnosis = _case(name)
    course = course_of(BOOK, diagnosis, full=True)

    removing = [item.id for item in course.snippets if re.search(r"\bdestroy\b", item.text)]

    allowed = diagnosis.branch in ("remove_cloud_license", "switch_and_reactivate")
    assert removing == (["license_destroy"] if allowed else [])
