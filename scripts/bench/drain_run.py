"""How fast a backlog of tickets becomes notes, what one event costs, and how near its limit.

The limit, taken in the same run: the same two Zendesk calls per ticket, sent by bare threads that
do nothing else. Both meet the same pocket Zendesk on the same machine.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from scripts.spine import Spine, spine, wait_for

THREADS = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds since the start, by who used them."""

    worker: float
    postgres: float
    pocket: float
    transactions: int


def cost(body: Spine) -> Cost:
    """Read the clocks of every process that takes part."""
    return Cost(
        worker=sum(seconds_of(worker.pid) for worker in body.workers),
        postgres=seconds_of(server_pid(body)),
        pocket=own_seconds(),
        transactions=int(str(body.sql("SELECT xact_commit FROM pg_stat_database"
                                      " WHERE datname = current_database()")[0][0])),
    )  # fmt: skip


def seconds_of(pid: int) -> float:
    """Processor time of a process, its children that ended and those that live."""
    process = psutil.Process(pid)
    times = process.cpu_times()
    spent = times.user + times.system + times.children_user + times.children_system
    return float(spent) + sum(seconds_of(child.pid) for child in process.children())


def own_seconds() -> float:
    """Processor time of this process: the pocket Zendesk runs in it."""
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


def server_pid(body: Spine) -> int:
    """The process of the embedded Postgres."""
    file = body.folder / "postgres" / "postmaster.pid"
    return int(file.read_text().split("\n", 1)[0])


@contextmanager
def no_workers(body: Spine) -> Iterator[None]:
    """Let the events pile up: the worker that was warmed up stands still."""
    body.command("pause", "--why", "drain bench")
    try:
        yield
    finally:
        body.command("resume")


def fill(body: Spine, number: int) -> list[int]:
    """File this many tickets and wait until every event is accepted."""
    filed = [body.file_ticket() for _ in range(number)]
    wait_for("every event is accepted", lambda: body.accepted() >= set(filed), 120)
    return filed


def bare(body: Spine, tickets: Sequence[int]) -> float:
    """Read each ticket and write a note on it, and nothing else; return tickets a second."""
    waiting = list(tickets)
    lock = threading.Lock()

    def work() -> None:
        headers = {"authorization": f"Bearer {body.sandbox.token}"}
        with httpx.Client(base_url=body.sandbox.url, headers=headers, timeout=30) as client:
            while True:
                with lock:
                    if not waiting:
                        return
                    number = waiting.pop()
                path = f"/api/v2/tickets/{number}"
                client.get(path, params={"include": "users,comment_count"}).raise_for_status()
                comment = {"html_body": "<p>bare</p>", "public": False}
                client.put(path, json={"ticket": {"comment": comment}}).raise_for_status()

    began = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(tickets) / (time.monotonic() - began)


def drain(body: Spine, number: int) -> str:
    """Fill, let go, wait for the last note; return the table's row."""
    with no_workers(body):
        filed = fill(body, number)
        body.sandbox.forget_calls()
        time.sleep(1)
    before, began = cost(body), time.monotonic()
    wait_for("every note", lambda: body.open_jobs() == 0, 300, pause=0.25)
    took, after = time.monotonic() - began, cost(body)
    calls = body.sandbox.calls(path=r"/api/v2/tickets/\d+")
    limit = bare(body, filed)
    each = 1000 / number
    return (
        f"{number / took:7.0f}  {number / took / limit:14.2f}  {limit:6.0f}"
        f"  {(after.worker - before.worker) * each:9.1f}"
        f"  {(after.postgres - before.postgres) * each:11.1f}"
        f"  {(after.pocket - before.pocket) * each:9.1f}"
        f"  {(after.transactions - before.transactions) / number:12.1f}"
        f"  {len(calls) / number:12.2f}"
    )


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=500, help="tickets in the backlog")
    parser.add_argument("--workers", type=int, default=1, help="worker processes")
    parser.add_argument("--rounds", type=int, default=2, help="times that the backlog is drained")
    asked = parser.parse_args()
    print("notes/s  of the limit of  bare/s  worker ms  postgres ms  pocket ms  transactions"
          "  calls/ticket")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="drain-") as folder:
        Path(folder).chmod(0o755)  # the embedded Postgres runs as a user of its own
        with spine(Path(folder) / "state") as body:
            body.start_web()
            for _ in range(asked.workers):
                body.start_worker()
            body.file_ticket()
            wait_for("the first note", lambda: bool(body.sandbox.notes()), 60)
            for _ in range(asked.rounds):
                print(drain(body, asked.tickets), flush=True)


if __name__ == "__main__":
    main()
