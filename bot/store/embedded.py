"""An embedded Postgres in the state folder, shared by every process that points to that folder.

The wheel brings the programs; we start them ourselves. The wheel's own starter opens group and
other read on every parent of the data folder, trusts a stale postmaster.pid, keeps a list of pids
that a kill -9 leaves behind, and shares one lock file in /tmp between all users of a machine.
"""

import contextlib
import fcntl
import logging
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from bot.store.postmaster import disown_stale_pid, is_postgres, is_stopping, postmaster_pid
from bot.store.programs import (
    POSTGRES_MAJOR,
    Account,
    EmbeddedError,
    account_for,
    check_parents,
    programs_for,
)
from bot.store.socket_folder import socket_folder

log = logging.getLogger(__name__)

_LOG_LIMIT: Final = 10_000_000
_START_SECONDS: Final = 120
_PATIENCE_SECONDS: Final = 10
_WATCH_SECONDS: Final = 2.0
#: Postgres 18 may wait for ever when it is told to stop while it recovers from a crash.
_STOP_SECONDS: Final = 60.0
#: Nothing listens on a network address; the folder's own mode (0700) is the guard.
_OPTIONS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "max_connections": "60",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedPostgres:
    """A handle on the running server. The last handle that is closed stops it.

    Handles are shared file locks, which the kernel drops when a process dies, however it dies;
    they are inherited by a fork and by an exec. While a handle is held, a server that died (killed,
    or its disk was full) is started again.
    """

    def __init__(self, plan: "_Plan", handle: int) -> None:
        self._plan = plan
        self._handle = handle
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._keep_up, name="postgres", daemon=True)
        self._watch.start()

    @property
    def data(self) -> Path:
        """The data folder."""
        return self._plan.data

    @property
    def url(self) -> str:
        """Address of its one database."""
        sockets = quote(str(self._plan.sockets), safe="/")
        return f"postgresql://postgres@/postgres?host={sockets}"

    def stop(self) -> None:
        """Give the handle back, and stop the server unless another process holds one."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._watch.join()
        with _start_lock(self._plan.data):
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return
            else:
                self._plan.stop()
            finally:
                os.close(self._handle)

    def _keep_up(self) -> None:
        stops_since: float | None = None
        while not self._stopping.wait(_WATCH_SECONDS):
            now = time.monotonic()
            stops_since = (stops_since or now) if is_stopping(self._plan.data) else None
            hangs = stops_since is not None and now - stops_since > self._plan.stop_seconds
            if is_postgres(postmaster_pid(self._plan.data)) and not hangs:
                continue
            log.error("embedded Postgres is gone, it is started again", extra={"hung": hangs})
            with contextlib.suppress(EmbeddedError), _start_lock(self._plan.data):
                if hangs and is_stopping(self._plan.data):  # no other process was quicker
                    self._plan.end()
                self._plan.ensure_running()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start_embedded(
    state_dir: Path,
    options: Mapping[str, str] | None = None,
    account: str = "pgserver",
    stop_seconds: float = _STOP_SECONDS,
    environment: Mapping[str, str] | None = None,
) -> EmbeddedPostgres:
    """Start the server of this state folder, or join the one that runs, and return a handle.

    As root the server runs as `account`, which is made when it is missing. A server that has been
    told to stop by somebody else and does not within `stop_seconds` is ended. `environment` is
    added to its own. Raises `EmbeddedError` with the way out when the folder cannot be used.
    """
    state_dir = state_dir.expanduser().absolute()
    _make_folder(state_dir)
    data = state_dir / "postgres"
    owner = account_for(account)
    if owner is not None:
        check_parents(data)
    programs = programs_for(state_dir, owner)
    wanted = {**_OPTIONS, **(options or {})}
    with _start_lock(data):
        _refuse_another_version(data)
        handle = _take_handle(data)
        try:
            _init(data, programs, owner, sync=wanted.get("fsync") != "off")
            sockets, more = socket_folder(data, owner), environment or {}
            plan = _Plan(data, programs, owner, sockets, wanted, stop_seconds, more)
            plan.ensure_running()
        except BaseException:
            os.close(handle)
            raise
    return EmbeddedPostgres(plan, handle)


def _make_folder(folder: Path) -> None:
    """Make it; as root so that the server's account can reach what we made, whatever our umask."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(
            f"{folder} cannot be made ({error.strerror}). Set STATE_DIR to a folder of your own, "
            "or DATABASE_URL to a Postgres"
        ) from error
    for path in missing if os.geteuid() == 0 else ():
        path.chmod(0o755)


