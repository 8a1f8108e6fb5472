"""The pages beside the webhook: the sidebar's API and the insights, wired to store and Zendesk."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from flask import Blueprint

from bot.config import LOOPBACK, Settings, SettingsError
from bot.store.database import Database
from bot.store.visits import Visits
from bot.web.account import Account
from bot.web.jwt import SHORTEST_SECRET, Verifier
from bot.web.sidebar import Sidebar
from bot.web.sidebar_access import Doorkeeper
from bot.web.sidebar_tickets import ZendeskTickets

_ZENDESK: Final = ".zendesk.com"


def pages_of(settings: Settings, database: Database, account: Account) -> Sequence[Blueprint]:
    """Return the blueprints; raise `SettingsError` when a secret is too short to be one."""
    check_sidebar_secrets(settings)
    verifier = Verifier(settings.sidebar_secrets, lambda: issuers_of(settings, account))
    doorkeeper = Doorkeeper(ZendeskTickets(settings, database), Visits(database))
    sidebar = Sidebar(database, verifier, doorkeeper, bot_version())
    return (sidebar.blueprint(),)


def check_sidebar_secrets(settings: Settings) -> None:
    """Raise `SettingsError` when one of `SIDEBAR_SECRETS` could be guessed."""
    short = [len(one.encode()) for one in settings.sidebar_secrets]
    if min(short, default=SHORTEST_SECRET) < SHORTEST_SECRET:
        raise SettingsError(
            f"SIDEBAR_SECRETS holds a secret of {min(short)} bytes, and HS256 wants "
            f"{SHORTEST_SECRET} or more: `licensing-bot provision apply --env-file .env` makes one,"
            " or take `openssl rand -hex 32` for both the app's setting and this one"
        )


def issuers_of(settings: Settings, account: Account) -> frozenset[str]:
    """Return the subdomains of our account and its brands.

    On loopback it may be that nobody has told one: a pocket Zendesk has no name in DNS.
    """
    brands = {host for host in account.known().brand_hosts if host.endswith(_ZENDESK)}
    own = {settings.zendesk_host} - LOOPBACK
    return frozenset(host.partition(".")[0] for host in brands | own)


def bot_version() -> str:
    """Return the version of the bot that runs."""
    try:
        return version("licensing-bot")
    except PackageNotFoundError:
        return "unknown"
