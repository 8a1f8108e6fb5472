import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.har import har
from tests.evidence.har_leaks import leaks
from tests.evidence.har_samples import CONNECTIVITY, Made
from tests.evidence.har_scenarios import connectivity, made, wrapped


@pytest.fixture
def sample() -> Made:
    return made(connectivity, "chrome", 21)


@pytest.fixture
def recorded(sample: Made, tmp_path: Path) -> Path:
    path = tmp_path / "recorded.har"
    path.write_text(sample.text(), "utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(har, [str(argument) for argument in arguments])


def test_one_json_object_with_the_keys_of_the_contract(recorded: Path) -> None:
    row = json.loads(run(recorded, "--json").stdout)

    assert list(row) == [
        "id", "outcome", "cause", "error_strings", "earlier_errors", "attempts", "http_status",
        "live_session", "secrets_found", "redacted_path",
    ]  # fmt: skip
    assert row["id"] == "recorded.har"
    assert row["error_strings"] == [CONNECTIVITY]
    assert row["live_session"] is True
    assert row["secrets_found"]["activation_code"] >= 1
    assert row["redacted_path"] is None


def test_the_safe_copy_is_written_beside_the_original(
    recorded: Path, sample: Made, tmp_path: Path
) -> None:
    out = tmp_path / "safe.har"
    row = json.loads(run(recorded, "--redact", out, "--json").stdout)

    assert row["redacted_path"] == str(out)
    assert leaks(sample.secrets, out.read_text("utf-8")) == []
    assert recorded.read_text("utf-8") == sample.text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["recorded.har", "safe.har"]


@pytest.mark.parametrize("how", ["gz", "zip"])
def test_packed_files_are_read_and_a_packed_copy_is_written(
    sample: Made, tmp_path: Path, how: str
) -> None:
    packed, out = tmp_path / f"recorded.har.{how}", tmp_path / "safe.har.gz"
    packed.write_bytes(wrapped(sample.text(), how))
    result = run(packed, "--redact", out, "--json")

    assert json.loads(result.stdout)["outcome"] == "failed"
    assert leaks(sample.secrets, gzip.decompress(out.read_bytes()).decode()) == []


def test_people_read_the_verdict_and_the_warning(recorded: Path) -> None:
    result = run(recorded)

    assert result.exit_code == 0
    assert "failed (app_connectivity_generic)" in result.stdout
    assert CONNECTIVITY in result.stdout
    assert "Live session inside" in result.stdout


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    result = run(tmp_path / "none.har", "--json")

    assert result.exit_code == 2
    assert "does not exist" in result.stderr


def test_an_unreadable_archive_says_why(tmp_path: Path) -> None:
    path = tmp_path / "empty.zip"
    path.write_bytes(b"PK\x05\x06" + bytes(18))
    result = run(path, "--json")

    assert result.exit_code == 2
    assert "empty" in result.stderr
    assert json.loads(result.stdout)["outcome"] == "unparseable"


def test_the_original_is_never_overwritten(recorded: Path, sample: Made) -> None:
    result = run(recorded, "--redact", recorded)

    assert result.exit_code == 2
    assert recorded.read_text("utf-8") == sample.text()


def test_a_copy_that_cannot_be_written_is_said(recorded: Path, tmp_path: Path) -> None:
    result = run(recorded, "--redact", tmp_path / "missing" / "safe.har", "--json")

    assert result.exit_code == 2
