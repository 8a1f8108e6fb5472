"""`licensing-bot app`: what a person sees of the check, the package and the secret."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import program
from tests.zendesk.app_folder import app_files, write_app

SECRET = "s" * 40


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    """A folder of one's own with an app in it."""
    write_app(tmp_path / "manifests/app", app_files())
    return tmp_path / "manifests"


@pytest.fixture(autouse=True)
def _no_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings come from the test alone."""
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(program, ["app", *arguments], env=env)


def test_our_own_app_passes() -> None:
    answer = run("check", PUBLIC_URL="https://bot.example.com", SIDEBAR_SECRETS=SECRET)

    assert answer.exit_code == 0, answer.output
    assert "0 problems" in answer.output


def test_an_app_of_ones_own_is_checked_in_its_place(manifests: Path) -> None:
    (manifests / "app/assets/check.sh").write_text("echo")

    answer = run("check", MANIFESTS_DIR=str(manifests))

    assert answer.exit_code == 1
    assert "assets/check.sh: Zendesk refuses .sh files" in answer.output


def test_findings_are_machine_readable(manifests: Path) -> None:
    write_app(manifests / "app", {"README.md": b"x", "assets/logo.png": b"x"})

    answer = run("check", "--json", MANIFESTS_DIR=str(manifests))

    found = json.loads(answer.output)
    assert answer.exit_code == 1
    assert found["left_out"] == ["README.md"]
    assert found["problems"] == ["assets/logo.png: is not a PNG: a PNG of 320 x 320 is wanted"]


def test_settings_that_do_not_fit_the_app_are_findings(manifests: Path) -> None:
    (manifests / "zendesk").mkdir()
    (manifests / "zendesk/app.toml").write_text(
        '[app]\ntitle = "L"\n[app.settings]\nhue = "blue"\n'
    )

    answer = run("check", MANIFESTS_DIR=str(manifests), PUBLIC_URL="https://b.example.com",
                 SIDEBAR_SECRETS=SECRET)  # fmt: skip

    assert answer.exit_code == 1
    assert "app.settings.hue: the app has no such parameter" in answer.output


def test_the_package_is_written_and_the_same_every_time(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        answer = run("package", str(tmp_path / name), PUBLIC_URL="https://bot.example.com")
        assert answer.exit_code == 0, answer.output

    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_without_a_public_url_it_says_what_is_missing(tmp_path: Path) -> None:
    answer = run("package", str(tmp_path / "a.zip"))

    assert answer.exit_code == 2
    assert "PUBLIC_URL is not set" in answer.output


def test_a_new_secret_comes_first_and_the_old_one_stays(tmp_path: Path) -> None:
    file = tmp_path / "bot.env"

    answer = run("secret", "--env-file", str(file), SIDEBAR_SECRETS=SECRET)

    _, _, value = file.read_text().strip().partition("=")
    new, old = value.split()
    assert answer.exit_code == 0
    assert old == SECRET
    assert len(new) >= 32
    assert new not in answer.output
    assert file.stat().st_mode & 0o777 == 0o600
