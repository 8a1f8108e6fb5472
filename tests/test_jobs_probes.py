"""A real worker on another host: it needs the store and nothing of Zendesk."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import queue
from bot.sandbox.portal import PortalServer
from bot.store.database import Database
from bot.store.portal import PortalLooks
from bot.store.probe_runs import ProbeRuns

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("loopback")]

ROOT = Path(__file__).parents[1]


@contextmanager
def a_worker_at(vantage: str, url: str, portal: str, folder: Path) -> Iterator[None]:
    keep = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    env = {**keep, "DATABASE_URL": url, "PORTAL_URL": portal, "STATE_DIR": str(folder)}
    words = [sys.executable, "-m", "bot", "work", "--vantage", vantage]
    with (folder / "log").open("a") as log:
        worker = subprocess.Popen(words, env=env, cwd=ROOT, stderr=log)
    try:
        yield
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0, (folder / "log").read_text()


def test_it_looks_by_itself_and_when_a_run_asks_it(database: Database, tmp_path: Path) -> None:
    looks, runs = PortalLooks(database), ProbeRuns(database)
    with database.connection() as connection:
        run_id = runs.open(connection, 7, ("frankfurt",))
        assert run_id is not None
        queue.defer_look(connection, "frankfurt", run_id)
    with (
        PortalServer() as portal,
        a_worker_at("frankfurt", database.url, portal.url, tmp_path),
    ):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            found = looks.history(f"{portal.url}/")
            if len(found) > 1:
                break
            time.sleep(0.05)

    assert {look.vantage for look in found} == {"bot:frankfurt"}
    assert {look.assessment.activates for look in found} == {"yes"}
    assert [look.vantage for look in looks.of_run(run_id)] == ["bot:frankfurt"]
    run = runs.get(run_id)
    assert run is not None
    assert run.state == "done"
    with database.connection() as connection:
        (told,) = queue.list_jobs(connection, queue=queue.EVENTS)
    assert (told.lock, told.priority) == ("ticket:7", queue.RESULT)
