"""A pocket portal that answers like the real one, so that demo and CI have a control."""

import ssl
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.sandbox.http_server import LoopbackServer

SIGN_IN: Final = "/customers/sign_in"
_PAGE: Final = """<!doctype html><html lang="en"><head><title>Customers Portal</title></head>
<body><h1>Sign in</h1><form><label>Email <input type="email" name="email"></label></form></body>
</html>"""


def create_portal() -> Flask:
    """Make the portal's app: a redirect, a sign-in page, GraphQL and seat links."""
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/", "root", _root)
    app.add_url_rule(SIGN_IN, "sign_in", _sign_in)
    app.add_url_rule("/graphql", "graphql", _graphql, methods=["POST"])
    app.add_url_rule("/api/v1/seat_links", "seat_links", _seat_links, methods=["POST"])
    app.after_request(_headers)
    return app


class PortalServer:
    """A pocket portal on a free loopback port; TLS when certificate and key are given."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> None:
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
        self._server = LoopbackServer(create_portal(), host, port, context)
        self.url = self._server.url
        self.port = self._server.port

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

    def stop(self) -> None:
        """Stop answering."""
        self._server.stop()


def _root() -> BaseResponse:
    """The expected answer of the runbook's `curl -I`: 302 to the sign-in page."""
    return redirect(f"{request.host_url.rstrip('/')}{SIGN_IN}", 302)


def _sign_in() -> Response:
    return Response(_PAGE, content_type="text/html; charset=utf-8")


def _graphql() -> Response:
    given: Any = request.get_json(force=True, silent=True)
    query = str(given.get("query") or "") if isinstance(given, dict) else ""
    if not query.strip():
        return jsonify({"errors": [{"message": "No query string was present"}]})
    if "cloudActivationActivate" in query:
        refused = {"licenseKey": None, "errors": ["invalid activation code"]}
        return jsonify({"data": {"cloudActivationActivate": refused}})
    name = query.strip(" {}\n").split(" ", 1)[0].split("(", 1)[0]
    message = f"Field '{name}' doesn't exist on type 'Query'"
    return jsonify({"errors": [{"message": message, "path": ["query", name]}]})


def _seat_links() -> tuple[Response, int]:
    return jsonify({"success": False, "error": "license key is missing"}), 422


def _headers(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Strict-Transport-Security"] = "max-age=63072000"
    return response
