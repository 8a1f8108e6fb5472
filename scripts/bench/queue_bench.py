"""How fast jobs go in and come out, with a handler that does nothing, and what a worker weighs."""

import argparse
import contextlib
import multiprocessing
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot import queue
from bot.store.database import Database
from bot.store.embedded import start_embedded
from bot.store.events import AcceptedEvent, accept
from bot.store.migrate import migrate

IMPORT = (
    "import time; t = time.perf_counter(); import bot.queue, bot.store.database, bot.store.events;"
    " print(time.perf_counter() - t)"
)


def work(url: str) -> None:
    """Be a worker process."""
    from bot.config import Settings  # noqa: PLC0415  the child loads it, the clock runs in us
    from bot.jobs import run_worker  # noqa: PLC0415

    sys.exit(run_worker(Settings(), url, lambda _: None))


def defer(database: Database, number: int) -> None:
    """Accept one event as the web app does."""
    now = datetime.now(UTC)
    with database.connection() as connection:
        accept(connection, AcceptedEvent(f"k{number}", number, "created", "no", now))
        queue.defer_event(connection, f"k{number}", number, "created", "no", None, now)


def drain(database: Database) -> None:
    """Wait until nothing is left to do."""
    while True:
        with database.connection() as connection:
            if not any(state.waiting + state.running for state in queue.queue_states(connection)):
                return
        time.sleep(0.005)


def measure(url: str, jobs: int, workers: int) -> list[tuple[str, str]]:
    """Return what was measured, by name."""
    migrate(url)
    database = Database(url)
    started = time.perf_counter()
    for number in range(jobs):
        defer(database, number)
    rows = [("deferred, one connection", f"{jobs / (time.perf_counter() - started):.0f} jobs/s")]
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=work, args=(url,)) for _ in range(workers)]
    for child in children:
        child.start()
    defer(database, -1)
    while True:
        with database.connection() as connection:
            found = connection.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"
            ).fetchone()
        if found and found[0] < jobs:
            break
        time.sleep(0.01)
    started = time.perf_counter()
    drain(database)
    rate = jobs / (time.perf_counter() - started)
    rows.append((f"drained, {workers} worker(s) of 4 threads", f"{rate:.0f} jobs/s"))
    rows.append(("idle worker, defer to done, p50", f"{_latency(database):.1f} ms"))
    for child in children:
        with contextlib.suppress(OSError, ValueError):
            text = Path(f"/proc/{child.pid}/status").read_text(encoding="utf-8")
            rows.append(("worker's memory", f"{int(text.split('VmRSS:')[1].split()[0]) >> 10} MB"))
        os.kill(child.pid or 0, signal.SIGTERM)
        child.join()
    database.close()
    return rows


def _latency(database: Database) -> float:
    times = []
    for number in range(50):
        started = time.perf_counter()
        defer(database, 1_000_000 + number)
        drain(database)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def main() -> None:
    """Measure on an embedded Postgres that syncs as in production."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    imports = [
        float(
            subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, check=True).stdout
        )
        for _ in range(3)
    ]
    with tempfile.TemporaryDirectory(prefix="bot-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with start_embedded(Path(name)) as server:
            rows = measure(server.url, given.jobs, given.workers)
    table = Table("queue", "measured")
    for row in [*rows, ("import of queue, database and events", f"{min(imports):.2f} s")]:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
