"""The command: its sentences, its JSON, its exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.probe import Result, exit_code, load_sentences, probe, sentence_for
from bot.cli.probe_row import plain_line
from bot.cli.probe_table import LiveTable
from bot.evidence.observation import CAUSES, Activates, Assessment
from bot.probes.recorder import Recorder

RECORDER = Recorder("bot:test")


def test_every_cause_has_a_sentence() -> None:
    sentences = load_sentences()

    assert [cause for cause in CAUSES if cause not in sentences] == []


def test_without_manifests_the_bare_ids_are_said(tmp_path: Path) -> None:
    refused = Assessment("tcp", "tcp_refused", "no", "certain")

    assert load_sentences((tmp_path,)) == {}
    assert sentence_for(refused, {}) == "tcp: tcp_refused"
    assert sentence_for(refused, {"unclear": "Nothing is clear."}) == "Nothing is clear."


def test_the_json_keeps_its_contract() -> None:
    seen = RECORDER.saw("tcp", "104.18.20.224:443", "tcp_ok", "ok", facts={"ms": 3.0})
    result = Result(
        target="https://customers.example_company.com/",
        vantage="bot:local",
        assessment=Assessment("ok", "ok", "yes", "certain"),
        summary="All that was shown works.",
        observations=(seen,),
        seconds=0.2,
    )

    row = json.loads(json.dumps(result.as_json()))

    wanted = {"target", "vantage", "layer", "cause", "activates", "summary", "observations"}
    assert wanted | {"seconds"} <= set(row)
    assert row["observations"][0]["facts"] == {"ms": 3.0}
    assert row["observations"][0]["seen_at"].endswith("+00:00")


@pytest.mark.parametrize(
    "arguments",
    [
        ["https://169.254.169.254/"],
        ["https://user@customers.example_company.com/"],
        ["--deadline", "0"],
        ["--nonsense"],
    ],
)
def test_a_target_that_is_not_probed_is_a_usage_error(arguments: list[str]) -> None:
    outcome = CliRunner().invoke(probe, arguments)

    assert outcome.exit_code == 2
    assert "Error" in outcome.output


@pytest.mark.parametrize(
    ("activates", "code"), [("yes", 0), ("degraded", 0), ("unknown", 0), ("no", 1)]
)
def test_only_an_activation_that_would_not_work_exits_with_1(
    activates: Activates, code: int
) -> None:
    assert exit_code(Assessment("tcp", "tcp_refused", activates, "certain")) == code


def test_a_row_is_text_and_never_markup(capsys: pytest.CaptureFixture[str]) -> None:
    seen = RECORDER.saw("https", "HEAD /", "http_forbidden", "fail", "[red]HTTP 403[/red]")

    assert "[red]HTTP 403[/red]" in plain_line(seen)
    with LiveTable() as table:
        table(seen)
    assert "[red]HTTP 403[/red]" in " ".join(capsys.readouterr().out.split())
