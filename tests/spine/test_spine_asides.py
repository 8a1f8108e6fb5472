"""Single lines on real processes: a failed command is told, a wrong note is taken back, once."""

import json
import re
import subprocess
import sys

import httpx
import pytest

from scripts.spine import Spine, wait_for

PATIENCE = 120.0
pytestmark = pytest.mark.slow


def run(body: Spine, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        env=body.env,
        cwd=body.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def comments(body: Spine, ticket: int) -> list[tuple[bool, str]]:
    answer = httpx.get(
        f"{body.sandbox.url}/api/v2/tickets/{ticket}/comments",
        headers={"authorization": f"Bearer {body.sandbox.token}"},
        timeout=30,
    )
    return [(one["public"], one["html_body"]) for one in answer.json()["comments"]]


def change(body: Spine, ticket: int, **values: object) -> None:
    httpx.put(
        f"{body.sandbox.url}/api/v2/tickets/{ticket}",
        json={"ticket": values},
        headers={"authorization": f"Bearer {body.sandbox.token}"},
        timeout=30,
    ).raise_for_status()


def noted_ticket(body: Spine) -> int:
    ticket = body.file_ticket()
    wait_for("the note", lambda: body.sandbox.notes().get(ticket, 0) > 0, PATIENCE)
    wait_for("its end", lambda: not jobs_of(body, ticket), PATIENCE)
    return ticket


def jobs_of(body: Spine, ticket: int) -> list[tuple[object, ...]]:
    return body.sql(
        f"SELECT id, status::text FROM procrastinate_jobs WHERE lock = 'ticket:{ticket}'"
        " AND status IN ('todo', 'doing')"
    )


def tags_of(body: Spine, ticket: int) -> list[str]:
    answer = httpx.get(
        f"{body.sandbox.url}/api/v2/tickets/{ticket}",
        headers={"authorization": f"Bearer {body.sandbox.token}"},
        timeout=30,
    )
    return [str(tag) for tag in answer.json()["ticket"]["tags"]]


def test_a_command_that_was_given_up_is_told_on_its_ticket_once(body: Spine) -> None:
    ticket = noted_ticket(body)
    before = len(comments(body, ticket))
    body.sandbox.set_faults({"match": f"GET /api/v2/tickets/{ticket}$", "what": "500", "times": 5})
    change(body, ticket, tags=[*tags_of_box(body, ticket), "cl_full_runbook"])
    wait_for("the line", lambda: len(comments(body, ticket)) > before, PATIENCE)
    wait_for("its end", lambda: not jobs_of(body, ticket), PATIENCE)
    added = comments(body, ticket)[before:]

    assert [public for public, _ in added] == [False]
    assert "could not carry out the command" in added[0][1]
    assert "cl_full_runbook" not in tags_of(body, ticket)


def tags_of_box(body: Spine, ticket: int) -> list[str]:
    """The tags as they stand, read past the faults."""
    found = body.sandbox.box.store.get("ticket", ticket)
    assert found is not None
    return [str(tag) for tag in found["tags"]]


def test_a_wrong_rules_notes_are_taken_back_once_on_open_tickets(body: Spine) -> None:
    still_open, solved = noted_ticket(body), noted_ticket(body)
    change(body, solved, status="solved")
    listed = json.loads(run(body, "notes", "list", "--rule", "opted_in_by_bug", "--json"))
    assert {still_open, solved} <= {note["ticket_id"] for note in listed}
    words = [
        "notes",
        "retract",
        "--rule",
        "opted_in_by_bug",
        "--since",
        "1d",
        "--why",
        "Sorry {{x}}",
    ]
    would = json.loads(run(body, *words, "--dry-run", "--json"))
    ids = {note["ticket_id"] for note in would["notes"]}
    assert still_open in ids
    assert solved not in ids
    assert len(comments(body, still_open)) == 2
    run(body, *words)
    wait_for("the line", lambda: len(comments(body, still_open)) > 2, PATIENCE)
    again = json.loads(run(body, *words, "--json"))
    wait_for("all lines", lambda: body.open_jobs() == 0, PATIENCE)
    public, html = comments(body, still_open)[-1]

    assert still_open not in {note["ticket_id"] for note in again["notes"]}
    assert (public, len(comments(body, still_open)), len(comments(body, solved))) == (False, 3, 2)
    assert "Please disregard" in html
    assert "{{" not in html


def test_after_a_line_the_same_verdict_is_still_no_news(body: Spine) -> None:
    ticket = noted_ticket(body)
    words = ["notes", "retract", "--rule", "opted_in_by_bug", "--since", "1d", "--why", "Sorry."]
    run(body, *words)
    wait_for("the line", lambda: len(comments(body, ticket)) == 3, PATIENCE)
    change(body, ticket, tags=[*tags_of_box(body, ticket), "cl_reevaluate"])
    wait_for("the tag goes", lambda: "cl_reevaluate" not in tags_of(body, ticket), PATIENCE)

    assert len(comments(body, ticket)) == 3


def test_the_log_line_and_the_notes_footer_carry_the_same_mark(body: Spine) -> None:
    ticket = noted_ticket(body)
    marks = re.findall(r"cl_note_[0-9a-f]{20}", comments(body, ticket)[-1][1])
    assert len(marks) == 1
    lines = [line for line in log_lines(body) if line.get("ticket") == ticket]
    handled = [line for line in lines if line["message"] == "handled"]
    taken = [line for line in lines if line["message"] == "event taken"]

    assert [line["note"] for line in handled if line["outcome"] == "noted"] == marks
    assert {line["event"] for line in handled} <= {line["event"] for line in taken}


def test_no_log_holds_a_word_of_a_ticket_or_a_note(body: Spine) -> None:
    noted_ticket(body)
    text = "".join(path.read_text() for path in body.folder.glob("*.log"))

    assert "handled" in text
    for word in ("legal entity", "A-S00012345", "casey@", "License.find", "123123123"):
        assert word not in text


def log_lines(body: Spine) -> list[dict[str, object]]:
    text = "".join(path.read_text() for path in body.folder.glob("*.log"))
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
