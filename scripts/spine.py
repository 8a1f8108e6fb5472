"""The whole bot as real processes around a pocket Zendesk: for chaos, benches and tests."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import psycopg

from bot.sandbox.delivery import DeliveryRules
from bot.sandbox.limits import Limits
from bot.sandbox.portal import PortalServer
from bot.sandbox.serve import SandboxServer
from bot.store.embedded import start_embedded
from bot.store.migrate import migrate
from scripts.chaos_clock import Clocks

#: Of our environment the bot sees this; the path lets another version of it run.
_KEPT = ("PATH", "HOME", "LANG", "PYTHONPATH")
BUG_TICKET = {
    "subject": "Opted in by a bug, should not be on it",
    "comment": {
        "body": "Our instance was opted into cloud licensing by the opt-in bug, then our legal "
        "entity changed and the new subscription A-S00012345 is not on cloud licensing. We do not "
        "want cloud licensing. https://customers.example_company.com/admin/license/123123123"
    },
    "requester": {"name": "Casey Customer", "email": "casey@acme.example"},
    "tags": ["cloud-licensing"],
}


def wait_for(
    what: str, holds: Callable[[], bool], seconds: float = 60.0, pause: float = 0.02
) -> float:
    """Wait until it holds and return how long it took; say what did not come true."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)
    return time.monotonic() - began


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Spine:
    """Pocket Zendesk in this process; web and workers as processes of their own."""

    folder: Path
    sandbox: SandboxServer
    database_url: str
    port: int = field(default_factory=free_port)
    extra: Mapping[str, str] = field(default_factory=dict)
    clocks: Clocks = field(default_factory=lambda: Clocks(Path(), None))
    web: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    agent: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))
    """One client for all tickets: making one costs more than filing a ticket."""

    @property
    def env(self) -> dict[str, str]:
        """The environment of every process of the bot."""
        keep = {key: os.environ[key] for key in _KEPT if key in os.environ}
        return {
            **keep,
            "ZENDESK_URL": self.sandbox.url,
            "ZENDESK_CLIENT_ID": self.sandbox.bot_client_id,
            "ZENDESK_CLIENT_SECRET": self.sandbox.bot_client_secret,
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "DATABASE_URL": self.database_url,
            "STATE_DIR": str(self.folder),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            **self.extra,
        }

    def command(self, *words: str, **more: str) -> None:
        """Run one command of the bot to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words],
            env={**self.env, **more},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(
                f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            )

    def provision(self) -> None:
        """Set the pocket Zendesk up from the manifests; the secret lands in the folder's .env."""
        self.command(
            "provision", "apply", "--yes", "--env-file", str(self.folder / ".env"),
            ZENDESK_PROVISION_CLIENT_ID=self.sandbox.admin_client_id,
            ZENDESK_PROVISION_CLIENT_SECRET=self.sandbox.admin_client_secret,
        )  # fmt: skip
        self.command("mode", "on")

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a long-running command; its log goes to a file in the folder."""
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bot", *words],
                env={**self.env, **self.clocks.environment(words[0])},
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_web(self) -> None:
        """Start the webhook and wait until it answers."""
        self.web = self.start("serve")
        wait_for("the webhook answers", self.web_answers, 180)

    def web_answers(self) -> bool:
        """Does the webhook answer?"""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=1).is_success
        except httpx.HTTPError:
            return False

    def web_listens(self) -> bool:
        """Is its port open? Costs next to nothing."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start one worker more."""
        worker = self.start("work")
        self.workers.append(worker)
        return worker

    def file_ticket(self, ticket: Mapping[str, object] | None = None) -> int:
        """File a ticket as the customer's e-mail would; return its number."""
        answer = self.agent.post(
            f"{self.sandbox.url}/api/v2/tickets",
            json={"ticket": dict(ticket or BUG_TICKET)},
            headers={"authorization": f"Bearer {self.sandbox.token}"},
        )
        answer.raise_for_status()
        return int(answer.json()["ticket"]["id"])

    def sql(self, query: str, patience: float = 30.0) -> list[tuple[object, ...]]:
        """Ask the store directly; one that restarts is waited for."""
        deadline = time.monotonic() + patience
        while True:
            try:
                with psycopg.connect(self.database_url, connect_timeout=5) as connection:
                    found: list[tuple[object, ...]] = connection.execute(query.encode()).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return found

    def accepted(self) -> set[int]:
        """Tickets of which an event was accepted."""
        return {int(str(row[0])) for row in self.sql("SELECT DISTINCT ticket_id FROM events")}

    def open_jobs(self) -> int:
        """Jobs that wait or run."""
        rows = self.sql(
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE queue_name = 'events' AND status IN ('todo', 'doing')"
        )
        return int(str(rows[0][0]))

    def stop(self) -> None:
        """End every process that was started here."""
        self.agent.close()
        for process in [*self.workers, *([self.web] if self.web else [])]:
            kill_group(process, signal.SIGCONT)
            kill_group(process, signal.SIGKILL)
            process.wait()


def kill_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a process and all of its descendants, at once."""
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(process.pid)
        for victim in (parent, *parent.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                victim.send_signal(number)


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Take SIGTERM (of `timeout`, say) for an exit, so that no process of the bot stays behind."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def spine(
    folder: Path,
    *,
    limits: Limits | None = None,
    delivery: DeliveryRules | None = None,
    extra: Mapping[str, str] | None = None,
    clocks: Clocks | None = None,
) -> Iterator[Spine]:
    """Give a provisioned bot without processes yet; everything ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    clocks = clocks or Clocks(folder, None)
    with ExitStack() as stack:
        stack.enter_context(ended_in_order())
        server = stack.enter_context(
            start_embedded(folder, environment=clocks.environment("store"))
        )
        migrate(server.url)
        sandbox = stack.enter_context(SandboxServer(limits=limits, delivery=delivery))
        portal = stack.enter_context(PortalServer())
        body = Spine(
            folder, sandbox, server.url, extra={"PORTAL_URL": portal.url, **(extra or {})},
            clocks=clocks,
        )  # fmt: skip
        stack.callback(body.stop)
        body.provision()
        yield body
