"""`provision` from the command line, on a strict account and a real store."""

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import program
from bot.cli.provision_show import difference
from bot.store.database import Database
from bot.store.diagnoses import DiagnosisLog, DiagnosisRecord
from bot.store.objects import ObjectBook
from bot.zendesk.provision import Change
from tests.zendesk.provisioned import held, writes
from tests.zendesk.stub_zendesk import StubZendesk, answers, stub_zendesk

Run = Callable[..., Result]


@pytest.fixture
def desk(loopback: None) -> Iterator[StubZendesk]:
    with stub_zendesk() as stub:
        stub.headers = {"x-rate-limit": "100000", "x-rate-limit-remaining": "99999"}
        yield stub


@pytest.fixture
def run(desk: StubZendesk, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    env = {
        "ZENDESK_URL": desk.url, "ZENDESK_CLIENT_ID": "bot", "ZENDESK_CLIENT_SECRET": "s3cret",
        "PUBLIC_URL": "https://bot.example.com", "DATABASE_URL": store_url,
        "STATE_DIR": str(tmp_path), "LOG_LEVEL": "ERROR", "COLUMNS": "200",
    }  # fmt: skip

    def command(*words: str, answer: str = "", **more: str) -> Result:
        return CliRunner().invoke(program, ["provision", *words], answer, env={**env, **more})

    return command


def test_apply_writes_once_and_the_secret_is_for_its_owner_alone(
    run: Run, desk: StubZendesk, tmp_path: Path, database: Database
) -> None:
    first = run("apply", "--yes", "--env-file", str(tmp_path / ".env"))
    written = writes(desk)
    second = run("apply", "--yes")

    assert first.exit_code == second.exit_code == 0, first.output + second.output
    assert writes(desk) == written
    assert "0 written" in second.output
    file = tmp_path / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (webhook,) = held(desk, "webhooks")
    assert file.read_text() == f"ZENDESK_WEBHOOK_SECRETS=secret-of-{webhook['id']}=\n"
    assert "secret-of" not in first.output + second.output
    assert ObjectBook(database).id_of("webhook", "events") == webhook["id"]


@pytest.mark.parametrize("status", [403, 404])
def test_an_account_without_apps_costs_the_app_and_not_the_secret(
    run: Run, desk: StubZendesk, tmp_path: Path, status: int
) -> None:
    desk.fail("GET", "/apps/", answers(status, {"error": "Forbidden"}), times=99)

    result = run("apply", "--yes", "--env-file", str(tmp_path / ".env"), SIDEBAR_SECRETS="k7" * 20)

    assert result.exit_code == 0, result.output
    assert "the sidebar app is left out: apps.owned: not" in result.output
    assert (tmp_path / ".env").read_text().startswith("ZENDESK_WEBHOOK_SECRETS=secret-of-")


def test_a_signing_secret_that_is_not_shown_is_said_and_nothing_is_lost(
    run: Run, desk: StubZendesk, tmp_path: Path, database: Database
) -> None:
    desk.fail("GET", "signing_secret", answers(403, {"error": "Forbidden"}), times=9)

    result = run("apply", "--yes", "--env-file", str(tmp_path / ".env"))

    assert result.exit_code == 0, result.output
    assert "copy it from Admin Center" in result.output
    assert not (tmp_path / ".env").exists()
    assert ObjectBook(database).id_of("webhook", "events")


def test_a_plan_is_plain_when_piped_and_names_the_account(run: Run, desk: StubZendesk) -> None:
    result = run("plan")

    assert result.exit_code == 0
    assert "\x1b[" not in result.output
    assert result.output.startswith("Account 127.0.0.1: pocket (it is on this machine)")
    assert "+ macro Cloud licensing::Ask for a HAR file\n" in result.output
    assert writes(desk) == []


def test_a_drift_check_exits_1_and_shows_exactly_what_was_changed(
    run: Run, desk: StubZendesk
) -> None:
    run("apply", "--yes")
    clean = run("plan", "--exit-code")
    trigger = held(desk, "triggers")[0]
    trigger["conditions"]["all"][1]["value"] = "something-else"

    drifted = run("plan", "--exit-code", "--json")
    shown = run("plan")

    assert (clean.exit_code, drifted.exit_code) == (0, 1)
    changed = [step for step in json.loads(drifted.stdout)["steps"] if step["verb"] != "keep"]
    assert [(step["kind"], step["key"]) for step in changed] == [
        ("trigger", "new_ticket_with_files")
    ]
    lines = [line for line in shown.output.splitlines() if line.startswith("    ")]
    assert lines == [
        "    conditions - all: current_tags includes something-else",
        "    conditions + all: current_tags includes cloud-licensing",
    ]


def test_a_saved_plan_is_applied_once_and_refused_afterwards(
    run: Run, desk: StubZendesk, tmp_path: Path
) -> None:
    run("plan", "--out", "plan.json")

    first = run("apply", "plan.json", "--yes")
    written = writes(desk)
    second = run("apply", "plan.json", "--yes")

    assert first.exit_code == 0, first.output
    assert second.exit_code == 2
    assert "webhook 'Cloud licensing bot' was not there and is now" in second.output
    assert "nothing was written: make plan.json anew" in second.output
    assert writes(desk) == written


def test_without_yes_it_asks_and_no_means_no(run: Run, desk: StubZendesk) -> None:
    result = run("apply", answer="n\n")

    assert result.exit_code == 1
    assert writes(desk) == []


def test_another_account_than_the_one_meant_is_refused(run: Run, desk: StubZendesk) -> None:
    result = run("apply", "--yes", "--account", "acme")

    assert result.exit_code == 2
    assert "--account says acme, and ZENDESK_URL names 127.0.0.1" in result.output
    assert writes(desk) == []


def test_a_refused_run_time_client_is_told_from_that_of_provisioning(
    run: Run, desk: StubZendesk
) -> None:
    own = {"ZENDESK_PROVISION_CLIENT_ID": "a", "ZENDESK_PROVISION_CLIENT_SECRET": "s3cret"}

    result = run("plan", ZENDESK_CLIENT_SECRET="wrong", **own)

    assert result.exit_code == 2
    assert "who the bot is cannot be asked: oauth.token: " in result.output
    assert (
        "ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET must name a client of the bot's own user"
        in (result.output)
    )


def test_history_and_undo(run: Run, desk: StubZendesk, database: Database) -> None:
    run("apply", "--yes")
    told = json.loads(run("history", "1", "--json").stdout)
    undone = run("undo", "1", "--yes", "--fields")
    again = run("undo", "1", "--yes", "--fields")

    assert told["runs"][0]["command"] == "apply"
    assert told["runs"][0]["unfinished"] == 0
    assert [entry["deed"] for entry in told["entries"]].count("changed") == 1
    assert undone.exit_code == 0, undone.output
    assert held(desk, "triggers") == held(desk, "macros") == held(desk, "ticket_fields") == []
    assert held(desk, "ticket_forms")[0]["ticket_field_ids"] == [1, 2, 3]
    assert ObjectBook(database).ids("trigger") == {}
    assert again.exit_code == 2
    assert "run 1 was undone by run 2" in again.output


def test_a_death_half_way_is_seen_in_the_history(run: Run, desk: StubZendesk) -> None:
    desk.fail("POST", "macros", lambda handler: handler.reply(422, {"error": "RecordInvalid"}))

    died = run("apply", "--yes")
    history = run("history")
    again = run("apply", "--yes")

    assert died.exit_code == 2
    assert "macro 'Cloud licensing::Run probes' could not be made: " in died.output
    assert "`licensing-bot provision undo 1` takes back what was written." in died.output
    assert "(1 without an end)" in history.output
    assert again.exit_code == 0


def test_destroy_asks_for_the_fields_apart(run: Run, desk: StubZendesk) -> None:
    run("apply", "--yes")

    result = run("destroy", answer="n\ny\n")

    assert result.exit_code == 0, result.output
    assert "Remove our ticket fields too" in result.output
    assert held(desk, "webhooks") == []
    assert len(held(desk, "ticket_fields")) == 8


def test_a_store_that_is_away_stops_it_before_the_first_write(run: Run, desk: StubZendesk) -> None:
    nowhere = "postgresql://postgres@127.0.0.1:9/none"

    result = run("apply", "--yes", DATABASE_URL=nowhere)

    assert result.exit_code == 2
    assert "the store of DATABASE_URL does not answer" in result.output
    assert writes(desk) == []


def test_a_rotation_stops_until_the_web_has_both_secrets(
    run: Run, desk: StubZendesk, tmp_path: Path
) -> None:
    run("apply", "--yes")

    result = run("rotate-secret", "--yes", PUBLIC_URL="http://127.0.0.1:9")

    assert result.exit_code == 2
    assert "does not accept the new secret yet" in result.output
    assert len((tmp_path / ".env").read_text().split("=", 1)[1].split()) == 2
    assert "a rotation of the secret is half-way" in run("plan").output


def test_a_suggestion_names_the_field_that_would_save_most_questions(
    run: Run, database: Database
) -> None:
    for ticket in (1, 2, 3):
        details = json.dumps({"missing": "license_number" if ticket < 3 else None})
        record = DiagnosisRecord(ticket, f"e{ticket}", "d", "needs_info", None, "unclear", None,
                                 "", details)  # fmt: skip
        DiagnosisLog(database).save(record)

    result = run("plan", "--suggest")

    assert result.exit_code == 0, result.output
    words = "Suggestion: 'Cloud licensing: license number' would have answered the open question of"
    assert f"{words} 2 tickets in 90 days; `provision apply` makes it." in result.output


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (Change("title", "a", "b"), ["title: a → b"]),
        (Change("title", None, "b"), ["title: nothing → b"]),
        (Change("ids", [1, 2], [1, 3]), ["ids - 2", "ids + 3"]),
        (Change("tags", ["a b", "c"], ["b a", "d"]), ["tags - c", "tags + d"]),
        (Change("ids", [1, 2], [2, 1]), ["ids: 1, 2 → 2, 1"]),
    ],
)
def test_a_change_is_shown_as_what_goes_and_what_comes(change: Change, lines: list[str]) -> None:
    assert difference(change) == lines
