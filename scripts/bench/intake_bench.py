"""How much does a durable webhook cost, compared with a view that does nothing?"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.config import Settings
from bot.store.database import Database
from bot.store.embedded import start_embedded
from bot.store.migrate import migrate
from bot.web.serve import config_file, start
from bot.web.signature import signature_of

SECRET = "bench-c2VjcmV0"
WANTED_RATIO, WANTED_P99_MS, WANTED_IMPORT = 0.25, 30.0, 0.6
HERE = Path(__file__).parent
IMPORT = "import time; t = time.perf_counter(); import bot.web.app; print(time.perf_counter() - t)"


def request_bytes(number: int) -> bytes:
    """Return one signed delivery, ready for the wire."""
    content = {
        "ticket_id": str(number % 500 + 1),
        "event": "created",
        "attachments": "no",
        "updated_at": "2026-11-24T12:00",
        "actor_id": "900",
        "ticket_url": "acme.zendesk.com/agent/tickets/1",
    }
    body = json.dumps(content, indent=3).encode()
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = (
        "POST /zendesk/events HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"X-Zendesk-Webhook-Signature: {signature_of(SECRET, stamp, body)}\r\n"
        f"X-Zendesk-Webhook-Signature-Timestamp: {stamp}\r\n"
        f"X-Zendesk-Webhook-Invocation-Id: bench-{os.getpid()}-{number}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def exchange(connection: socket.socket, request: bytes) -> float:
    """Send one request, read its answer, return the seconds; anything but 200 ends the bench."""
    began = time.perf_counter()
    connection.sendall(request)
    answer = connection.recv(65536)
    while answer and not answer.rstrip().endswith(b"}"):
        more = connection.recv(65536)
        if not more:
            break
        answer += more
    if b"accepted" not in answer:
        raise SystemExit(f"unexpected answer: {answer[:200]!r}")
    return time.perf_counter() - began


class Load:
    """Requests from many connections at once, each after the other's answer."""

    def __init__(self, port: int, connections: int) -> None:
        self.port = port
        self.connections = connections
        self.number = 0
        self.lock = threading.Lock()

    def request(self) -> bytes:
        """Sign the next delivery; its timestamp must be fresh when it is sent."""
        with self.lock:
            self.number += 1
            number = self.number
        return request_bytes(number)

    def saturate(self, count: int) -> float:
        """Return requests a second."""
        each = count // self.connections
        threads = [
            threading.Thread(target=self.send, args=(each,)) for _ in range(self.connections)
        ]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return each * self.connections / (time.perf_counter() - began)

    def send(self, count: int, per_second: float = 0.0) -> list[float]:
        """Send over one connection, at an even rate if one is given; return seconds of each ack."""
        seconds = []
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            began = time.perf_counter()
            for number in range(count):
                if per_second:
                    time.sleep(max(0.0, began + number / per_second - time.perf_counter()))
                seconds.append(exchange(connection, self.request()))
        return seconds


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the server accepts connections."""
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            time.sleep(2.0)  # the workers load the app after the master listens
            return
        time.sleep(0.1)
    raise SystemExit("gunicorn did not start")


@contextlib.contextmanager
def servers(store: str, state: Path) -> Iterator[tuple[int, int]]:
    """Run the bare view and the intake under the same settings; return their ports."""
    bare, intake = free_port(), free_port()
    settings = Settings(
        zendesk_url="https://acme.zendesk.com",
        zendesk_webhook_secrets=(SECRET,),
        state_dir=state,
        port=intake,
        log_level="INFO",
    )
    words = ["-m", "gunicorn", "-c", str(config_file()), "--bind", f"127.0.0.1:{bare}"]
    words += ["--pythonpath", str(HERE), "intake_bare:app"]
    with (state / "server.log").open("wb") as log:
        processes = [
            subprocess.Popen(
                [sys.executable, *words], env=os.environ | settings.environment(), stderr=log
            ),
            start(settings, store, host="127.0.0.1", stderr=log),
        ]
    try:
        wait_for(bare, processes[0])
        wait_for(intake, processes[1])
        yield bare, intake
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait()


def import_seconds(times: int = 7) -> list[float]:
    """Return how long a new process needs to import the web app."""
    words = [sys.executable, "-c", IMPORT]
    return sorted(float(subprocess.check_output(words, text=True)) for _ in range(times))


def measure(arguments: argparse.Namespace, state: Path) -> int:
    """Run everything and print the table; exit 1 when a target is missed."""
    with start_embedded(state) as store:
        migrate(store.url)
        with servers(store.url, state) as (bare_port, intake_port):
            bare, intake = (Load(port, arguments.connections) for port in (bare_port, intake_port))
            for load in (bare, intake):
                load.saturate(200)
            rates = [
                (bare.saturate(arguments.requests), intake.saturate(arguments.requests))
                for _ in range(arguments.rounds)
            ]
            acks = sorted(intake.send(arguments.acks, per_second=50.0))
        counted = check_nothing_lost(store.url, intake.number)
    return report(rates, acks, import_seconds(), counted)


def check_nothing_lost(url: str, sent: int) -> int:
    """Return how many deliveries were sent, after checking that each is stored with its job."""
    database = Database(url)
    with database.connection() as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM procrastinate_jobs)"
        ).fetchone()
    database.close()
    if row != (sent, sent):
        raise SystemExit(f"sent {sent}, stored (events, jobs) {row}")
    return sent


def report(
    rates: list[tuple[float, float]], acks: list[float], imports: list[float], counted: int
) -> int:
    """Print what was measured beside what is wanted."""
    bare = statistics.median(rate for rate, _ in rates)
    intake = statistics.median(rate for _, rate in rates)
    ratio = statistics.median(durable / nothing for nothing, durable in rates)
    p99 = acks[int(len(acks) * 0.99)] * 1000
    rows = (
        ("bare Flask view", f"{bare:.0f}/s", "", True),
        ("durable intake", f"{intake:.0f}/s", "", True),
        ("ratio, median of rounds", f"{ratio:.2f}", "≥ 0.25", ratio >= WANTED_RATIO),
        ("ack p50, 50 events/s", f"{statistics.median(acks) * 1000:.1f} ms", "", True),
        ("ack p99, 50 events/s", f"{p99:.1f} ms", "< 30 ms", p99 < WANTED_P99_MS),
        (
            "import of the web app, fastest",
            f"{imports[0]:.2f} s",
            "< 0.6 s",
            imports[0] < WANTED_IMPORT,
        ),
        ("import of the web app, median", f"{statistics.median(imports):.2f} s", "", True),
        ("sent = stored = queued", str(counted), "", True),
    )
    table = Table("measured", "here", "wanted", "")
    for name, here, wanted, good in rows:
        table.add_row(name, here, wanted, "" if not wanted else ("✓" if good else "✗"))
    Console().print(table)
    return 0 if all(good for *_, good in rows) else 1


def main() -> int:
    """Read the arguments and measure in a folder that is thrown away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=1600, help="of each round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--acks", type=int, default=500)
    state = Path(tempfile.mkdtemp(prefix="licensing-bot-bench-"))
    state.chmod(0o755)  # as root, the embedded Postgres runs under another account
    try:
        return measure(parser.parse_args(), state)
    finally:
        shutil.rmtree(state, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
