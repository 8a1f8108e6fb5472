"""Takes the README's screenshot, desk and sidebar, from a real demo in Debian's Chromium."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from scripts.browser import launch
from scripts.spine import free_port, wait_for

SAMPLE = "Certificate of a company proxy"
PICTURE = Path(__file__).parent.parent / "docs" / "desk.png"


def main() -> None:
    """Start the demo in a folder of its own, take the picture, stop the demo."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="picture-") as folder:
        Path(folder).chmod(0o755)  # the embedded Postgres runs as a user of its own
        demo = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--port", str(port), "--no-browser"],
            env={**os.environ, "STATE_DIR": folder},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            wait_for("the demo is ready", lambda: "desk page" in next(iter(demo.stdout or ()), ""))
            shoot(f"http://127.0.0.1:{port}")
        finally:
            demo.terminate()
            demo.wait()


def shoot(address: str) -> None:
    """File the sample, wait for its note and for the sidebar, and write the picture."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page: Page = browser.new_page(viewport={"width": 1440, "height": 1100})
        page.goto(f"{address}/desk/new")
        page.get_by_role("button", name=SAMPLE).first.click()
        page.locator(".message.internal").wait_for(timeout=60_000)
        app = page.frame_locator("#apps iframe")
        app.locator("#verdict .chip").first.wait_for(timeout=60_000)
        app.get_by_text("posted", exact=True).wait_for(timeout=60_000)
        page.evaluate("scrollTo(0, 0)")
        PICTURE.parent.mkdir(exist_ok=True)
        page.screenshot(path=str(PICTURE))
        browser.close()


if __name__ == "__main__":
    main()
