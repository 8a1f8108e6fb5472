"""Tickets written by people who never saw the rules: how well does the runbook generalise?

Nobody tunes verdicts on held_out.jsonl (values missed in it were mended once); who does moves it
to the seen ones and writes a new one.
"""

import json
from pathlib import Path

import pytest

from bot.cli.ticket_file import ticket_of
from bot.manifests import load_manifests
from bot.runbook.choose import course_of
from bot.runbook.classify import classify
from bot.runbook.evaluate import Evaluation, Judged, evaluate
from bot.runbook.observe import observe_ticket

FOLDER = Path(__file__).parents[1] / "corpus"
BOOK = load_manifests().runbook


def judge(file: Path) -> Evaluation:
    judged = []
    for line in file.read_text("utf-8").splitlines():
        data = json.loads(line)
        ticket, expected = ticket_of(data), data["expected"]
        said = classify(BOOK, ticket, observe_ticket(ticket, BOOK))
        judged.append(
            Judged(
                id=ticket.id,
                expected=expected["scenario"],
                also_ok=frozenset(expected["also_ok"]),
                said=said.scenario,
                confidence=said.confidence,
                expected_branch=expected.get("branch"),
                said_branch=said.branch,
            )
        )
    return evaluate(judged)


@pytest.mark.parametrize(
    ("name", "at_least"), [("held_out", 0.90), ("a_seen", 0.96), ("b_seen", 0.96), ("c_seen", 0.90)]
)
def test_the_accuracy_holds(name: str, at_least: float) -> None:
    result = judge(FOLDER / f"{name}.jsonl")

    assert result.strict >= at_least * result.tickets, [one.id for one in result.wrong]


def test_certain_is_certain() -> None:
    verdicts, right = 0, 0
    for file in FOLDER.glob("*.jsonl"):
        count, good = judge(file).calibration["certain"]
        verdicts, right = verdicts + count, right + good

    assert right >= 0.99 * verdicts


def test_no_ticket_gets_a_forbidden_snippet() -> None:
    for file in FOLDER.glob("*.jsonl"):
        for line in file.read_text("utf-8").splitlines():
            data = json.loads(line)
            ticket = ticket_of(data)
            course = course_of(BOOK, classify(BOOK, ticket, observe_ticket(ticket, BOOK)))
            offered = {f"snippet:{item.id}" for item in course.snippets}

            assert not offered & set(data["expected"]["must_not"]), ticket.id
