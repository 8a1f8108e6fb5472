"""Seconds from the start of `serve` to its first answer, and of `work` to its first note."""

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from scripts.spine import Spine, spine, wait_for


def start_web(body: Spine) -> float:
    """Seconds until the webhook answers."""
    began = time.monotonic()
    body.start_web()
    took = time.monotonic() - began
    stop(body.web)
    return took


def start_worker(body: Spine) -> float:
    """Seconds until a ticket that waited for a worker has its note."""
    ticket = body.file_ticket()
    wait_for("the event is accepted", lambda: ticket in body.accepted())
    began = time.monotonic()
    worker = body.start_worker()
    wait_for("the note", lambda: body.sandbox.notes().get(ticket, 0) == 1)
    took = time.monotonic() - began
    stop(worker)
    body.workers.remove(worker)
    return took


def stop(process: subprocess.Popen[bytes] | None) -> None:
    """End it as a platform would."""
    if process is not None:
        process.terminate()
        process.wait(60)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="starts of each")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="startup-") as folder:
        Path(folder).chmod(0o755)  # the embedded Postgres runs as a user of its own
        with spine(Path(folder) / "state") as body:
            web = [start_web(body) for _ in range(asked.runs)]
            body.start_web()
            work = [start_worker(body) for _ in range(asked.runs)]
    print("       median s  fastest  slowest")
    for name, took in (("serve", web), ("work", work)):
        print(f"{name:5s}  {statistics.median(took):8.2f}  {min(took):7.2f}  {max(took):7.2f}")


if __name__ == "__main__":
    main()
