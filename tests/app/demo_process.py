"""The demo as somebody starts it: one command, its own folder and ports."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from scripts.spine import free_port, wait_for


@contextmanager
def running_demo() -> Iterator[str]:
    """Start it, give the desk's address, end it in order."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        Path(folder).chmod(0o755)  # as root the embedded Postgres runs as a user of its own
        keep = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--port", str(port), "--no-browser"],
            env={**keep, "STATE_DIR": folder, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines: list[str] = []
        reader = Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
        reader.start()
        try:
            wait_for("the demo is ready", lambda: _is_ready(process, lines), 120)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
            reader.join(10)
            if process.stdout:
                process.stdout.close()


def _is_ready(process: "subprocess.Popen[str]", lines: list[str]) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the demo ended: {''.join(lines)}")
    return any("desk page" in line for line in list(lines))
