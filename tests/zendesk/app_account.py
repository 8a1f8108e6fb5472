"""A pocket account and the app as it shall stand there, for tests of building and installing."""

from pathlib import Path

from bot.sandbox.serve import SandboxServer
from bot.zendesk.app_apply import apply_app
from bot.zendesk.app_package import pack, read_app
from bot.zendesk.app_plan import NOTHING_KNOWN, AppKnown
from bot.zendesk.app_wanted import AppTable, AppWanted, wanted_app
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.calls import Account
from bot.zendesk.credentials import PROVISIONING_SCOPE
from bot.zendesk.session import ZendeskSession

URL = "https://bot.example.com"
SECRET = "s" * 40
TABLE = AppTable(
    title="Licensing", settings={"backend": "@public_url", "shared_secret": "@sidebar_secret"}
)


def open_session(pocket: SandboxServer, scope: str = PROVISIONING_SCOPE) -> ZendeskSession:
    account = Account(pocket.url, pocket.admin_client_id, pocket.admin_client_secret, scope=scope)
    return ZendeskSession(account, InMemoryBudget(), deadline=30.0, patience=30.0)


def wanting(folder: Path, table: AppTable = TABLE, secret: str = SECRET) -> AppWanted:
    return wanted_app(table, pack(read_app(folder), URL), URL, (secret,))


class Memory:
    """What a store would keep."""

    def __init__(self) -> None:
        self.known = NOTHING_KNOWN

    def keep(self, known: AppKnown) -> None:
        self.known = known


def apply(session: ZendeskSession, wanted: AppWanted, memory: Memory) -> int:
    return apply_app(session, wanted, memory.known, memory.keep, lambda _seconds: None).writes


def standing(pocket: SandboxServer) -> tuple[int, int]:
    """How many apps and installations the account has."""
    return len(pocket.box.store.all("app")), len(pocket.box.store.all("installation"))


def writes(pocket: SandboxServer) -> list[str]:
    return [f"{call.method} {call.path}" for call in pocket.calls(path=r"^/api/v2/apps")
            if call.method != "GET"]  # fmt: skip
