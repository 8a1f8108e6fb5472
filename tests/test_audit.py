"""The dependency audit: a lock without a hash is seen, and silence is never taken for health."""

import json
from pathlib import Path

import pytest

from scripts.audit_run import LOCKS, UNKNOWN, WELL, WRONG, Answer, lock_flaws, main, read_answer

ROOT = Path(__file__).parents[1]
HASH = "--hash=sha256:" + "0a" * 32


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_locked_by_version_and_hash(lock: str) -> None:
    assert list(lock_flaws((ROOT / lock).read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("flask==3.1.3\n", "flask: no sha256 hash"),
        (f"flask==3.1.3 \\\n    {HASH}\nrich==15.0.0\n", "rich: no sha256 hash"),
        (f"flask>=3 \\\n    {HASH}\n", "flask: no exact version (name==version)"),
        ("flask==3.1.3 --hash=md5:0a0a\n", "flask: no sha256 hash"),
        (f"flask==3.1.3 {HASH} --hash=md5:0a\n", "flask: a hash that is no sha256"),
        (f"flask==3.1.3 --hash=sha256:{'0a' * 31}\n", "flask: no sha256 hash"),
        (f"flask @ https://files.example/f.whl {HASH}\n", "flask: names an address"),
        ("# nothing\n", "no package is locked"),
    ],
)
def test_what_is_not_locked_is_named(text: str, flaw: str) -> None:
    assert flaw in list(lock_flaws(text))


def test_a_locked_package_with_a_marker_is_well() -> None:
    text = f"cffi==2.1.1 ; sys_platform == 'linux' \\\n    {HASH} \\\n    {HASH}\n"

    assert list(lock_flaws(text)) == []


def rows(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


WELL_KNOWN: dict[str, object] = {"name": "flask", "version": "3.1.3", "vulns": []}
SKIPPED: dict[str, object] = {"name": "rich", "skip_reason": "not found"}


def test_a_known_vulnerability_is_wrong_and_says_what_mends_it() -> None:
    flaw = {"id": "CVE-2026-1", "fix_versions": ["3.1.4"], "description": "x"}
    answer = read_answer(rows(WELL_KNOWN | {"vulns": [flaw]}, SKIPPED))

    assert answer.flaws == ("flask 3.1.3: CVE-2026-1, mended in 3.1.4",)
    assert answer.code() == WRONG


def test_packages_that_the_service_does_not_know_are_not_called_healthy() -> None:
    assert read_answer(rows(WELL_KNOWN)).code() == WELL
    assert read_answer(rows(SKIPPED)) == Answer(unknown=("rich",))
    assert read_answer(rows(SKIPPED)).code() == UNKNOWN
    assert read_answer(rows(WELL_KNOWN, SKIPPED)).code() == UNKNOWN


@pytest.mark.parametrize("output", ["", "Traceback", "[]", "{}", '{"dependencies": []}'])
def test_no_answer_is_unknown(output: str) -> None:
    assert read_answer(output).code() == UNKNOWN


def test_offline_the_hashes_are_checked_and_the_limits_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--offline"]) == WELL
    said = capsys.readouterr().out
    assert "has a version and a hash" in said
    assert "What this cannot know" in said
