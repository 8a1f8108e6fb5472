"""Promises about the repository itself: sizes, names, and what may not stand in it."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "bot").rglob("*.py"))


def tracked() -> list[Path]:
    """Every file that git knows, or in an unpacked archive every file."""
    done = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return [path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts]
    return [ROOT / line for line in done.stdout.splitlines()]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_at_most_300_lines_and_a_name_that_says_something(path: Path) -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "base", "manager", "core", "misc"}

    assert len(path.read_text("utf-8").splitlines()) <= 300
    assert path.stem not in vague


def test_no_registry_and_no_path_of_a_machine_is_named() -> None:
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "registry." + "npmjs", "deb." + "debian.org"]
    banned = re.compile("|".join(map(re.escape, [*hosts, "/work/" + "main", "/work/" + "shared"])))
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.is_file() and banned.search(path.read_bytes().decode("utf-8", "replace"))
    ]

    assert found == []


def test_every_script_says_what_it_does_and_can_be_run() -> None:
    for path in sorted((ROOT / "scripts").glob("*")):
        if path.is_file() and not path.suffix:
            assert path.stat().st_mode & 0o111, path.name
            assert path.read_text("utf-8").splitlines()[1].startswith("# "), path.name
