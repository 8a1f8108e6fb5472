"""The pages beside the webhook: the sidebar's API and the insights, wired to store and Zendesk."""

from collections.abc import Sequence

from flask import Blueprint

from bot.config import Settings
from bot.store.database import Database
from bot.store.objects import ObjectBook
from bot.store.visits import Visits
from bot.web.health import own_version
from bot.web.insights import InsightsPage
from bot.web.insights_link import signer_of
from bot.web.issuers import Issuers
from bot.web.jwt import Verifier
from bot.web.sidebar import Sidebar
from bot.web.sidebar_access import Doorkeeper
from bot.web.sidebar_secrets import check_sidebar_secrets
from bot.web.sidebar_tickets import ZendeskTickets
from bot.web.sidebar_words import tongues_of


def pages_of(settings: Settings, database: Database) -> Sequence[Blueprint]:
    """Return the blueprints; raise `SettingsError` when a secret is too short to be one."""
    check_sidebar_secrets(settings)
    book = ObjectBook(database)
    tickets = ZendeskTickets(settings, database)
    issuers = Issuers(settings.zendesk_host, lambda: book.ids("brand_host"), tickets.brand_hosts)
    verifier = Verifier(settings.sidebar_secrets, issuers)
    doorkeeper = Doorkeeper(tickets, Visits(database))
    sidebar = Sidebar(
        database, verifier, doorkeeper, own_version(), tongues_of(settings.manifests_dir)
    )
    insights = InsightsPage(database, signer_of(settings), verifier, own_version())
    return sidebar.blueprint(), insights.blueprint()
