"""The pocket Zendesk's memory: kept in a file, taken back after an error, safe under threads."""

import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from bot.sandbox.serve import SandboxServer
from bot.sandbox.state import Store
from tests.sandbox.conftest import FAST, NO_TLS


def test_a_file_survives_a_restart(tmp_path: Path, loopback: None) -> None:
    path = tmp_path / "pocket.sqlite"
    headers = {"Authorization": "Bearer demo"}
    given = {"ticket": {"subject": "kept", "comment": {"body": "x"}, "tags": ["a"]}}
    with SandboxServer(path, delivery=FAST) as first:
        for _ in range(11):
            httpx.post(f"{first.url}/api/v2/tickets", json=given, headers=headers, verify=NO_TLS)

    with SandboxServer(path, delivery=FAST) as second:
        shown = httpx.get(f"{second.url}/api/v2/tickets", headers=headers, verify=NO_TLS).json()
        comments = httpx.get(
            f"{second.url}/api/v2/tickets/11/comments", headers=headers, verify=NO_TLS
        ).json()["comments"]
        fresh = httpx.post(
            f"{second.url}/api/v2/tickets", json=given, headers=headers, verify=NO_TLS
        ).json()

    assert [ticket["id"] for ticket in shown["tickets"]] == list(range(1, 12))
    assert len(comments) == 1
    assert fresh["ticket"]["id"] == 12
    assert fresh["audit"]["id"] > comments[0]["id"]


def test_it_runs_in_the_foreground_until_it_is_interrupted(tmp_path: Path, loopback: None) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    code = "import sys; from pathlib import Path; from bot.sandbox.serve import run; "
    code += "run('127.0.0.1', int(sys.argv[1]), Path(sys.argv[2]))"
    arguments = [sys.executable, "-c", code, str(port), str(tmp_path / "pocket.sqlite")]

    with subprocess.Popen(arguments) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                reply = httpx.get(f"http://127.0.0.1:{port}/ips", verify=NO_TLS)
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        status = process.wait(60)

    assert reply.status_code == 200
    assert status == 0


def test_an_error_takes_back_what_was_put() -> None:
    store = Store()
    store.put("ticket", {"id": 1, "subject": "before"})

    def fail() -> None:
        with store.transaction():
            store.put("ticket", {"id": 1, "subject": "after"})
            store.put("comment", {"id": 5, "ticket_id": 1})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert store.get("ticket", 1) == {"id": 1, "subject": "before"}
    assert store.of_ticket("comment", 1) == []


def test_the_version_rises_with_every_change_of_a_ticket() -> None:
    store = Store()
    store.put("ticket", {"id": 1})
    before, everywhere = store.version(1), store.version()
    store.put("comment", {"id": 5, "ticket_id": 1})
    store.put("user", {"id": 9})

    assert store.version(1) == before + 1
    assert store.version() == everywhere + 1
    assert store.version(2) == 0


def test_parallel_creates_get_ids_of_their_own(loopback: None) -> None:
    with SandboxServer(delivery=FAST) as sandbox:
        headers = {"Authorization": "Bearer demo"}
        given = {"ticket": {"comment": {"body": "x"}}}

        def create(_: int) -> int:
            reply = httpx.post(
                f"{sandbox.url}/api/v2/tickets", json=given, headers=headers, verify=NO_TLS
            )
            return int(reply.json()["ticket"]["id"])

        with ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(create, range(40)))

    assert sorted(ids) == list(range(1, 41))


def test_a_stopped_server_hangs_up_on_idle_callers(loopback: None) -> None:
    server = SandboxServer(delivery=FAST)
    server.start()
    with httpx.Client(base_url=server.url, verify=NO_TLS) as client:
        assert client.get("/ips").status_code == 200
        server.stop()

        with pytest.raises(httpx.TransportError):
            client.get("/ips")


def test_a_body_that_no_view_reads_does_not_spoil_the_connection(sandbox: SandboxServer) -> None:
    with httpx.Client(base_url=sandbox.url, verify=NO_TLS) as client:
        refused = client.post("/nowhere", content=b"x" * 100_000)
        after = client.get("/ips")

    assert (refused.status_code, after.status_code) == (404, 200)
