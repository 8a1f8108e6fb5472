"""The pages beside the webhook: the sidebar's API and the insights, wired to store and Zendesk."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from flask import Blueprint

from bot.config import LOOPBACK, Settings
from bot.store.database import Database, StoreDown
from bot.store.objects import ObjectBook
from bot.store.visits import Visits
from bot.web.health import own_version
from bot.web.insights import InsightsPage
from bot.web.insights_link import signer_of
from bot.web.jwt import Verifier
from bot.web.sidebar import Sidebar
from bot.web.sidebar_access import Doorkeeper
from bot.web.sidebar_secrets import check_sidebar_secrets
from bot.web.sidebar_tickets import ZendeskTickets

_ZENDESK: Final = ".zendesk.com"
_LOOPBACK_NAMES: Final = frozenset(host.partition(".")[0] for host in LOOPBACK)
_REMEMBERED_SECONDS: Final = 30.0
_RETRY_SECONDS: Final = 2.0


def pages_of(settings: Settings, database: Database) -> Sequence[Blueprint]:
    """Return the blueprints; raise `SettingsError` when a secret is too short to be one."""
    check_sidebar_secrets(settings)
    book = ObjectBook(database)
    issuers = issuers_of(settings, lambda: book.ids("brand_host"))
    verifier = Verifier(settings.sidebar_secrets, issuers)
    doorkeeper = Doorkeeper(ZendeskTickets(settings, database), Visits(database))
    sidebar = Sidebar(database, verifier, doorkeeper, own_version())
    insights = InsightsPage(database, signer_of(settings), verifier, own_version())
    return sidebar.blueprint(), insights.blueprint()


def issuers_of(
    settings: Settings, read: Callable[[], Iterable[str]]
) -> Callable[[], frozenset[str]]:
    """Return what tells the subdomains of our account and its brands; `read` lists brands' hosts.

    On loopback it may be that nobody has told one yet: a pocket Zendesk has no name in DNS.
    """
    own = frozenset({settings.zendesk_host.partition(".")[0]} - {"", *_LOOPBACK_NAMES})
    brands: frozenset[str] = frozenset()
    ask_at = float("-inf")

    def known() -> frozenset[str]:
        nonlocal brands, ask_at
        if time.monotonic() >= ask_at:
            with suppress(StoreDown):  # then the last answer stays good
                hosts = [host for host in read() if host.endswith(_ZENDESK)]
                brands = frozenset(host.partition(".")[0] for host in hosts)
            ask_at = time.monotonic() + (_REMEMBERED_SECONDS if brands else _RETRY_SECONDS)
        return own | brands

    return known
