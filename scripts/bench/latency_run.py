"""From an accepted event to its note, and to our answer: latency at a rate, calls per ticket."""

import argparse
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from scripts.spine import Spine, spine, wait_for


def file_at_rate(body: Spine, rate: float, seconds: float) -> int:
    """File tickets evenly, each from a thread of its own, as many customers would."""
    number = round(rate * seconds)
    began = time.monotonic()
    threads = []
    for nth in range(number):
        time.sleep(max(0.0, began + nth / rate - time.monotonic()))
        threads.append(threading.Thread(target=body.file_ticket))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return number


def time_answers(body: Spine) -> list[float]:
    """Return a list that fills with the milliseconds that each delivery waits for its answer."""
    deliverer, took = body.sandbox.box.deliverer, list[float]()
    ask = deliverer._ask  # noqa: SLF001  the pocket Zendesk keeps no clock of its own

    def timed(*given: Any) -> Any:
        began = time.perf_counter()
        try:
            return ask(*given)
        finally:
            took.append((time.perf_counter() - began) * 1000)

    setattr(deliverer, "_ask", timed)  # noqa: B010  as above; mypy wants its exact type
    return took


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", default="1,20", help="events a second, separated by commas")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long at each rate")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    asked = parser.parse_args()
    print("events/s  notes  p50 ms  p99 ms  max ms  ack p50  ack p99  drained s  calls/ticket")
    with tempfile.TemporaryDirectory(prefix="latency-") as folder:
        Path(folder).chmod(0o755)  # the embedded Postgres runs as a user of its own
        with spine(Path(folder) / "state") as body:
            body.start_web()
            for _ in range(asked.workers):
                body.start_worker()
            body.file_ticket()
            wait_for("the first note", lambda: bool(body.sandbox.notes()), 60)
            answers = time_answers(body)
            for rate in (float(word) for word in asked.rates.split(",")):
                print(measure(body, rate, asked.seconds, answers), flush=True)


def measure(body: Spine, rate: float, seconds: float, answers: list[float]) -> str:
    """File at this rate, wait for the last note, and return the table's row."""
    first = max(body.sandbox.notes(), default=0)
    body.sandbox.forget_calls()
    answers.clear()
    began = time.monotonic()
    number = file_at_rate(body, rate, seconds)
    body.sandbox.box.deliverer.wait_until_idle(120)
    wait_for("the queue is empty", lambda: body.open_jobs() == 0, 600, 0.25)
    drained = time.monotonic() - began
    wait_for("every note", lambda: len(body.sandbox.notes()) >= first + number, 300, 0.25)
    rows = body.sql(
        "SELECT extract(epoch FROM notes.done_at - events.received_at)::float8 * 1000"
        " FROM events JOIN notes USING (ticket_id)"
        f" WHERE ticket_id > {first} AND events.kind = 'created'"
    )
    took = sorted(float(str(row[0])) for row in rows)
    calls = body.sandbox.calls(path=r"/api/v2/tickets/\d+")
    return (
        f"{rate:8.0f}  {len(took):5d}  {statistics.median(took):6.0f}  {part(took, 0.99):6.0f}"
        f"  {took[-1]:6.0f}  {statistics.median(answers):7.0f}  {part(answers, 0.99):7.0f}"
        f"  {drained:9.1f}  {len(calls) / number:12.2f}"
    )


def part(values: list[float], share: float) -> float:
    """The value that this share of the others does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    main()
