"""The short form of `scripts/chaos`: everything fails at random, each ticket has its one note."""

import tempfile
from pathlib import Path

import pytest

from scripts.chaos_clock import make_clocks
from scripts.chaos_run import Plan, torment
from scripts.spine import spine

pytestmark = pytest.mark.slow


def test_whatever_dies_each_ticket_has_one_internal_note_and_the_queue_drains() -> None:
    with tempfile.TemporaryDirectory(prefix="spine-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        clocks, quick = make_clocks(folder / "clocks"), {"QUIET_SECONDS": "1"}
        with spine(folder / "state", extra=quick, clocks=clocks) as body:
            outcome = torment(body, Plan(events=60, kills=5, seed=7, missed=False), short=True)

    assert outcome.clean, outcome
