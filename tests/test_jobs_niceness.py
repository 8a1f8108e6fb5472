"""A worker yields to the web: by itself, and as a session."""

import subprocess
import sys
from pathlib import Path

import pytest

WORDS = (
    "import os; from pathlib import Path; from bot.jobs.niceness import be_nice; be_nice(7);"
    "group = Path('/proc/self/autogroup');"
    "print(os.nice(0), group.read_text().split()[-1] if group.exists() else 7)"
)


@pytest.mark.parametrize("own_session", [True, False])
def test_a_session_of_our_own_yields_and_nobody_elses(own_session: bool) -> None:  # noqa: FBT001  a parameter
    done = subprocess.run(
        [sys.executable, "-c", WORDS],
        start_new_session=own_session,
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    own, session = done.stdout.split()

    assert int(own) >= 7
    assert (int(session) >= 7) or not own_session
