"""Debian's Chromium, for tests, pictures and figures."""

import os
import shutil
from typing import Final

from playwright.sync_api import Browser, Playwright

#: The shell is the same engine without its windows: half the processor, and a second less to start.
CHROMIUM: Final = shutil.which("chromium-headless-shell") or shutil.which("chromium")
MISSING: Final = "Debian's Chromium is not installed: scripts/debian installs it"


def launch(playwright: Playwright, *, whole: bool = False) -> Browser:
    """Start it, on request not the shell; as root without its sandbox, which fails there."""
    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    if whole:
        arguments.append("--headless=new")
    path = shutil.which("chromium") if whole else CHROMIUM
    if path is None:
        raise SystemExit(MISSING)
    return playwright.chromium.launch(executable_path=path, args=arguments)
