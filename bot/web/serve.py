"""Runs gunicorn as a child process and stands by it: signals go down, the exit code comes up."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import IO, Final

from bot.config import Settings
from bot.web.sidebar_secrets import check_sidebar_secrets

#: What a signal to us means for gunicorn. Its own SIGINT would drop requests in flight.
_FORWARDED: Final[Mapping[signal.Signals, signal.Signals]] = {
    signal.SIGTERM: signal.SIGTERM,
    signal.SIGINT: signal.SIGTERM,
    signal.SIGHUP: signal.SIGHUP,
}
_SUPERVISOR: Final = "LICENSING_BOT_SUPERVISOR"
_PR_SET_PDEATHSIG: Final = 1


def serve(settings: Settings, url: str, *, host: str = "") -> int:
    """Serve the web until gunicorn ends, and return its exit code.

    `url` is the store, which the caller keeps running. Call it from the main thread: only there
    may Python handle signals. Settings that are missing are named before anything starts.
    """
    settings.require("ZENDESK_URL", "ZENDESK_WEBHOOK_SECRETS")
    check_sidebar_secrets(settings)
    child: subprocess.Popen[bytes] | None = None
    ended_early: signal.Signals | None = None

    def forward(number: int, _frame: FrameType | None) -> None:
        nonlocal ended_early
        if child is None:
            ended_early = signal.Signals(number)
        else:
            child.send_signal(_FORWARDED[signal.Signals(number)])

    before = {number: signal.signal(number, forward) for number in _FORWARDED}
    try:
        child = start(settings, url, host=host)
        if ended_early is not None:
            forward(ended_early, None)
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def start(
    settings: Settings,
    url: str,
    *,
    host: str = "",
    options: Sequence[str] = (),
    stderr: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start gunicorn and return at once; it ends by itself when the caller dies.

    `options` are further words for gunicorn, which go before its settings in bot's file.
    """
    words = [sys.executable, "-m", "gunicorn", "--config", str(config_file())]
    words += ["--bind", f"{host}:{settings.port}"] if host else []
    words += options
    environment = replace(settings, database_url=url).environment()
    return subprocess.Popen(  # noqa: S603  our own words
        words,
        env={**os.environ, **environment, _SUPERVISOR: str(os.getpid())},
        stderr=stderr,
        # A Ctrl-C in the terminal reaches us alone, and we end gunicorn in order.
        start_new_session=True,
    )


def config_file() -> Path:
    """Return gunicorn's settings: beside the package in a clone, inside it in a wheel."""
    package = Path(__file__).resolve().parents[1]
    in_wheel = package / "_data" / "gunicorn.conf.py"
    return in_wheel if in_wheel.exists() else package.parent / "gunicorn.conf.py"


def stop_with_supervisor() -> None:
    """Let the kernel end gunicorn when `serve` is killed: nobody else would free the port.

    Called by gunicorn's settings in its master process; does nothing without a supervisor.
    """
    supervisor = os.environ.pop(_SUPERVISOR, "")
    if not supervisor or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != int(supervisor):
        raise SystemExit("the process that started gunicorn is gone")
