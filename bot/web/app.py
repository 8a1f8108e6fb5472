"""The web application: the webhook, the health pages, and JSON for everything else."""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Final

from flask import Blueprint, Flask, Response
from werkzeug.exceptions import HTTPException

from bot.config import Settings, SettingsError, read_settings
from bot.log import start_logging
from bot.store.database import Database, StoreDown
from bot.store.measures import Measures, read_measures
from bot.store.objects import ObjectBook
from bot.web.account import Account, Known, remembered
from bot.web.answer import answer, secured
from bot.web.beat import WebBeat
from bot.web.events import Watched
from bot.web.health import Health, own_version
from bot.web.intake import DurableIntake, read_backlog
from bot.web.metrics import IntakeMetrics
from bot.web.pages import pages_of
from bot.web.webhook import Webhook

_LOG: Final = logging.getLogger(__name__)
#: Zendesk waits 10 s for an answer, and a delivery may have to wait for two commits.
_POOL_SECONDS: Final = 1.5
_STATEMENT_SECONDS: Final = 2.5
#: A platform's health check waits a second or two, and must not hear that the web is down.
_LOOK_SECONDS: Final = 0.5


def create_app(
    settings: Settings,
    database: Database,
    *,
    account: Account | None = None,
    watched: Watched | None = None,
    looks: Database | None = None,
    pages: Sequence[Blueprint] = (),
) -> Flask:
    """Return the app; `pages` are further routes, such as the sidebar's.

    `looks` is the store for the health pages, with less patience and connections of its own.
    The database opens its connections on first use, so an app made before a fork is safe, too.
    """
    settings.require("ZENDESK_URL", "ZENDESK_WEBHOOK_SECRETS")
    metrics = IntakeMetrics()
    webhook = Webhook(
        secrets=settings.zendesk_webhook_secrets,
        account=account or account_of(settings, database),
        intake=DurableIntake(database),
        metrics=metrics,
        watched=watched or Watched(),
        quiet_seconds=settings.quiet_seconds,
    )
    backlog = partial(read_backlog, looks or database)
    measures = partial(_measures, looks or database)
    health = Health(metrics, backlog, settings.metrics_token, measures)
    app = Flask("bot.web", static_folder=None, template_folder=None)
    for blueprint in (webhook.blueprint(), health.blueprint(), *pages):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(Exception, _come_back)
    app.after_request(secured)
    return app


def _measures(database: Database) -> Measures | None:
    try:
        return read_measures(database)
    except StoreDown:
        return None


def account_of(settings: Settings, database: Database) -> Account:
    """Return the account of the settings; who we are there stands in the store."""
    book = ObjectBook(database)

    def read() -> Known | None:
        try:
            found = book.all()
        except StoreDown:  # storing the event will say so
            return None
        ids = {(item.kind, item.key): item.object_id for item in found}
        return Known(
            bot_user_id=_number(ids.get(("user", "bot"))),
            account_id=_number(ids.get(("account", "own"))),
            brand_hosts=frozenset(key.lower() for kind, key in ids if kind == "brand_host"),
        )

    return Account(settings.zendesk_host, remembered(read))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def from_environment() -> Flask:
    """Return the app for a gunicorn worker, which calls this after its fork."""
    settings = read_settings()
    start_logging(settings.log_level)
    if not settings.database_url:
        raise SettingsError(
            "DATABASE_URL is not set: start the web with `licensing-bot serve`, which brings a "
            "Postgres of its own, or name one"
        )
    database = Database(
        settings.database_url,
        timeout=_POOL_SECONDS,
        statement_seconds=_STATEMENT_SECONDS,
        name="licensing-bot web",
    )
    looks = Database(
        settings.database_url,
        size=1,
        timeout=_LOOK_SECONDS,
        statement_seconds=_LOOK_SECONDS,
        name="licensing-bot health",
    )
    WebBeat(looks, own_version()).start()
    return create_app(settings, database, looks=looks, pages=pages_of(settings, database))


def _refuse(error: HTTPException) -> Response:
    """Answer 404, 405 and their like in JSON too, keeping headers such as Allow."""
    response = answer(error.code or 500, {"error": error.name.lower()})
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _come_back(error: Exception) -> Response:
    """Our own trouble is never a 500: Zendesk would not send that event again."""
    _LOG.error("request failed", exc_info=error)
    return answer(503, {"error": "something failed here: try again"})
