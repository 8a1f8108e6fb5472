"""The command ``read``: one object per paste, ids kept, secrets gone, bad lines answered."""

import json

from click.testing import CliRunner

from bot.cli.read import read

_REFUSED = "$ nc -zv customers.example_company.com 443\nnc: connect failed: Connection refused"


def _run(text: str, *options: str) -> str:
    result = CliRunner().invoke(read, [*options, "-"], input=text)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_one_paste_gives_one_json_object() -> None:
    told = json.loads(_run(_REFUSED, "--json"))

    assert (told["layer"], told["verdict"], told["cause"]) == ("tcp", "fail", "tcp_refused")
    assert told["tool"] == "nc"
    assert told["findings"][0]["detail"].endswith("Connection refused")


def test_every_line_is_answered_in_order_with_its_id() -> None:
    lines = [
        json.dumps({"id": "a", "text": _REFUSED, "tool": "nc", "more": 1}),
        "this is no JSON",
        json.dumps({"id": 7, "texts": "a typo"}),
        json.dumps({"id": "b", "text": ""}),
    ]
    told = [json.loads(line) for line in _run("\n".join(lines), "--jsonl").splitlines()]

    assert [one["id"] for one in told] == ["a", None, 7, "b"]
    assert "error" in told[1]
    assert "error" in told[2]
    assert (told[3]["layer"], told[3]["cause"]) == ("unknown", "unclear")


def test_what_is_rendered_holds_no_secret() -> None:
    secret = "glpat-AbCdEfGh1234567890xy"  # gitleaks:allow
    told = json.loads(_run(f"$ curl -I -H 'PRIVATE-TOKEN: {secret}' https://x\n", "--json"))

    assert secret not in json.dumps(told)


def test_people_get_a_sentence() -> None:
    assert _run(_REFUSED).startswith("tcp fail: tcp_refused (nc)")


def test_bytes_that_are_no_utf8_are_read_all_the_same() -> None:
    result = CliRunner().invoke(read, ["--json", "-"], input=b"\xff\xfe curl: (6) Could not")

    assert result.exit_code == 0
