"""A real gunicorn on loopback, and raw HTTP for what no client library would send."""

import re
import socket
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.config import Settings
from bot.web.serve import start
from tests.web.web_factories import HOST, SECRET

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
SETTINGS = Settings(
    zendesk_url=f"https://{HOST}",
    zendesk_webhook_secrets=(SECRET,),
    metrics_token="token",
    web_concurrency=2,
)


@dataclass(frozen=True, slots=True)
class WebProcess:
    """A running gunicorn."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ask(self, *pieces: bytes) -> bytes:
        """Send the pieces and return the whole answer."""
        with self.connect() as connection:
            return converse(connection, pieces)


def start_web(url: str, folder: Path) -> WebProcess:
    """Start gunicorn on a port of its own choice and wait until it listens."""
    log = folder / "gunicorn.log"
    options = ["--bind", "127.0.0.1:0", "--pythonpath", str(ROOT)]
    options += ["--worker-class", "tests.web.hasty_worker.HastyWorker"]
    options += ["--graceful-timeout", "3"]
    with log.open("wb") as stderr:
        process = start(SETTINGS, url, options=options, stderr=stderr)
    found = wait_for_line(process, log, r"Listening at: http://127\.0\.0\.1:(\d+)")
    return WebProcess(process, int(found.group(1)), log)


def wait_for_line(process: subprocess.Popen[bytes], log: Path, pattern: str) -> re.Match[str]:
    """Return the match once the log has a line with the pattern."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(pattern, log.read_text()):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{pattern!r} was not logged:\n{log.read_text()}")


def converse(connection: socket.socket, pieces: Iterable[bytes]) -> bytes:
    """Send what the server takes, then read its answer to the end of its body."""
    try:
        for piece in pieces:
            connection.sendall(piece)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has answered, and reads no more
    answer = b""
    try:
        while not is_complete(answer):
            more = connection.recv(65536)
            if not more:
                break
            answer += more
    except ConnectionResetError:
        pass
    return answer


def is_complete(answer: bytes) -> bool:
    head, gap, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(gap) and length is not None and len(body) >= int(length.group(1))


def head(headers: dict[str, str], method: str = "POST", path: str = "/zendesk/events") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
