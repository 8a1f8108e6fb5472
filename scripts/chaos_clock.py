"""Sets the clocks of the bot's processes and of its Postgres, each apart, while they run."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Who = Literal["serve", "work", "store"]

_SOURCE: Final = Path(__file__).with_name("clock_shift.c")
#: Seconds by which each may be wrong. Zendesk signs the time, and web refuses what is five minutes
#: away from its own; whoever is an hour behind the store's takes no new ticket for too old.
SHIFTS: Final[Mapping[Who, tuple[int, ...]]] = {
    "serve": (-200, -20, 0, 200),
    "work": (-7200, -30, 0, 30, 7200),
    "store": (-60, 0, 20, 3000),
}


@dataclass(frozen=True, slots=True)
class Clocks:
    """Three clocks that can be set; without a C compiler none can, and processes have their own."""

    folder: Path
    library: Path | None

    def environment(self, who: str) -> Mapping[str, str]:
        """What a process needs to go by this clock."""
        if self.library is None or not self._file(who).exists():
            return {}
        return {"LD_PRELOAD": str(self.library), "CLOCK_SHIFT_FILE": str(self._file(who))}

    def set(self, who: Who, seconds: int) -> None:
        """Let the clock differ by so much from now on."""
        with self._file(who).open("r+b") as file:
            file.write(seconds.to_bytes(8, "little", signed=True))

    def _file(self, who: str) -> Path:
        return self.folder / f"{who}.shift"


def make_clocks(folder: Path) -> Clocks:
    """Build what is preloaded, and let every clock be right."""
    compiler = shutil.which("cc")
    if compiler is None or os.uname().sysname != "Linux":
        return Clocks(folder, None)
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / "clock_shift.so"
    words = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE)]
    subprocess.run(words, check=True)
    for who in SHIFTS:
        (folder / f"{who}.shift").write_bytes(bytes(8))
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)  # as root the embedded Postgres runs as a user of its own
    return Clocks(folder, library)
