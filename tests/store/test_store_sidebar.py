"""What the sidebar keeps goes with the retention, and the agents' words can be evaluated."""

import json

from click.testing import CliRunner

from bot.cli import program
from bot.store.corrections import CorrectionLog
from bot.store.database import Database
from bot.store.retention import delete_old
from bot.store.ticks import TickBoard
from bot.store.visits import Visits
from tests.web.insights_fill import fill


def test_what_agents_told_goes_with_the_retention(database: Database) -> None:
    TickBoard(database).set(1, "proxy.a", "Ann", "7", done=True)
    CorrectionLog(database).add(
        1, "proxy", "why", said="tls_failure", confidence="likely", by_name="Ann", by_id="7"
    )
    Visits(database).accept(1, "v", "p")
    assert delete_old(database, 90)["corrections"] == 0
    with database.connection() as connection:
        connection.execute("UPDATE step_ticks SET at = now() - interval '91 days'")
        connection.execute("UPDATE corrections SET at = now() - interval '91 days'")
        connection.execute("UPDATE sidebar_visits SET accepted_at = now() - interval '2 days'")

    gone = delete_old(database, 90)

    assert (gone["step_ticks"], gone["corrections"], gone["sidebar_visits"]) == (1, 1, 1)


def test_a_proof_is_remembered_with_its_age(database: Database) -> None:
    visits = Visits(database)
    assert visits.proved(1, "v", "p").same is None
    visits.accept(1, "v", "p")

    found = visits.proved(1, "v", "other")

    assert found.same is None
    assert found.visitor is not None
    assert visits.proved(2, "v", "p").visitor is None


def test_only_the_newest_word_on_a_ticket_counts(database: Database) -> None:
    log = CorrectionLog(database)
    for scenario in ("proxy", "dns_failure"):
        log.add(1, scenario, "", said="tls_failure", confidence="certain", by_name="A", by_id="1")

    words = log.agents_words(30)

    assert [(word.expected, word.said) for word in words] == [("dns_failure", "tls_failure")]


def test_evaluate_holds_the_verdicts_against_the_agents_words(database: Database) -> None:
    fill(database)
    env = {"DATABASE_URL": database.url}

    found = CliRunner().invoke(program, ["evaluate", "--from-store", "--json"], env=env)
    shown = CliRunner().invoke(program, ["evaluate", "--from-store", "--wrong"], env=env)

    result = json.loads(found.output)
    assert (result["tickets"], result["decided"], result["by_sidebar"]) == (40, 160, 40)
    assert result["strict"] == 28
    assert result["uncorrected"] == 148
    assert {row["label"] for row in result["labels"]} >= {"proxy", "tls_failure"}
    assert "28 of 40 (70.0%) exactly right" in shown.output
    assert "uncorrected: 148" in shown.output


def test_without_an_agents_word_evaluate_says_so(database: Database) -> None:
    found = CliRunner().invoke(
        program, ["evaluate", "--from-store"], env={"DATABASE_URL": database.url}
    )

    assert found.exit_code == 2
    assert "no agent has said anything" in found.stderr
