"""`evaluate`, `rehearse`, `manifests diff` and `manifests try`, as an engineer runs them."""

import json
import re
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from bot.cli import program
from bot.runbook.evaluate import Judged, evaluate
from bot.sandbox.serve import SandboxServer

CODE_LOST = {
    "id": "1",
    "subject": "Activation code",
    "description": "We never received the mail with our activation code. Please send it again.",
    "tags": ["cloud-licensing"],
}


def run(*words: str, env: dict[str, str] | None = None, text: str = "") -> Result:
    return CliRunner().invoke(program, list(words), env=env or {}, input=text)


def judged(expected: str, said: str, also: tuple[str, ...] = ()) -> Judged:
    return Judged("1", expected, frozenset(also), said, "likely")


def test_the_figures_tell_strict_from_acceptable() -> None:
    near_miss = judged("proxy", "tls_failure", ("tls_failure",))

    result = evaluate([judged("proxy", "proxy"), judged("proxy", "dns_failure"), near_miss])

    assert (result.tickets, result.strict, result.lenient) == (3, 1, 2)
    assert result.calibration["likely"] == (3, 2)
    row = next(row for row in result.labels if row.label == "proxy")
    assert (row.tickets, row.taken_for) == (3, {"dns_failure": 1})
    assert row.recall == pytest.approx(2 / 3)


def test_evaluate_counts_a_labelled_ticket() -> None:
    line = json.dumps({**CODE_LOST, "expected": {"scenario": "resend_activation_code"}})

    answer = run("evaluate", "--json", "-", text=line + "\n")

    assert answer.exit_code == 0
    assert json.loads(answer.output)["strict"] == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 1: not JSON"),
        (json.dumps(CODE_LOST), "line 1: Object missing required field `expected`"),
        (json.dumps({**CODE_LOST, "expected": {"scenario": "prooxy"}}), "prooxy is no scenario"),
        ("", "no labelled tickets"),
    ],
)
def test_evaluate_names_what_is_wrong_with_a_line(line: str, says: str) -> None:
    answer = run("evaluate", "-", text=line)

    assert answer.exit_code == 2
    assert says in answer.output


def test_try_says_which_decisions_an_edit_would_change(tmp_path: Path) -> None:
    scenario = Path("manifests/runbook/scenarios/resend_activation_code.toml").read_text("utf-8")
    edited = tmp_path / "edited" / "runbook" / "scenarios" / "resend_activation_code.toml"
    edited.parent.mkdir(parents=True)
    edited.write_text(re.sub(r"weight = (?=\d)", "weight = -", scenario), "utf-8")
    tickets = tmp_path / "tickets.jsonl"
    tickets.write_text(json.dumps(CODE_LOST), "utf-8")

    answer = run("manifests", "try", str(tmp_path / "edited"), "--file", str(tickets))

    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith("1: resend_activation_code/- ")
    assert "1 of 1 decisions would change." in answer.output


def test_diff_shows_the_edited_lines_only(tmp_path: Path) -> None:
    words = Path("manifests/runbook/words.toml").read_text("utf-8")
    (tmp_path / "runbook").mkdir()
    (tmp_path / "runbook" / "words.toml").write_text(words + "\n# ours\n", "utf-8")

    answer = run("manifests", "diff", str(tmp_path))

    assert "+# ours" in answer.output
    assert len(answer.output.splitlines()) < 12


def test_a_folder_without_manifests_is_refused(tmp_path: Path) -> None:
    answer = run("manifests", "diff", str(tmp_path))

    assert answer.exit_code == 2
    assert "has none of the folders runbook, zendesk, app" in answer.output


def test_rehearse_reads_the_history_and_writes_nothing(
    tmp_path: Path, store_url: str, loopback: None
) -> None:
    page = tmp_path / "page.md"
    with SandboxServer() as desk:
        for body in (CODE_LOST["description"], "Please change our invoice address."):
            httpx.post(
                f"{desk.url}/api/v2/tickets",
                json={"ticket": {"subject": "Help", "comment": {"body": body},
                                 "requester": {"name": "C", "email": "c@acme.example"},
                                 "tags": ["cloud-licensing"]}},
                headers={"authorization": f"Bearer {desk.token}"},
            ).raise_for_status()  # fmt: skip
        desk.forget_calls()
        env = {
            "ZENDESK_URL": desk.url,
            "ZENDESK_CLIENT_ID": desk.bot_client_id,
            "ZENDESK_CLIENT_SECRET": desk.bot_client_secret,
            "DATABASE_URL": store_url,
        }

        answer = run("rehearse", "--since", "1d", "--page", str(page), env=env)

        assert answer.exit_code == 0, answer.output
        assert [call.method for call in desk.calls(path="/tickets|/search")] == ["GET"] * 3
    assert "2 tickets: 1 would have got a note" in answer.output
    assert "silent not_cloud_licensing: 1" in answer.output
    assert "0 writes" in answer.output
    assert page.read_text("utf-8").count("# Ticket ") == 1
