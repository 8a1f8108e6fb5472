"""The folder through which gunicorn's workers share their numbers: one per start, in memory."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX: Final = "licensing-bot-metrics-"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108  mkdtemp makes a private folder in it


def open_metrics_folder(parent: Path | None = None) -> Path:
    """Make the folder and tell prometheus-client of it; must run before that is loaded.

    A reload keeps the folder of the start, and a folder that the operator chose is kept, too.
    Folders whose gunicorn was killed are swept away.
    """
    chosen = os.environ.get(_VARIABLE, "")
    if chosen:
        return Path(chosen)
    parent = parent or (_MEMORY if _MEMORY.is_dir() else Path(tempfile.gettempdir()))
    for left in _left_behind(parent):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
    os.environ[_VARIABLE] = str(folder)
    return folder


def close_metrics_folder() -> None:
    """Remove the folder when this process made it."""
    folder = Path(os.environ.get(_VARIABLE, ""))
    if folder.name.startswith(f"{_PREFIX}{os.getpid()}-"):
        shutil.rmtree(folder, ignore_errors=True)


def _left_behind(parent: Path) -> Iterator[Path]:
    for folder in parent.glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not _lives(int(pid)):
            yield folder


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
