"""Serves the pocket Zendesk on loopback: for the demo in the foreground, for tests in a thread."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from bot.sandbox import account, control_api
from bot.sandbox.app import close, create_sandbox, pocket_of
from bot.sandbox.calls import Call
from bot.sandbox.delivery import DeliveryRules
from bot.sandbox.faults import Rule
from bot.sandbox.host_assets import AssetServer
from bot.sandbox.http_server import LoopbackServer
from bot.sandbox.limits import Limits
from bot.sandbox.pocket import Pocket, system_clock


def run(host: str = "127.0.0.1", port: int = 8000, state_path: Path | None = None) -> None:
    """Serve in the foreground until the process is interrupted."""
    app = create_sandbox(state_path)
    server = LoopbackServer(app, host, port)
    assets = AssetServer(pocket_of(app), host)
    assets.start()
    try:
        server.serve_forever()
    finally:
        assets.stop()
        pocket_of(app).store.stop_waiting()
        server.stop()
        close(app)


class SandboxServer:
    """A pocket Zendesk on a free loopback port, in a thread, for as long as the context lasts."""

    token: ClassVar[str] = account.AGENT_TOKEN
    bot_client_id: ClassVar[str] = account.BOT_CLIENT_ID
    bot_client_secret: ClassVar[str] = account.BOT_CLIENT_SECRET
    bot_user_id: ClassVar[int] = account.BOT_USER_ID
    admin_client_id: ClassVar[str] = account.ADMIN_CLIENT_ID
    admin_client_secret: ClassVar[str] = account.ADMIN_CLIENT_SECRET
    admin_user_id: ClassVar[int] = account.ADMIN_USER_ID
    agent_user_id: ClassVar[int] = account.AGENT_USER_ID

    def __init__(  # noqa: PLR0913  each is one switch of the sandbox, with a default
        self,
        state: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        account_id: int = account.ACCOUNT_ID,
        limits: Limits | None = None,
        delivery: DeliveryRules | None = None,
        clock: Callable[[], datetime] = system_clock,
        token_seconds: int | None = None,
    ) -> None:
        self.app = create_sandbox(
            state,
            account_id=account_id,
            limits=limits,
            delivery=delivery,
            clock=clock,
            token_seconds=token_seconds,
        )
        self.box: Pocket = pocket_of(self.app)
        self.account_id = account_id
        self._server = LoopbackServer(self.app, host, port)
        self.url = self._server.url
        self.assets = AssetServer(self.box, host)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()
        self.assets.start()

    def stop(self) -> None:
        """Stop answering, let hanging callers go, close the file."""
        self.box.faults.lifted.set()
        self.box.store.stop_waiting()
        self.assets.stop()
        self._server.stop()
        close(self.app)

    def set_faults(self, *rules: Rule | dict[str, Any], seed: int = 1) -> None:
        """Replace the fault schedule; without rules everything works again."""
        read = [rule if isinstance(rule, Rule) else Rule.read(rule) for rule in rules]
        self.box.faults.set(read, seed)

    def calls(self, method: str = "", path: str = "", ticket: int | None = None) -> list[Call]:
        """The API calls so far, narrowed down by method, a regular expression, a ticket."""
        return self.box.calls.find(method, path, ticket)

    def forget_calls(self) -> None:
        """Start counting anew."""
        self.box.calls.clear()

    def notes(self) -> dict[int, int]:
        """How many internal notes the bot's user wrote, by ticket."""
        return dict(control_api.notes_of(self.box))

    def expire_tokens(self) -> None:
        """Every OAuth token stops working now."""
        control_api.expire(self.box)

    def reset(self) -> None:
        """Back to the empty account."""
        control_api.empty(self.box)
