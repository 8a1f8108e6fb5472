"""A stage for the app alone: its assets, a host of our own, and a bot, on two loopback origins."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Frame, Page

from tests.app.sidebar.bot_stand_in import Bot

ASSETS = Path(__file__).parents[3] / "manifests" / "app" / "assets"
HOST_PAGE = Path(__file__).parent / "page"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".png": "image/png",
         ".txt": "text/plain"}  # fmt: skip
#: What Zendesk's asset host sends is not known: the strictest with which its SDK can be had.
STRICT = (
    "default-src 'none'; script-src 'self' https://static.zdassets.com; style-src 'self';"
    " connect-src 'self'; form-action 'none'; base-uri 'none'"
)
#: The same for tests: Playwright's waiting needs `eval`, which the app never does.
POLICY = STRICT.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'")
VALUES: dict[str, Any] = {
    "ticket.id": 123,
    "ticket.comments": [{"id": 9000}, {"id": 9001}],
    "ticket.updatedAt": "2026-11-24T07:00:05.000Z",
    "currentUser": {"id": 42, "name": "Zoë Ågent", "locale": "en-US", "role": "agent"},
    "currentAccount.subdomain": "acme",
    "comment.type": "internalNote",
    "comment.useRichText": True,
    "colorScheme": "light",
}


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that leaves in the middle of an answer is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, as any real host keeps them
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60

    def __init__(self, *args: Any, answer: Callable[[str, bytes], tuple[Any, ...]]) -> None:
        self.answer = answer
        super().__init__(*args)

    def do_GET(self) -> None:
        self._reply(b"")

    def do_POST(self) -> None:
        self._reply(self.rfile.read(int(self.headers["Content-Length"])))

    def _reply(self, body: bytes) -> None:
        status, kind, data, headers = self.answer(urlsplit(self.path).path, body)
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": len(data), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """Say nothing."""


def _served(folder: Path, path: str, headers: dict[str, str]) -> tuple[Any, ...]:
    file = folder / path.lstrip("/")
    if not file.is_file():
        return 404, "text/plain", b"", {}
    return 200, TYPES[file.suffix], file.read_bytes(), headers


@dataclass(slots=True)
class Stage:
    """Two origins: the host with its proxy, and the app's assets."""

    bot: Bot = field(default_factory=Bot)
    folder: Path = ASSETS
    policy: str = POLICY
    _servers: list[_Quiet] = field(default_factory=list)

    def __enter__(self) -> Self:
        for answer in (self._host, self._assets):
            server = _Quiet(("127.0.0.1", 0), partial(_Handler, answer=answer))
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            self._servers.append(server)
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def address(self, **given: Any) -> str:
        """The host page's address; `given` replaces what the host knows or does."""
        host, app = (server.server_port for server in self._servers)
        told = {
            "app": f"http://localhost:{app}/index.html",
            "settings": {"backend": "https://bot.example.com/"},
            "values": {**VALUES, **given.pop("values", {})},
            **given,
        }
        return f"http://127.0.0.1:{host}/host.html?{urlencode({'given': json.dumps(told)})}"

    def _host(self, path: str, body: bytes) -> tuple[Any, ...]:
        if path != "/proxy":
            return _served(HOST_PAGE, path, {})
        status, answer = self.bot.answer(json.loads(body))
        text = answer if isinstance(answer, str) else json.dumps(answer)
        told = {"status": status, "text": text, "statusText": "" if status else "error"}
        return 200, "application/json", json.dumps(told).encode(), {}

    def _assets(self, path: str, _: bytes) -> tuple[Any, ...]:
        return _served(self.folder, path, {"Content-Security-Policy": self.policy})


@dataclass(slots=True)
class Shown:
    """The app in a browser: its page, its frame, and what went wrong there."""

    page: Page
    frame: Frame
    problems: list[str]
    fetched: list[str]

    def host(self, script: str, value: Any = None) -> Any:
        """Run something in the host page."""
        return self.page.evaluate(script, value)

    def emit(self, name: str, message: Any = None) -> None:
        """Let the host tell the app of an event."""
        self.page.evaluate("([name, message]) => host.emit(name, message)", [name, message])

    def invoked(self, name: str) -> list[Any]:
        """The arguments of every invocation of that name."""
        calls: list[Any] = self.page.evaluate("host.invoked")
        return [args for one, args in calls if one == name]

    def said(self, words: str) -> None:
        """Wait until the screen reader would have said that."""
        self.frame.wait_for_function(
            "words => document.getElementById('said').textContent.includes(words)", arg=words
        )

    def composer(self) -> str:
        """The words in the host's composer."""
        return str(self.page.inner_text("#composer"))
