"""Where the embedded Postgres listens: a socket's path has a limit that a state folder can pass."""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

from bot.store.programs import Account, EmbeddedError

#: Longest path of a socket file that every platform takes (macOS 103 bytes, Linux 107).
_LIMIT: Final = 103
_NAME: Final = ".s.PGSQL.5432"


def socket_folder(data: Path, owner: Account | None) -> Path:
    """Return the data folder, or a short private one when its path is too long for a socket.

    Raises `EmbeddedError` when that one belongs to somebody else.
    """
    if len(os.fsencode(data / _NAME)) <= _LIMIT:
        return data
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
