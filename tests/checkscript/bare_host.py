"""A host with nothing but the tools that a test gives it, and the script run on it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "manifests" / "customer_check.sh"
#: What every POSIX system has.
_POSIX = (
    "cat", "cksum", "chmod", "cp", "cut", "date", "fold", "grep", "head", "id", "mktemp", "rm",
    "sed", "sleep", "sort", "tail", "tr", "uname", "uniq",
)  # fmt: skip
SHELLS = {
    name: command
    for name, command in {
        "sh": ["sh"], "dash": ["dash"], "bash": ["bash"], "bash posix": ["bash", "--posix"],
        "busybox": ["busybox", "ash"],
    }.items()
    if shutil.which(command[0])
}  # fmt: skip


@dataclass
class BareHost:
    """Its tools lie in one folder, its temporary files in another; both start empty."""

    place: Path
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for folder in (self.tools, self.temporary, self.home):
            folder.mkdir()
        for name in _POSIX:
            found = shutil.which(name)
            if found:
                (self.tools / name).symlink_to(found)

    @property
    def tools(self) -> Path:
        """Where its PATH begins."""
        return self.place / "tools"

    @property
    def temporary(self) -> Path:
        """Its TMPDIR."""
        return self.place / "temporary"

    @property
    def home(self) -> Path:
        """Where the script is started."""
        return self.place / "home"

    def add(self, name: str, script: str) -> None:
        """Install a tool of ours."""
        path = self.tools / name
        path.write_text(f"#!/bin/sh\n{script}", "utf-8")
        path.chmod(0o755)

    def run(
        self,
        *arguments: str,
        shell: str = "sh",
        script: Path = SCRIPT,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the script as a customer would; never waits longer than two minutes."""
        command = [shutil.which(SHELLS[shell][0]) or "sh", *SHELLS[shell][1:], str(script)]
        return subprocess.run(
            [*command, *arguments],
            cwd=self.home,
            env={"PATH": str(self.tools), "TMPDIR": str(self.temporary), "HOME": str(self.home),
                 "LANG": os.environ.get("LANG", "C"), **self.env, **(env or {})},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )  # fmt: skip
