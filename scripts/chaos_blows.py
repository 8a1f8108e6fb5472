"""Hurts the bot's processes and its Postgres, and starts again what died, as a platform would."""

import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
import psycopg

from scripts.chaos_clock import SHIFTS
from scripts.spine import Spine, kill_group, wait_for

#: Longer than a heartbeat may be missed, so that a stopped worker loses its jobs and wakes up.
_PAUSES: Final = (0.5, 3.0, 9.0)


@dataclass(slots=True)
class Blows:
    """One run's dice, and what they chose so far."""

    body: Spine
    dice: random.Random
    short: bool = False
    """Only short pauses, for a run that must end soon."""
    struck: dict[str, int] = field(default_factory=dict)

    def strike(self) -> None:
        """Hurt something, then start again what died."""
        kinds = {
            "worker killed": self._kill_worker,
            "worker stopped": self._stop_worker,
            "worker told to end": self._end_worker,
            "web killed": self._kill_web,
            "web's child killed": self._kill_web_child,
            "web stopped": self._stop_web,
            "both killed": self._kill_both,
            "Postgres killed": lambda: self._signal_server(signal.SIGKILL),
            "Postgres restarted": lambda: self._signal_server(signal.SIGINT),
            "Postgres stopped": self._stop_server,
            "a Postgres backend killed": self._kill_backend,
            "every connection cut": self._cut_connections,
        }
        if self.body.clocks.library is not None:
            kinds["a clock set"] = self._set_clock
        what = self.dice.choice(list(kinds))
        self.struck[what] = self.struck.get(what, 0) + 1
        with suppress(psutil.NoSuchProcess, psycopg.Error):  # it is down from an earlier blow
            kinds[what]()
        revive(self.body)

    def _set_clock(self) -> None:
        who = self.dice.choice(list(SHIFTS))
        self.body.clocks.set(who, self.dice.choice(SHIFTS[who]))

    def _pause(self) -> None:
        time.sleep(_PAUSES[0] if self.short else self.dice.choice(_PAUSES))

    def _kill_worker(self) -> None:
        kill_group(self.dice.choice(self.body.workers), signal.SIGKILL)

    def _stop_worker(self) -> None:
        victim = self.dice.choice(self.body.workers)
        kill_group(victim, signal.SIGSTOP)
        self._pause()
        kill_group(victim, signal.SIGCONT)

    def _end_worker(self) -> None:
        self.dice.choice(self.body.workers).send_signal(signal.SIGTERM)

    def _kill_web(self) -> None:
        if self.body.web is not None:
            kill_group(self.body.web, signal.SIGKILL)
            self.body.web.wait()  # or `revive` would take the dying one for alive

    def _kill_both(self) -> None:
        self._kill_worker()
        self._kill_web()

    def _kill_web_child(self) -> None:
        if self.body.web is not None:
            children = psutil.Process(self.body.web.pid).children(recursive=True)
            self.dice.choice(children[1:] or children).kill()

    def _stop_web(self) -> None:
        if self.body.web is not None:
            kill_group(self.body.web, signal.SIGSTOP)
            time.sleep(0.5)
            kill_group(self.body.web, signal.SIGCONT)

    def _server(self) -> psutil.Process:
        data = self.body.folder / "postgres"
        with suppress(OSError, ValueError):
            server = psutil.Process(int((data / "postmaster.pid").read_text().split("\n", 1)[0]))
            # The file of a killed server stays, and its number may be a stranger's thread by now.
            if server.name() == "postgres" and Path(server.cwd()) == data.resolve():
                return server
        raise psutil.NoSuchProcess(0)

    def _signal_server(self, number: signal.Signals) -> None:
        self._server().send_signal(number)

    def _stop_server(self) -> None:
        server = self._server()
        stopped = [server, *server.children()]
        for process in stopped:
            with suppress(psutil.NoSuchProcess):  # or those before it would sleep for good
                process.suspend()
        time.sleep(0.5 if self.short else 2.0)
        for process in stopped:
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def _kill_backend(self) -> None:
        with psycopg.connect(self.body.database_url, connect_timeout=2) as connection:
            row = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'licensing-bot%'"
                " ORDER BY random() LIMIT 1"
            ).fetchone()
        if row:
            psutil.Process(int(row[0])).kill()

    def _cut_connections(self) -> None:
        with psycopg.connect(self.body.database_url, connect_timeout=2) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'licensing-bot%'"
            )


def revive(body: Spine) -> None:
    """Start again what died, as a process manager would: until it stays up."""
    dead = [worker for worker in body.workers if worker.poll() is not None]
    for worker in dead:
        body.workers.remove(worker)
        body.start_worker()
    if body.web is None or body.web.poll() is None:
        return
    wait_for("the port is free", lambda: not body.web_answers(), 30)

    def is_up() -> bool:
        if body.web is None or body.web.poll() is not None:  # its Postgres was not back yet
            body.web = body.start("serve")
        return body.web_answers()

    wait_for("the webhook answers", is_up, 120, 0.1)