@contextlib.contextmanager
def _start_lock(data: Path) -> Iterator[None]:
    """One process at a time starts, joins or stops the server."""
    with (data.parent / "postgres.start").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _take_handle(data: Path) -> int:
    handle = os.open(data.parent / "postgres.handles", os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(handle, True)  # noqa: FBT003  positional only
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def _refuse_another_version(data: Path) -> None:
    version = data / "PG_VERSION"
    if not version.exists():
        return
    major = version.read_text().strip()
    if major != POSTGRES_MAJOR:
        raise EmbeddedError(
            f"{data} was written by Postgres {major}, and this version brings Postgres "
            f"{POSTGRES_MAJOR}. Dump it with the version of the bot that wrote it "
            f"(`pg_dumpall`), or move the folder away to begin anew, or set DATABASE_URL"
        )


def _init(data: Path, programs: Path, owner: Account | None, *, sync: bool) -> None:
    if (data / "PG_VERSION").exists():
        return
    data.mkdir(mode=0o700, exist_ok=True)
    if owner is not None:
        os.chown(data, owner.uid, owner.gid)
    words = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres"]
    words += ["--no-instructions", "-D", str(data)] + ([] if sync else ["--no-sync"])
    if said := _run(programs / "initdb", owner, *words):
        raise EmbeddedError(f"initdb failed: {said}")


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to start and stop this folder's server; the caller holds the start lock."""

    data: Path
    programs: Path
    owner: Account | None
    sockets: Path
    options: Mapping[str, str]
    stop_seconds: float
    environment: Mapping[str, str]

    def ensure_running(self) -> None:
        """Return when it answers. Raises `EmbeddedError` when it cannot be started."""
        log_file = self.data / "server.log"
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(self.sockets):
            if time.monotonic() > deadline:
                said = f"the last lines of {log_file}:\n{_tail(log_file)}"
                raise EmbeddedError(f"Postgres did not start; {said}")
            if is_postgres(postmaster_pid(self.data)):
                time.sleep(0.1)  # it recovers, or is going down: whoever started it was killed
                continue
            disown_stale_pid(self.data)
            if log_file.exists() and log_file.stat().st_size > _LOG_LIMIT:
                log_file.write_bytes(b"")
            if self._start(log_file):
                time.sleep(1.0)  # the backends of a killed server may take a moment to leave
                deadline = min(deadline, time.monotonic() + _PATIENCE_SECONDS)

    def stop(self) -> None:
        """Stop it without waiting for its clients, and remove what it had outside."""
        words = ("-D", str(self.data), "-m", "fast", "-w", "-t", "30", "stop")
        _run(self.programs / "pg_ctl", self.owner, *words)
        if self.sockets != self.data:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def end(self) -> None:
        """Stop it at once: what was committed is safe, and its next start recovers."""
        words = ("-D", str(self.data), "-m", "immediate", "-w", "-t", "30", "stop")
        if said := _run(self.programs / "pg_ctl", self.owner, *words):
            log.error("embedded Postgres does not end", extra={"why": said})

    def _start(self, log_file: Path) -> str:
        flags = " ".join(f"-c {key}='{value}'" for key, value in self.options.items())
        words = ["-o", f"{flags} -c unix_socket_directories='{self.sockets}'"]
        words += ["-l", str(log_file), "-D", str(self.data), "-w", "-t", str(_START_SECONDS)]
        return _run(self.programs / "pg_ctl", self.owner, *words, "start", more=self.environment)


def _answers(sockets: Path) -> bool:
    """Does a server answer here? One that still recovers, or stops, does not count."""
    import psycopg  # noqa: PLC0415  a process that was given a URL never comes here

    try:
        psycopg.connect(host=str(sockets), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _run(
    program: Path, owner: Account | None, *words: str, more: Mapping[str, str] | None = None
) -> str:
    """Run it as the owner; return what it complained of when it failed."""
    with tempfile.TemporaryFile() as said:  # a pipe would stay open in the server that it starts
        done = subprocess.run(  # noqa: S603  our own programs
            [str(program), *words],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            user=None if owner is None else owner.uid,
            group=None if owner is None else owner.gid,
            extra_groups=None if owner is None else (),
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", **(more or {})},
            check=False,
        )
        if not done.returncode:
            return ""
        said.seek(0)
        return said.read().decode(errors="replace")[-600:] or f"exit {done.returncode}"


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else ""
