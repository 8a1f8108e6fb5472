"""`jobs`, `notes` and `mode` with what a tired person types: each wrong word is told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import queue
from bot.cli import program
from bot.store.database import Database

Run = Callable[..., Result]


@pytest.fixture
def run(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a store with one note and three jobs."""
    monkeypatch.chdir(tmp_path)
    with database.connection() as connection:
        connection.execute(
            "INSERT INTO notes (key, ticket_id, marker, digest, kind, scenario, branch, rule_ids,"
            " revision, version, state, created_at) VALUES ('k', 7, 'cl_note_1', 'd', 'automatic',"
            " 'opted_in_by_bug', 'b', ARRAY['bug_words'], 'r', '1', 'done', now())"
        )
        for ticket in (1, 2, 3):
            queue.defer(connection, queue.EVENTS, "handle_event", {}, lock=f"ticket:{ticket}")
        connection.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = 2")
    env = {"DATABASE_URL": database.url, "ZENDESK_URL": "http://127.0.0.1:9",
           "ZENDESK_CLIENT_ID": "bot", "ZENDESK_CLIENT_SECRET": "s3cret"}  # fmt: skip
    return lambda *words: CliRunner().invoke(program, list(words), env=env)


RETRACT = ("notes", "retract", "--since", "2d")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("jobs", "list", "--limit", "-5"), "--limit"),
        (("notes", "list", "--limit", "0"), "--limit"),
        (("mode", "off", "--scenario", "opted_in_by_bugs"), "there is opted_in_by_bug"),
        ((*RETRACT, "--rule", "opted_in_by_bug", "--why", " "), "--why is empty"),
        ((*RETRACT, "--rule", "opted_in_bug", "--why", "x"), "Rules with notes: opted_in_by_bug"),
    ],
)
def test_a_slip_is_refused_with_what_may_have_been_meant(
    run: Run, words: tuple[str, ...], said: str
) -> None:
    answer = run(*words)

    assert answer.exit_code == 2, answer.output
    assert said in answer.output


def test_a_list_that_is_empty_says_what_was_looked_for(run: Run) -> None:
    assert "has the status doing" in run("jobs", "list", "--status", "doing").output
    assert "in a queue named evnts" in run("jobs", "list", "--queue", "evnts").output
    assert "Rules with notes: bug_words" in run("notes", "list", "--rule", "bug_word").output


def test_dead_letters_come_first_however_much_waits_and_what_is_left_out_is_told(run: Run) -> None:
    answer = run("jobs", "list", "--limit", "2")
    rows = [line.split()[1] for line in answer.output.splitlines() if "handle_ev" in line]

    assert rows == ["2", "1"], answer.output
    assert "more than these 2" in answer.output


def test_a_misspelt_scenario_that_was_set_can_be_cleared(run: Run) -> None:
    assert run("mode", "--scenario", "gone_since", "--clear").exit_code == 0
