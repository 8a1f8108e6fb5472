"""The intake under a real gunicorn, spoken to in raw HTTP."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Settings, SettingsError
from bot.store.database import Database
from bot.store.embedded import EmbeddedPostgres
from bot.web.serve import config_file, serve
from tests.web.web_factories import raw, signed_headers, trigger_body
from tests.web.web_process import (
    PATIENCE,
    ROOT,
    SETTINGS,
    WebProcess,
    converse,
    head,
    start_web,
    wait_for_line,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("loopback")]


@pytest.fixture(scope="module")
def web(
    web_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebProcess]:
    web = start_web(web_server.url, tmp_path_factory.mktemp("web"))
    yield web
    web.process.terminate()
    web.process.wait(PATIENCE)


def delivery(invocation: str, **changes: object) -> bytes:
    body = raw(trigger_body(**changes))
    headers = signed_headers(body, invocation=invocation)
    return head(headers | {"Content-Length": str(len(body))}) + body


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def content_of(answer: bytes) -> dict[str, str]:
    content: dict[str, str] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return content


def stored(database: Database) -> int:
    with database.connection() as connection:
        row = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'handle_event'"
        ).fetchone()
    return int(row[0]) if row else 0


def counted(web: WebProcess, outcome: str) -> int:
    text = web.ask(head({"Authorization": "Bearer token"}, "GET", "/metrics")).decode()
    found = re.search(rf'licensing_bot_events_total{{outcome="{outcome}"}} (\d+)', text)
    assert found, text[:2000]
    return int(found.group(1))


def test_a_delivery_is_stored_and_the_server_says_little_of_itself(
    web: WebProcess, database: Database
) -> None:
    answer = web.ask(delivery("one"))

    assert status_of(answer) == 200
    assert content_of(answer) == {"outcome": "accepted"}
    assert b"Server: licensing-bot\r\n" in answer
    assert b"gunicorn" not in answer
    assert stored(database) == 1


def test_a_chunked_delivery_is_stored(web: WebProcess, database: Database) -> None:
    body = raw(trigger_body())
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:50], body[50:]))
    headers = signed_headers(body) | {"Transfer-Encoding": "chunked"}
    answer = web.ask(head(headers), chunks, b"0\r\n\r\n")

    assert content_of(answer) == {"outcome": "accepted"}
    assert stored(database) == 1


def test_two_deliveries_over_one_connection_are_two(web: WebProcess, database: Database) -> None:
    with web.connect() as connection:
        answers = [converse(connection, [delivery(name)]) for name in ("one", "two")]

    assert [status_of(answer) for answer in answers] == [200, 200]
    assert stored(database) == 2


@pytest.mark.parametrize("announced", [True, False])
def test_ten_megabytes_are_refused(web: WebProcess, database: Database, *, announced: bool) -> None:
    size, piece = 10_000_000, b"x" * 50_000
    pieces = [piece if announced else b"%x\r\n%s\r\n" % (len(piece), piece)] * (size // len(piece))
    length = {"Content-Length": str(size)} if announced else {"Transfer-Encoding": "chunked"}
    answer = web.ask(head(signed_headers(b"") | length), *pieces)

    assert status_of(answer) == 413
    assert content_of(answer) == {"error": "body is over 262144 bytes"}
    assert stored(database) == 0


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n", b"5\r\nabcdefgh\r\n", b"-1\r\n", b"0x5\r\nabcde\r\n"]
)
def test_broken_chunks_are_refused(web: WebProcess, database: Database, chunks: bytes) -> None:
    answer = web.ask(head(signed_headers(b"") | {"Transfer-Encoding": "chunked"}), chunks)

    assert status_of(answer) == 400
    assert stored(database) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Length": "5", "Transfer-Encoding": "chunked"},
        {"Content-Length": "-5"},
        {"Content-Length": "5, 6"},
        {"Transfer-Encoding": "gzip, chunked"},
        {"X-Long": "x" * 9000},
        {f"X-{number}": "x" for number in range(100)},
    ],
    ids=["smuggled", "negative", "two lengths", "gzip transfer", "long header", "many headers"],
)
def test_requests_that_mean_two_things_are_refused(
    web: WebProcess, database: Database, headers: dict[str, str]
) -> None:
    answer = web.ask(head(headers), b"0\r\n\r\n")

    assert 400 <= status_of(answer) < 600
    assert stored(database) == 0


def test_a_signature_in_a_header_with_underscores_does_not_count(web: WebProcess) -> None:
    body = raw(trigger_body())
    headers = {name.replace("-", "_"): value for name, value in signed_headers(body).items()}
    answer = web.ask(head(headers | {"Content-Length": str(len(body))}), body)

    assert status_of(answer) == 401


def test_a_body_that_ends_early_is_refused(web: WebProcess, database: Database) -> None:
    with web.connect() as connection:
        connection.sendall(delivery("one")[:-20])
        connection.shutdown(1)
        answer = converse(connection, [])

    assert (status_of(answer), content_of(answer)) == (400, {"error": "body ended early"})
    assert stored(database) == 0


def test_slow_clients_are_ended_and_keep_nobody_out(web: WebProcess, database: Database) -> None:
    slow_bodies = [web.connect() for _ in range(4)]
    slow_heads = [web.connect() for _ in range(4)]
    for connection in slow_bodies:
        connection.sendall(delivery("slow")[:-20])
    for connection in slow_heads:
        connection.sendall(b"POST /zendesk/events HTTP/1.1\r\nHost: x\r\nX-A: ")
    meanwhile = web.ask(delivery("quick"))
    deadline = time.monotonic() + PATIENCE
    waiting = list(slow_heads)
    while waiting and time.monotonic() < deadline:  # each byte would start a mere time-out anew
        waiting = [connection for connection in waiting if still_takes_a_byte(connection)]
        time.sleep(0.1)
    bodies = [converse(connection, []) for connection in slow_bodies]
    for connection in (*slow_bodies, *slow_heads):
        connection.close()

    assert content_of(meanwhile) == {"outcome": "accepted"}
    assert waiting == []
    assert [status_of(answer) for answer in bodies] == [400] * 4
    assert stored(database) == 1


def still_takes_a_byte(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"x")
    except OSError:
        return False
    return True


def test_the_numbers_are_summed_over_the_workers(web: WebProcess, database: Database) -> None:
    before = counted(web, "accepted")
    for number in range(12):
        assert status_of(web.ask(delivery(f"sum-{number}"))) == 200

    assert before >= 0
    assert counted(web, "accepted") == before + 12
    assert stored(database) == 12


def test_a_reload_brings_new_workers_and_keeps_the_numbers(
    web: WebProcess, database: Database
) -> None:
    before = counted(web, "accepted")
    booted = web.log.read_text().count("Booting worker")
    web.process.send_signal(signal.SIGHUP)
    wait_for_line(web.process, web.log, f"(?s)(Booting worker.*){{{booted + 2}}}")

    assert status_of(web.ask(delivery("after"))) == 200
    assert counted(web, "accepted") == before + 1


def test_the_log_holds_json_lines_and_no_body(web: WebProcess, database: Database) -> None:
    web.ask(delivery("logged", secret_of_the_customer="hunter2"))
    wait_for_line(web.process, web.log, '"event": "logged"')
    lines = [json.loads(line) for line in web.log.read_text().splitlines()]

    [taken] = [line for line in lines if line.get("event") == "logged"]
    assert (taken["ticket"], taken["kind"], taken["outcome"]) == (4711, "created", "accepted")
    assert "hunter2" not in web.log.read_text()


SUPERVISOR = """
import sys
from dataclasses import replace
from bot.web import serve
from tests.web.web_process import SETTINGS
sys.exit(serve.serve(replace(SETTINGS, port=int(sys.argv[2])), sys.argv[1], host="127.0.0.1"))
"""


def start_supervisor(url: str, log: Path) -> subprocess.Popen[bytes]:
    """Run `serve` in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISOR, url, port], cwd=ROOT, stderr=stderr
        )
    wait_for_line(process, log, r"(?s)(Booting worker.*){2}")
    # A worker that is told to stop while it boots does not hear it, and is killed 20 s later.
    time.sleep(2.0)
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_serve_ends_gunicorn_in_order(
    web_server: EmbeddedPostgres, tmp_path: Path, number: signal.Signals
) -> None:
    log = tmp_path / "log"
    process = start_supervisor(web_server.url, log)
    process.send_signal(number)

    assert process.wait(PATIENCE) == 0
    assert "Shutting down: Master" in log.read_text()


def test_gunicorn_ends_when_serve_is_killed(web_server: EmbeddedPostgres, tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = start_supervisor(web_server.url, log)
    process.kill()
    process.wait(PATIENCE)
    deadline = time.monotonic() + PATIENCE
    while "Shutting down: Master" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.1)

    assert "Shutting down: Master" in log.read_text()


def test_serve_names_missing_settings_before_it_starts() -> None:
    with pytest.raises(SettingsError, match="ZENDESK_WEBHOOK_SECRETS is not set"):
        serve(replace(SETTINGS, zendesk_webhook_secrets=()), "postgresql:///")


def test_gunicorn_by_itself_names_missing_settings_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", str(config_file())],
        env={"PATH": "/usr/bin:/bin"} | Settings(zendesk_url="").environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.count("ZENDESK_URL is not set") == 1
    assert "Traceback" not in done.stderr
