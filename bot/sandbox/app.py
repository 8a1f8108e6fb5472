"""Builds the pocket Zendesk: the API, the tester's controls and the desk page in one app."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException

from bot.sandbox import (
    account_api,
    apps_api,
    attachment_api,
    automation_api,
    comment_api,
    control_api,
    deleted_api,
    desk_actions,
    desk_page,
    field_api,
    group_api,
    installation_api,
    macro_api,
    oauth_api,
    outbox,
    search_api,
    ticket_api,
    trigger_api,
    webhook_api,
)
from bot.sandbox.account import ACCOUNT_ID, move_in
from bot.sandbox.auth import admit
from bot.sandbox.delivery import Deliverer, DeliveryRules
from bot.sandbox.front import Front
from bot.sandbox.limits import Limits, Meter
from bot.sandbox.pocket import Pocket, pocket, system_clock
from bot.sandbox.rates import add_headers, count_call
from bot.sandbox.replies import ApiError
from bot.sandbox.state import Store


def create_sandbox(
    state: Path | None = None,
    *,
    account_id: int = ACCOUNT_ID,
    limits: Limits | None = None,
    delivery: DeliveryRules | None = None,
    clock: Callable[[], datetime] = system_clock,
    token_seconds: int | None = None,
) -> Flask:
    """Make the app. `state` is a SQLite file that survives restarts; None keeps all in memory."""
    store = Store(state)
    box = Pocket(
        store=store,
        deliverer=Deliverer(delivery, outbox.keeper(store)) if state else Deliverer(delivery),
        meter=Meter(clock),
        account_id=account_id,
        limits=limits or Limits(),
        clock=clock,
        token_seconds=token_seconds,
    )
    move_in(box.store, box.now())
    outbox.resume(box.store, box.deliverer)
    app = Flask(__name__, static_folder="static", static_url_path="/desk/static")
    if isinstance(app.json, DefaultJSONProvider):
        app.json.sort_keys = False
    app.extensions["pocket"] = box
    app.before_request(_admit_api_calls)
    app.after_request(add_headers)
    app.register_error_handler(ApiError, _api_error)
    app.register_error_handler(HTTPException, _http_error)
    for module in (
        account_api, apps_api, attachment_api, automation_api, comment_api, control_api,
        deleted_api,
        field_api, group_api, installation_api, macro_api, oauth_api, search_api, ticket_api,
        trigger_api, webhook_api,
    ):  # fmt: skip
        app.register_blueprint(module.api)
    app.register_blueprint(account_api.addresses)
    app.register_blueprint(desk_page.desk)
    app.register_blueprint(desk_actions.actions)
    app.wsgi_app = Front(app.wsgi_app, box)  # type: ignore[method-assign] # Flask's own recipe
    return app


def pocket_of(app: Flask) -> Pocket:
    """The parts of this app, for tests and for whoever stops it."""
    with app.app_context():
        return pocket()


def close(app: Flask) -> None:
    """Stop the threads and close the file."""
    box = pocket_of(app)
    box.faults.lifted.set()
    box.deliverer.stop()
    box.store.close()


def _admit_api_calls() -> None:
    if request.path.startswith("/api/v2"):
        admit()
        count_call()


def _api_error(problem: ApiError) -> tuple[Response, int, dict[str, str]]:
    return jsonify(problem.body), problem.status, problem.headers


def _http_error(problem: HTTPException) -> tuple[Response, int]:
    status = problem.code or 500
    error = "InvalidEndpoint" if status == 404 else problem.name.replace(" ", "")  # noqa: PLR2004  Zendesk's word for an unknown path
    return jsonify({"error": error, "description": problem.name}), status
