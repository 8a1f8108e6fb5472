"""Real worker processes that are killed, stopped, paused and cut off: nothing is lost or stuck."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import queue
from bot.store.database import Database, StoreDown
from bot.store.embedded import start_embedded
from bot.store.events import AcceptedEvent, EventLog, accept
from bot.store.heartbeats import Heartbeats
from bot.store.migrate import migrate
from bot.store.switches import SwitchBoard

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).with_name("worker_process.py")
ROOT = Path(__file__).parents[1]


@contextmanager
def a_worker(url: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, str(PROGRAM), url, str(folder)]
    with (folder / "errors").open("a") as errors:
        worker = subprocess.Popen(words, stderr=errors, text=True, cwd=ROOT)
    try:
        yield worker
    finally:
        if worker.poll() is None:
            worker.send_signal(signal.SIGCONT)
            worker.kill()
        worker.wait(60)


def put(database: Database, key: str, ticket_id: int = 7, priority: int = queue.EVENT) -> int:
    now = datetime.now(UTC)
    with database.connection() as connection:
        accept(connection, AcceptedEvent(key, ticket_id, "created", "no", now))
        return queue.defer_event(
            connection, key, ticket_id, "created", "no", None, now, priority=priority
        )


def starts(folder: Path, key: str) -> list[int]:
    """Process ids of every start of this event, in order."""
    log = folder / "log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [int(line.split()[1]) for line in lines if line.split()[0] == key]


def handled(database: Database, key: str) -> Callable[[], bool]:
    return lambda: EventLog(database).outcome(key) == "handled"


def open_jobs(database: Database) -> list[queue.QueuedJob]:
    with database.connection() as connection:
        return list(queue.list_jobs(connection, queue=queue.EVENTS))


def until(claim: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if claim():
                return
        except StoreDown:
            pass
        time.sleep(0.05)
    pytest.fail(f"never came true: {what}")


def test_events_are_handled_and_leave_the_queue(database: Database, tmp_path: Path) -> None:
    with a_worker(database.url, tmp_path) as worker:
        put(database, "ok1")
        put(database, "later1")
        put(database, "later2", ticket_id=8)

        for key in ("ok1", "later1", "later2"):
            until(handled(database, key), key)
        until(lambda: open_jobs(database) == [], "an empty queue")
        assert len(starts(tmp_path, "later1")) == 2
        until(lambda: len(Heartbeats(database).alive("worker")) == 1, "a heartbeat")
        status = Path(f"/proc/{worker.pid}/status")
        if status.exists():
            memory = int(status.read_text().split("VmRSS:")[1].split()[0])
            assert memory < 120_000


def test_the_job_of_a_killed_worker_is_finished_by_another(
    database: Database, tmp_path: Path
) -> None:
    with a_worker(database.url, tmp_path) as first, a_worker(database.url, tmp_path) as second:
        put(database, "hang1")
        until(lambda: bool(starts(tmp_path, "hang1")), "a start")
        (killed,) = starts(tmp_path, "hang1")

        os.kill(killed, signal.SIGKILL)
        (tmp_path / "go").touch()

        until(handled(database, "hang1"), "handled after the rescue")
        until(lambda: open_jobs(database) == [], "an empty queue")
        assert len(starts(tmp_path, "hang1")) == 2
        assert {first.pid, second.pid} == set(starts(tmp_path, "hang1"))


def test_a_worker_that_was_stopped_and_woken_drops_its_rescued_job(
    database: Database, tmp_path: Path
) -> None:
    with a_worker(database.url, tmp_path) as first:
        put(database, "hang1")
        until(lambda: starts(tmp_path, "hang1") == [first.pid], "a start")
        first.send_signal(signal.SIGSTOP)
        with a_worker(database.url, tmp_path) as second:
            until(lambda: starts(tmp_path, "hang1") == [first.pid, second.pid], "a rescue")

            # Both are in the handler now. The first wakes and ends: the job is not its own.
            second.send_signal(signal.SIGSTOP)
            (tmp_path / "go").touch()
            first.send_signal(signal.SIGCONT)
            errors = tmp_path / "errors"
            until(lambda: "rescued meanwhile" in errors.read_text(), "the first's end is dropped")
            (job,) = open_jobs(database)
            assert job.status in ("doing", "todo")
            second.send_signal(signal.SIGCONT)

            until(lambda: open_jobs(database) == [], "an empty queue")
        put(database, "ok2")
        until(handled(database, "ok2"), "the woken worker works on")


def test_a_pause_holds_events_back_and_nothing_else(database: Database, tmp_path: Path) -> None:
    board = SwitchBoard(database)
    with a_worker(database.url, tmp_path):
        put(database, "ok1")
        until(handled(database, "ok1"), "work before the pause")
        board.pause("ana", "a test")

        put(database, "ok2")
        with database.connection() as connection:
            house = queue.defer(connection, queue.MAINTENANCE, "analyze", {"timestamp": 0})

        def done() -> bool:
            with database.connection() as connection:
                return queue.show(connection, house) is None

        until(done, "housekeeping during the pause")
        assert starts(tmp_path, "ok2") == []
        assert [job.status for job in open_jobs(database)] == ["todo"]
        board.resume()
        until(handled(database, "ok2"), "work after the pause")


def test_a_poisoned_job_does_not_starve_its_ticket(database: Database, tmp_path: Path) -> None:
    with a_worker(database.url, tmp_path):
        bad = put(database, "bad1")
        until(lambda: bool(starts(tmp_path, "bad1")), "a first try")
        put(database, "ok1")

        until(handled(database, "ok1"), "a later event of the same ticket")
        with database.connection() as connection:
            job = queue.show(connection, bad)
        assert job is not None
        assert job.status in ("todo", "doing")
        assert job.priority == -1


def test_after_the_last_try_a_job_is_a_dead_letter_with_its_reason(
    database: Database, tmp_path: Path
) -> None:
    bad = put(database, "bad1")
    with database.connection() as connection:
        connection.execute("UPDATE procrastinate_jobs SET attempts = 7")

    with a_worker(database.url, tmp_path):
        until(lambda: [job.status for job in open_jobs(database)] == ["failed"], "a dead letter")
        with database.connection() as connection:
            job = queue.show(connection, bad)
        assert job is not None
        assert job.attempts == 8
        assert job.reason is not None
        assert job.reason.startswith("RuntimeError at worker_process.py:")
        assert "customer" not in job.reason
        assert "example.com" not in job.reason

        with database.connection() as connection:
            assert queue.retry(connection, bad)
        until(lambda: len(starts(tmp_path, "bad1")) == 2, "another try on request")


def test_a_running_job_ends_before_the_worker_does(database: Database, tmp_path: Path) -> None:
    with a_worker(database.url, tmp_path) as worker:
        put(database, "hang1")
        until(lambda: bool(starts(tmp_path, "hang1")), "a start")
        worker.send_signal(signal.SIGTERM)
        put(database, "ok2", ticket_id=8)
        (tmp_path / "go").touch()

        assert worker.wait(60) == 0
        assert handled(database, "hang1")()
        # The later event was done as well, or waits untouched.
        assert all((job.status, job.attempts) == ("todo", 0) for job in open_jobs(database))
        assert Heartbeats(database).all("worker") == []


def test_a_worker_outlives_the_death_of_its_store(folder: Path, tmp_path: Path) -> None:
    with start_embedded(folder, {"fsync": "off"}) as server:
        migrate(server.url)
        database = Database(server.url)
        with a_worker(server.url, tmp_path) as worker:
            put(database, "ok1")
            until(handled(database, "ok1"), "work before")
            os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), 9)

            until(lambda: bool(put_if_possible(database, "ok2")), "a store that is back")
            until(handled(database, "ok2"), "work after")
            assert worker.poll() is None
        database.close()


def put_if_possible(database: Database, key: str) -> int:
    try:
        return put(database, key)
    except StoreDown:
        return 0
