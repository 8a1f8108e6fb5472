"""Tells a living Postgres server from the pid file of a dead one."""

import os
import subprocess
from pathlib import Path
from typing import Final

_STATUS_LINE: Final = 7


def postmaster_pid(data: Path) -> int | None:
    """Return the number in the pid file; the server behind it may be gone."""
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def is_stopping(data: Path) -> bool:
    """Does its pid file say so? See AddToDataDirLockFile and LOCK_FILE_LINE_PM_STATUS there."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except OSError:
        return False
    return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "stopping"


def disown_stale_pid(data: Path) -> None:
    """Let Postgres see that the server of an old pid file is gone.

    It takes any living process with that number for its own: in a restarted container the numbers
    are given out anew, and a zombie counts as living. Our own number it knows to be no server.
    The rest of the file must stay, it guards against orphaned backends (CreateLockFile in
    postgres/src/backend/utils/init/miscinit.c).
    """
    file = data / "postmaster.pid"
    if postmaster_pid(data) is not None:
        _, rest = file.read_text().split("\n", 1)
        file.write_text(f"{os.getpid()}\n{rest}")


def is_postgres(pid: int | None) -> bool:
    """Is this a living server? The number alone may have gone to another program since."""
    if pid is None:
        return False
    if Path("/proc/self/stat").exists():
        try:
            name, state = Path(f"/proc/{pid}/stat").read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            return False
        return name == "postgres" and state.split()[0] not in "ZX"
    words = ["ps", "-o", "comm=", "-p", str(pid)]
    found = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  fixed
    return "postgres" in found.stdout
