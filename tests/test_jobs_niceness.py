"""A worker yields to the web: by itself, and as a session."""

import subprocess
import sys
from pathlib import Path

#: A session that began while grouping was off, or in a kernel without it, has no group to show;
#: a container may keep its own from being written.
WORDS = """
import os
from pathlib import Path
from bot.jobs.niceness import be_nice

def session():
    group = Path("/proc/self/autogroup")
    words = group.read_text().split() if group.exists() else []
    return words[-1] if words else "none"

try:
    if os.getsid(0) == os.getpid():
        Path("/proc/self/autogroup").write_text("1")
    before = session()
except BlockingIOError:
    before = session()
except OSError:
    before = "none"
be_nice(7)
print(os.nice(0), before, session())
"""


def niceness(*, own_session: bool) -> tuple[int, str, str]:
    """Return a new process's niceness after yielding, and its session's before and after."""
    done = subprocess.run(
        [sys.executable, "-c", WORDS],
        start_new_session=own_session,
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr
    own, before, after = done.stdout.split()
    return int(own), before, after


def test_a_session_of_our_own_yields() -> None:
    own, before, after = niceness(own_session=True)

    assert own >= 7
    assert before == "none" or after == "7"


def test_a_session_of_others_stays_as_it_is() -> None:
    own, before, after = niceness(own_session=False)

    assert own >= 7
    assert after == before
