"""The web application: the webhook, the health pages, and JSON for everything else."""

import logging
from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Flask, Response
from werkzeug.exceptions import HTTPException

from bot.web.answer import answer, secured
from bot.web.health import Health
from bot.web.webhook import Webhook

_LOG: Final = logging.getLogger(__name__)


def create_app(webhook: Webhook, health: Health, pages: Sequence[Blueprint] = ()) -> Flask:
    """Return the app; `pages` are further routes, such as the sidebar's."""
    app = Flask("bot.web", static_folder=None, template_folder=None)
    for blueprint in (webhook.blueprint(), health.blueprint(), *pages):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(Exception, _come_back)
    app.after_request(secured)
    return app


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
