"""A worker process for tests: `worker_process.py URL FOLDER`; the event's key says what happens.

ok… is handled · hang… waits for the file `go` in the folder · bad… fails · later… is given back
once. Every start is a line `KEY PID` in the file `log`.
"""

import os
import sys
import time
from pathlib import Path

from bot.config import Settings
from bot.jobs import run_worker
from bot.log import start_logging
from bot.pipeline.ports import EventJob, Later
from bot.store.database import Database
from bot.store.events import EventLog


def main() -> int:
    url, folder = sys.argv[1], Path(sys.argv[2])
    start_logging("INFO")
    log = EventLog(Database(url))

    def handler(job: EventJob) -> None:
        seen = (folder / "log").read_text() if (folder / "log").exists() else ""
        with (folder / "log").open("a") as file:
            file.write(f"{job.key} {os.getpid()}\n")
        if job.key.startswith("hang"):
            while not (folder / "go").exists():
                time.sleep(0.02)
        if job.key.startswith("bad"):
            raise RuntimeError("cannot read 'the customer's words' of x@example.com")
        if job.key.startswith("later") and job.key not in seen:
            raise Later(0.1, "not quiet yet")
        log.close(job.key, "handled")

    return run_worker(Settings(), url, handler, version="0.0.0-test")


if __name__ == "__main__":
    sys.exit(main())
