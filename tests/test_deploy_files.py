"""What docs/deploy and the Procfile start really exists, and a broken file fails the release."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import psycopg
import pytest

from bot.cli import COMMANDS
from bot.config import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "docs" / "deploy"
FILES = [ROOT / "Procfile", ROOT / "docs" / "operate.md", *sorted(DEPLOY.iterdir())]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_command_that_is_named_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    named = set(
        re.findall(r"(?<!-n )licensing-bot,? ([a-z]+)(?=[\s\]`\"&)]|$)", text, re.MULTILINE)
    )

    assert named - set(COMMANDS) == set()


def test_every_setting_of_the_example_exists() -> None:
    names = re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "env.example").read_text("utf-8"), re.MULTILINE)

    assert names
    assert set(names) <= {item.name.upper() for item in fields(Settings)}


def test_every_container_is_locked_down() -> None:
    text = (DEPLOY / "kubernetes.yaml").read_text("utf-8")
    containers = text.count("image: licensing-bot:")

    assert containers == 3
    for line in ("readOnlyRootFilesystem: true", "runAsNonRoot: true", "drop: [ALL]",
                 "allowPrivilegeEscalation: false"):  # fmt: skip
        assert text.count(line) == containers, line
    for line in ("readinessProbe", "livenessProbe", "preStop"):
        assert line in text


def release(folder: Path, url: str, overlay: Path) -> subprocess.CompletedProcess[str]:
    """Run the Procfile's line as a platform does."""
    words = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    program = folder / "bin"
    program.mkdir(exist_ok=True)
    (program / "licensing-bot").write_text(f'#!/bin/sh\nexec {sys.executable} -m bot "$@"\n')
    (program / "licensing-bot").chmod(0o755)
    return subprocess.run(
        ["/bin/sh", "-c", words["release"]],
        env={
            "PATH": f"{program}:{os.environ['PATH']}",
            "HOME": str(folder),
            "DATABASE_URL": url,
            "MANIFESTS_DIR": str(overlay),
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def revision(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT max(version_num) FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


@pytest.mark.slow
def test_a_broken_manifest_fails_the_release(own_url: str, tmp_path: Path) -> None:
    overlay = tmp_path / "mine"
    (overlay / "runbook").mkdir(parents=True)
    shutil.copy(ROOT / "manifests" / "runbook" / "asides.toml", overlay / "runbook")
    good = release(tmp_path, own_url, overlay)
    assert good.returncode == 0, good.stderr
    newest = revision(own_url)
    with psycopg.connect(own_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0006'")
    (overlay / "runbook" / "asides.toml").write_text('stuck = "[[ nonsense ]]"\nretracted = "x"\n')

    broken = release(tmp_path, own_url, overlay)

    assert broken.returncode != 0
    assert "asides.toml: stuck: [[ nonsense ]]" in broken.stdout + broken.stderr
    assert revision(own_url) == "0006" < newest
