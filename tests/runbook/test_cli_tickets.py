"""The commands for a ticket in a file: whatever comes in, an answer comes out."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.manifests import manifests
from bot.cli.tickets import classify, explain, note

LOST = {"id": "T1", "subject": "lost code", "description": "pls send the activation code again"}


def _run(command: object, *arguments: str, text: str | bytes = "") -> Result:
    return CliRunner().invoke(command, list(arguments), input=text)  # type: ignore[arg-type]  # any of the commands


def test_one_line_in_gives_one_line_out_in_the_same_order_with_its_id() -> None:
    lines = [json.dumps(LOST | {"id": name}) for name in ("b", "a", 7)]
    done = _run(classify, "--jsonl", text="\n".join(lines))

    assert done.exit_code == 0
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["b", "a", 7]


@pytest.mark.parametrize(
    ("line", "id_"),
    [
        ("{bad", None),
        ("[]", None),
        ('"text"', None),
        ('{"id": "x"}', "x"),
        ('{"id": "x", "subject": 5, "comments": [{"author": "nobody"}]}', "x"),
        ('{"id": "x", "subject": "a", "tags": "b"}', "x"),
        ("\udcff", None),
    ],
)
def test_a_line_that_cannot_be_read_is_answered_and_the_command_goes_on(
    line: str, id_: str | None
) -> None:
    text = (line + "\n" + json.dumps(LOST)).encode("utf-8", "surrogateescape")
    done = _run(classify, "--jsonl", text=text)
    bad, good = (json.loads(answer) for answer in done.stdout.splitlines())

    assert done.exit_code == 0
    assert bad["id"] == id_
    assert bad["error"]
    assert good["scenario"] == "resend_activation_code"


def test_the_answer_has_every_key_of_the_contract() -> None:
    done = _run(classify, "--json", text=json.dumps(LOST))
    answer = json.loads(done.stdout)

    wanted = "id scenario branch confidence alternatives extracted reasons missing actions snippets"
    assert set(wanted.split()) | {"note"} <= set(answer)
    assert answer["actions"] == ["note", "snippet:resend_code", "set:scenario"]


def test_a_broken_file_ends_with_exit_code_2_and_says_why() -> None:
    done = _run(classify, text="{bad")

    assert done.exit_code == 2
    assert "not JSON" in done.stderr


def test_zendesks_own_shape_is_read(tmp_path: Path) -> None:
    ticket = {
        "ticket": {
            "id": 35436,
            "subject": "lost code",
            "description": "The code is gone.",
            "requester_id": 1,
            "tags": ["cloud-licensing"],
            "custom_fields": [
                {"id": 5, "value": "A-S00012345"},
                {"id": 6, "value": None},
                {"id": 7, "value": "16.4.1"},
            ],
        },
        "comments": [
            {"id": 1, "author_id": 1, "plain_body": "The code is gone."},
            {"id": 2, "author_id": 2, "body": "Shall we resend it?", "public": True},
            {"id": 3, "author_id": 1, "body": "Yes, please resend the activation code."},
        ],
    }
    path = tmp_path / "ticket.json"
    path.write_text(json.dumps(ticket), "utf-8")
    answer = json.loads(_run(classify, str(path), "--json").stdout)

    assert answer["id"] == "35436"
    assert answer["scenario"] == "resend_activation_code"
    assert answer["extracted"]["subscription_name"] == "A-S00012345"
    assert answer["extracted"]["version"] == "16.4.1"


def test_the_note_is_shown_as_markdown_and_as_html() -> None:
    markdown = _run(note, text=json.dumps(LOST)).stdout
    html = _run(note, "--html", text=json.dumps(LOST)).stdout

    assert markdown.startswith("**Activation code did not arrive: resend it**")
    assert html.startswith("<p><strong>Activation code did not arrive: resend it</strong>")


def test_explain_shows_every_signal_with_its_points() -> None:
    done = _run(explain, "--json", text=json.dumps(LOST))
    rows = json.loads(done.stdout)["signals"]

    assert {"scenario", "signal", "points", "quote", "source"} == set(rows[0])
    assert rows[0]["scenario"] == "resend_activation_code"
    assert _run(explain, text=json.dumps(LOST)).exit_code == 0


def test_manifests_check_says_what_holds_and_fails_on_what_does_not(tmp_path: Path) -> None:
    broken = tmp_path / "runbook" / "scenarios" / "proxy.toml"
    broken.parent.mkdir(parents=True)
    broken.write_text("id = 'proxy'\nheadlin = 'x'\n", "utf-8")

    good, bad = _run(manifests, "check"), _run(manifests, "check", str(tmp_path))

    assert good.exit_code == 0
    assert "14 scenarios" in good.stdout
    assert bad.exit_code == 1
    assert "scenarios/proxy.toml: headlin is not a known key" in bad.stdout
