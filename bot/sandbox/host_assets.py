"""Serves installed apps' assets from an origin of their own, as Zendesk's asset host does."""

import mimetypes
import re
from pathlib import Path
from typing import Final

from flask import Flask, Response, abort, send_from_directory
from werkzeug.wrappers import Response as BaseResponse

from bot.sandbox.host_apps import tray_apps
from bot.sandbox.http_server import LoopbackServer
from bot.sandbox.pocket import Pocket

#: Zendesk's address of the SDK. In this sandbox nothing leaves the machine, so a page that loads
#: it from there is given our own small client of the same API instead; nothing else is changed.
_SDK: Final = re.compile(
    rb"https://static\.zdassets\.com/zendesk_app_framework_sdk/[\w.]+/zaf_sdk(?:\.min)?\.js"
)
_OUR_CLIENT: Final = "/sdk/zaf_client.js"
_STATIC: Final = Path(__file__).parent / "static"


class AssetServer:
    """The asset host on a free loopback port; a browser must reach it under another host name."""

    def __init__(self, box: Pocket, host: str = "127.0.0.1") -> None:
        self.own_client = True
        """Off: pages load the SDK from Zendesk's address, for tests that bring the real one."""
        self._box = box
        self._server = LoopbackServer(self._app(), host)
        box.assets_port = self._server.port

    def start(self) -> None:
        """Begin to answer, in a thread."""
        self._server.start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.stop()

    def _app(self) -> Flask:
        app = Flask(__name__, static_folder=None)
        app.add_url_rule("/<int:app_id>/assets/<stamp>/<path:name>", "asset", self._asset)
        app.add_url_rule(_OUR_CLIENT, "client", self._client)
        return app

    def _asset(self, app_id: int, stamp: str, name: str) -> Response:
        found = next((app for app in tray_apps(self._box) if app.id == app_id), None)
        data = found.files.get(f"assets/{name}") if found else None
        if found is None or data is None or found.stamp != stamp:
            abort(404)
        kind = _type_of(name)
        if kind == "text/html" and self.own_client:
            data = _SDK.sub(_OUR_CLIENT.encode(), data)
        response = Response(data, mimetype=kind)
        response.headers["X-Content-Type-Options"] = "nosniff"
        # The page may differ between two starts; what it loads has the upload's stamp.
        response.headers["Cache-Control"] = "no-store" if kind == "text/html" else "max-age=86400"
        return response

    def _client(self) -> BaseResponse:
        return send_from_directory(_STATIC, "zaf_client.js", mimetype="text/javascript")


def origin_for(box: Pocket, desk_host: str) -> str:
    """The asset host's origin for a desk that was opened under this name; empty without one.

    Another name, not only another port: an app's frame is a stranger's site to the desk, in which
    the browser keeps third parties' storage apart.
    """
    if not box.assets_port:
        return ""
    name = "127.0.0.1" if desk_host == "localhost" else "localhost"
    return f"http://{name}:{box.assets_port}"


def _type_of(name: str) -> str:
    if name.endswith((".js", ".mjs")):
        return "text/javascript"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
