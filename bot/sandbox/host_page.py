"""The tray beside a ticket: which apps it shows, what it tells them, and the proxy's address."""

import json
import ssl
import time
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.sandbox import host_state
from bot.sandbox.account import ACCOUNT_ID, AGENT_TOKEN, AGENT_USER_ID
from bot.sandbox.crud import find
from bot.sandbox.host_apps import TrayApp, tray_app, tray_apps
from bot.sandbox.host_assets import origin_for
from bot.sandbox.host_proxy import ProxyError, ask, read
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.replies import invalid, not_found
from bot.sandbox.requests_in import host, whole_body
from bot.sandbox.state import Record

LOCALES = ("en-US", "de")

#: Part of the desk, and guarded as the desk is.
tray = Blueprint("host", __name__)


def assets_origin() -> str:
    """Where the apps of this desk come from; the policy of the page names it."""
    return origin_for(pocket(), urlsplit(host()).hostname or "")


def tray_data(box: Pocket, ticket: Record) -> Record:
    """Everything that the tray needs at load."""
    return {
        "apps": [_shown(app) for app in tray_apps(box)] if assets_origin() else [],
        "ticket": host_state.ticket_state(box, ticket),
        "fields": host_state.field_states(box),
        "user": host_state.agent_state(box),
        "account": {**host_state.account_state(), "id": ACCOUNT_ID},
        # The agent's session: what a cookie is in Zendesk.
        "token": AGENT_TOKEN,
    }


@tray.post("/desk/apps/<int:installation_id>/request")
def proxy(installation_id: int) -> Response:
    """Zendesk's proxy: sends an app's request with the settings that no browser sees."""
    app = tray_app(pocket(), installation_id)
    if app is None:
        raise not_found()
    try:
        with httpx.Client(trust_env=False, verify=_verified()) as client:
            answer = ask(app, read(whole_body()), client, int(time.time()))
    except ProxyError as problem:
        shown = json.dumps({"error": str(problem)})
        return Response(shown, problem.status, mimetype="application/json")
    response = Response(answer.body, answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    # What another server said must never become a page of this one.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@tray.post("/desk/agent")
def change_agent() -> BaseResponse:
    """The agent's own language, as the profile menu sets it."""
    box, locale = pocket(), request.form.get("locale", "")
    if locale not in LOCALES:
        raise invalid("locale", "Locale: is not one of this desk's languages")
    box.store.put("user", {**find("user", AGENT_USER_ID), "locale": locale})
    back = request.form.get("back", "/")
    return redirect(back if back.startswith("/desk/") else "/", 303)


def _shown(app: TrayApp) -> dict[str, Any]:
    inside = app.page.startswith("assets/")
    root = f"{assets_origin()}/{app.id}/assets/{app.stamp}"
    return {
        "appId": app.id,
        "installationId": app.installation_id,
        "title": app.title,
        "version": app.version,
        "flexible": app.flexible,
        "settings": app.open_settings,
        "assets": root,
        "page": f"{root}/{app.page.removeprefix('assets/')}" if inside else app.page,
    }


def _verified() -> ssl.SSLContext | bool:
    """How to check the backend's certificate; over plain http there is none."""
    return str(whole_body().get("url", "")).startswith("https:") and _authorities()


@cache
def _authorities() -> ssl.SSLContext:
    """Reading them takes 25 ms: once is enough, and not at all without TLS."""
    return httpx.create_ssl_context(trust_env=False)
