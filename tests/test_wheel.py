"""`pip install .` brings everything along: manifests, web settings, migrations, the desk page."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_manifest_travels(names: set[str]) -> None:
    files = [path for path in (ROOT / "manifests").rglob("*") if path.is_file()]

    assert len(files) > 40
    for path in files:
        assert f"bot/_data/manifests/{path.relative_to(ROOT / 'manifests').as_posix()}" in names


def test_what_is_not_python_travels_too(names: set[str]) -> None:
    assert "bot/_data/gunicorn.conf.py" in names
    assert any(name.startswith("bot/store/migrations/versions/0001") for name in names)
    assert any(name.startswith("bot/sandbox/templates/") for name in names)
    assert "bot/sandbox/samples.toml" in names


def test_tests_and_scripts_stay_at_home(names: set[str]) -> None:
    assert not [name for name in names if name.startswith(("tests/", "scripts/"))]
