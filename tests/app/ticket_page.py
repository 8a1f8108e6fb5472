"""A ticket of the desk in a real browser, with the frame of the app beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import BrowserContext, Frame, Page

_DENY_CLIPBOARD: Final = """
Object.defineProperty(navigator, "clipboard", { value: {
  writeText: () => Promise.reject(new DOMException("denied", "NotAllowedError")) } });
"""
_BLOCK_STORAGE: Final = """
for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {
  get() { throw new DOMException("Access is denied for this document.", "SecurityError"); } });
"""
PATIENCE: Final = 60_000


@dataclass
class TicketPage:
    """What a test does at the desk and inside the app, and what both complained about."""

    page: Page
    desk_url: str
    ticket: int
    problems: list[str] = field(default_factory=list)
    """Errors of the console and uncaught ones, of the page and of the frame."""
    requests: list[str] = field(default_factory=list)

    @property
    def frame(self) -> Frame:
        """The first app's frame, loaded."""
        handle = self.page.wait_for_selector("#apps iframe", state="attached")
        found = handle.content_frame() if handle else None
        assert found is not None
        return found

    def run(self, script: str, value: object = None) -> Any:
        """Evaluate JavaScript in the app's frame."""
        return self.frame.evaluate(script, value)

    def wait_in_app(self, condition: str, value: object = None) -> None:
        """Wait until this expression holds in the app's frame."""
        self.frame.wait_for_function(condition, arg=value, timeout=PATIENCE)

    def go(self, path: str = "") -> None:
        """Open the ticket, or another path of the desk."""
        self.page.goto(f"{self.desk_url}{path or f'/desk/tickets/{self.ticket}'}")

    def choose_scheme(self, name: str) -> None:
        """Switch to `Light`, `Dark` or `System` in the profile menu."""
        with self._profile():
            self.page.locator(f".schemes input[value={name.lower()}]").check(force=True)

    def choose_locale(self, code: str) -> None:
        """Switch the agent's language in the profile menu; the page loads anew."""
        with self._profile(), self.page.expect_navigation():
            self.page.locator(".profile select").select_option(code)

    def tray_width(self, pixels: int) -> None:
        """Give the app's frame this width, as an agent who drags the tray does."""
        self.page.evaluate(
            "(width) => { for (const card of document.querySelectorAll('.app'))"
            " card.style.width = `${width + 2}px`; }",
            pixels,
        )

    def _profile(self) -> "_Profile":
        return _Profile(self.page)


@dataclass
class _Profile:
    page: Page

    def __enter__(self) -> None:
        self.page.locator(".profile > summary").click()

    def __exit__(self, *_problem: object) -> None:
        if self.page.locator(".profile[open]").count():
            self.page.locator(".profile > summary").click()


def watch(page: Page, into: TicketPage) -> None:
    """Write down what the console says and what is loaded."""
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: into.problems.append(str(error)))
    page.on("console", lambda line: into.problems.extend([line.text] * (line.type == "error")))
    page.on("request", lambda request: into.requests.append(request.url))


def harden(context: BrowserContext, *, storage: bool, clipboard: bool) -> None:
    """Take storage or clipboard away from every page and frame of the context."""
    if not storage:
        context.add_init_script(_BLOCK_STORAGE)
    if not clipboard:
        context.add_init_script(_DENY_CLIPBOARD)


OpenTicket = Callable[..., TicketPage]
