"""How fast deliveries are answered at a rate, while workers write the notes on the same machine."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from dotenv import dotenv_values

from bot.sandbox.delivery import Invocation, Parcel
from scripts.bench.drain_run import seconds_of
from scripts.bench.latency_run import part
from scripts.spine import Spine, spine, wait_for


def filed(body: Spine, number: int) -> list[Parcel]:
    """File tickets whose deliveries are kept here instead of being sent."""
    kept: list[Parcel] = []

    def keep(parcel: Parcel, delay: float = 0.0) -> Invocation:  # noqa: ARG001  its signature
        kept.append(parcel)
        return Invocation(parcel)

    deliverer = body.sandbox.box.deliverer
    send = deliverer.send
    setattr(deliverer, "send", keep)  # noqa: B010  mypy allows no method to be assigned
    try:
        for _ in range(number):
            body.file_ticket()
    finally:
        setattr(deliverer, "send", send)  # noqa: B010  as above
    return kept


def measure(body: Spine, rate: float, number: int) -> str:
    """Send at this rate from another process, wait for the notes, return the table's row."""
    secret = (dotenv_values(body.folder / ".env")["ZENDESK_WEBHOOK_SECRETS"] or "").split()[0]
    parcels = [
        {"id": one.invocation_id, "account": str(one.account_id), "body": one.body.decode()}
        for one in filed(body, number)
    ]
    orders = {"parcels": parcels, "secret": secret, "port": body.port, "rate": rate}
    before = seconds_of(body.web.pid) if body.web else 0.0
    said = subprocess.run(
        [sys.executable, "-m", "scripts.bench.ack_sender"],
        input=json.dumps(orders),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    web = (seconds_of(body.web.pid) if body.web else 0.0) - before
    wait_for("the queue is empty", lambda: body.open_jobs() == 0, 600, 0.25)
    took = [value for value in json.loads(said) if value >= 0]
    return (
        f"{rate:8.0f}  {len(took):7d}  {number - len(took):7d}  {statistics.median(took):6.1f}"
        f"  {part(took, 0.99):6.1f}  {max(took):6.1f}  {web * 1000 / number:6.2f}"
    )


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0, help="deliveries a second")
    parser.add_argument("--number", type=int, default=1000, help="deliveries of each round")
    parser.add_argument("--rounds", type=int, default=3, help="how often")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    asked = parser.parse_args()
    print("rate, /s  answers  refused  p50 ms  p99 ms  max ms  web ms of processor each")
    with tempfile.TemporaryDirectory(prefix="ack-") as folder:
        Path(folder).chmod(0o755)  # the embedded Postgres runs as a user of its own
        with spine(Path(folder) / "state") as body:
            body.start_web()
            for _ in range(asked.workers):
                body.start_worker()
            body.file_ticket()
            wait_for("the first note", lambda: bool(body.sandbox.notes()), 60)
            for _ in range(asked.rounds):
                print(measure(body, asked.rate, asked.number), flush=True)


if __name__ == "__main__":
    main()
