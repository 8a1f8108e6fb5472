"""An embedded Postgres in the state folder, shared by every process that points to that folder.

The wheel brings the programs; we start them ourselves. The wheel's own starter opens group and
other read on every parent of the data folder, trusts a stale postmaster.pid, keeps a list of pids
that a kill -9 leaves behind, and shares one lock file in /tmp between all users of a machine.
"""

import contextlib
import fcntl
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from bot.store.programs import (
    POSTGRES_MAJOR,
    Account,
    EmbeddedError,
    account_for,
    check_parents,
    programs_for,
)

#: Longest path of a socket file that every platform takes (macOS 103 bytes, Linux 107).
_SOCKET_LIMIT: Final = 103
_SOCKET_NAME: Final = ".s.PGSQL.5432"
_LOG_LIMIT: Final = 10_000_000
_START_SECONDS: Final = 120
_PATIENCE_SECONDS: Final = 10
#: Nothing listens on a network address; the folder's own mode (0700) is the guard.
_OPTIONS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "max_connections": "60",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(slots=True)
class EmbeddedPostgres:
    """A handle on the running server. The last handle that is closed stops it.

    Handles are shared file locks, which the kernel drops when a process dies, however it dies;
    they are inherited by a fork and by an exec, so a web server's workers keep the server up.
    """

    url: str
    data: Path
    _programs: Path
    _account: Account | None
    _handle: int = field(repr=False)

    def stop(self) -> None:
        """Give the handle back, and stop the server unless another process holds one."""
        if self._handle < 0:
            return
        with _start_lock(self.data):
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return
            else:
                _run(self._programs / "pg_ctl", self._account, *_stop_words(self.data))
            finally:
                os.close(self._handle)
                self._handle = -1

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
    state_dir: Path, options: Mapping[str, str] | None = None, account: str = "pgserver"
) -> EmbeddedPostgres:
    """Start the server of this state folder, or join the one that runs, and return a handle.

    As root the server runs as `account`, which is made when it is missing. Raises
    `EmbeddedError` with the way out when the folder cannot be used.
    """
    state_dir = state_dir.expanduser().absolute()
    _make_folder(state_dir)
    data = state_dir / "postgres"
    owner = account_for(account)
    if owner is not None:
        check_parents(data)
    programs = programs_for(state_dir, owner)
    with _start_lock(data):
        _refuse_another_version(data)
        handle = _take_handle(data)
        try:
            wanted = {**_OPTIONS, **(options or {})}
            _init(data, programs, owner, sync=wanted.get("fsync") != "off")
            sockets = _socket_folder(data, owner)
            _ensure_running(data, programs, owner, sockets, wanted)
        except BaseException:
            os.close(handle)
            raise
    url = f"postgresql://postgres@/postgres?host={quote(str(sockets), safe='/')}"
    return EmbeddedPostgres(url, data, programs, owner, handle)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(
            f"{folder} cannot be made ({error.strerror}). Set STATE_DIR to a folder of your own, "
            "or DATABASE_URL to a Postgres"
        ) from error


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


def _socket_folder(data: Path, owner: Account | None) -> Path:
    """The data folder, or a short private one when its path is too long for a socket."""
    if len(os.fsencode(data / _SOCKET_NAME)) <= _SOCKET_LIMIT:
        return data
    import hashlib  # noqa: PLC0415  only a very long path needs it

    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    uid = owner.uid if owner is not None else os.geteuid()
    folder = Path("/tmp") / f"licensing-bot-{uid}-{name}"  # noqa: S108  private, checked below
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if owner is not None:
            os.chown(folder, owner.uid, owner.gid)
    state = folder.lstat()
    if state.st_uid != uid or state.st_mode & 0o077 or not folder.is_dir():
        raise EmbeddedError(
            f"{folder} belongs to somebody else. Set STATE_DIR to a shorter path, or DATABASE_URL"
        )
    return folder


def _ensure_running(
    data: Path,
    programs: Path,
    owner: Account | None,
    sockets: Path,
    options: Mapping[str, str],
) -> None:
    log = data / "server.log"
    flags = " ".join(f"-c {key}='{value}'" for key, value in options.items())
    words = ["-o", f"{flags} -c unix_socket_directories='{sockets}'", "-l", str(log)]
    words += ["-D", str(data), "-w", "-t", str(_START_SECONDS), "start"]
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(sockets):
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Postgres did not start; the last lines of {log}:\n{_tail(log)}")
        if _is_postgres(_postmaster_pid(data)):
            time.sleep(0.1)  # it recovers, or is going down: whoever started it was killed
            continue
        _disown_stale_pid(data)
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.write_bytes(b"")
        if _run(programs / "pg_ctl", owner, *words):
            time.sleep(1.0)  # the backends of a killed server may take a moment to leave
            deadline = min(deadline, time.monotonic() + _PATIENCE_SECONDS)


def _answers(sockets: Path) -> bool:
    """Does a server answer here? One that still recovers, or stops, does not count."""
    import psycopg  # noqa: PLC0415  a process that was given a URL never comes here

    try:
        psycopg.connect(host=str(sockets), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _postmaster_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _disown_stale_pid(data: Path) -> None:
    """Let Postgres see that the server of an old pid file is gone.

    It takes any living process with that number for its own: in a restarted container the numbers
    are given out anew, and a zombie counts as living. Our own number it knows to be no server.
    The rest of the file must stay, it guards against orphaned backends (CreateLockFile in
    postgres/src/backend/utils/init/miscinit.c).
    """
    file = data / "postmaster.pid"
    if _postmaster_pid(data) is not None:
        _, rest = file.read_text().split("\n", 1)
        file.write_text(f"{os.getpid()}\n{rest}")


def _is_postgres(pid: int | None) -> bool:
    """Is this a living server? The number alone may have gone to another program since."""
    if pid is None:
        return False
    if Path("/proc/self/stat").exists():
        try:
            name, state = Path(f"/proc/{pid}/stat").read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            return False
        return name == "postgres" and state.split()[0] not in "ZX"
    words = ["ps", "-o", "comm=", "-p", str(pid)]
    found = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  fixed
    return "postgres" in found.stdout


def _stop_words(data: Path) -> tuple[str, ...]:
    return ("-D", str(data), "-m", "fast", "-w", "-t", "30", "stop")


def _run(program: Path, owner: Account | None, *words: str) -> str:
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
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            check=False,
        )
        if not done.returncode:
            return ""
        said.seek(0)
        return said.read().decode(errors="replace")[-600:] or f"exit {done.returncode}"


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else ""
