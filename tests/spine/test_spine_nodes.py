"""Two machines on one Postgres, each with a web and a worker: one is killed for good."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.spine import Spine, free_port, kill_group, spine, wait_for

pytestmark = pytest.mark.slow

PATIENCE = 120.0


@pytest.fixture
def nodes() -> Iterator[tuple[Spine, Spine]]:
    """The pocket Zendesk calls the first; the second waits on another port and folder."""
    with tempfile.TemporaryDirectory(prefix="spine-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with spine(folder / "one", extra={"QUIET_SECONDS": "1"}) as one:
            other_folder = folder / "two"
            other_folder.mkdir()
            shutil.copy(one.folder / ".env", other_folder)
            other = replace(one, folder=other_folder, port=free_port(), web=None, workers=[])
            try:
                for node in (one, other):
                    node.start_web()
                    node.start_worker()
                yield one, other
            finally:
                other.stop()


def all_noted_once(body: Spine, tickets: list[int]) -> bool:
    return all(body.sandbox.notes().get(ticket) == 1 for ticket in tickets)


def kill_for_good(node: Spine) -> None:
    for process in (*node.workers, *([node.web] if node.web else [])):
        kill_group(process, signal.SIGKILL)
        process.wait(60)


def test_the_other_machine_finishes_the_work_of_one_that_died(nodes: tuple[Spine, Spine]) -> None:
    one, other = nodes
    one.sandbox.set_faults(
        {"match": r"PUT /api/v2/tickets/\d+", "what": "hang", "when": "after", "times": 6,
         "seconds": 3.0}
    )  # fmt: skip
    tickets = [one.file_ticket() for _ in range(20)]
    wait_for("the events", lambda: one.accepted() >= set(tickets), PATIENCE)

    kill_for_good(one)

    wait_for("every note", lambda: all_noted_once(one, tickets), PATIENCE)
    wait_for("the queue is empty", lambda: one.open_jobs() == 0, PATIENCE)
    assert all_noted_once(one, tickets)
    other.provision()  # the webhook's address moves to the machine that lives
    late = one.file_ticket()
    wait_for("a note by the other machine", lambda: all_noted_once(one, [late]), PATIENCE)


def test_machines_that_are_replaced_one_by_one_lose_nothing(nodes: tuple[Spine, Spine]) -> None:
    one, other = nodes
    tickets: list[int] = []
    for node in (one, other, one, other):
        tickets += [one.file_ticket() for _ in range(5)]
        worker = node.workers.pop()
        worker.send_signal(signal.SIGTERM)
        node.start_worker()
        # It ends in order; one that has not begun yet has nothing to put in order.
        assert worker.wait(60) in (0, -signal.SIGTERM)

    wait_for("every note", lambda: all_noted_once(one, tickets), PATIENCE)
    wait_for("the queue is empty", lambda: one.open_jobs() == 0, PATIENCE)
    assert all_noted_once(one, tickets)
    failed = one.sql("SELECT count(*) FROM job_failures WHERE reason <> 'the worker stopped'")
    assert failed == [(0,)]
