"""`/healthz`, `/readyz`, `/statusz` and `/metrics`: how the web process and its queue are."""

import hmac
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from flask import Blueprint, Request, Response, request

from bot.config import LOOPBACK
from bot.store.measures import Measures
from bot.web.answer import answer
from bot.web.metrics import Backlog, IntakeMetrics

_LOOPBACK_ADDRESSES: Final = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
#: A proxy on this machine also comes from loopback, but says for whom it asks.
_PROXY_HEADERS: Final = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")


@dataclass(frozen=True, slots=True)
class Health:
    """What the health pages need to know."""

    metrics: IntakeMetrics
    backlog: Callable[[], Backlog | None]
    """Reads the queue within a short timeout; None while the store is down."""
    metrics_token: str = field(default="", repr=False)
    measures: Callable[[], Measures | None] = lambda: None
    """What else the store knows; None while it is down."""

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        routes = Blueprint("health", __name__)
        routes.add_url_rule("/healthz", "healthz", self.healthz)
        routes.add_url_rule("/readyz", "readyz", self.readyz)
        routes.add_url_rule("/statusz", "statusz", self.statusz)
        routes.add_url_rule("/metrics", "metrics", self.metrics_page)
        return routes

    def healthz(self) -> Response:
        """The process lives."""
        return answer(200, {"alive": True})

    def readyz(self) -> Response:
        """Ready even without the store: a 503 with Retry-After is retried, no connection is not."""
        store = "down" if self.backlog() is None else "up"
        return answer(200, {"ready": True, "store": store})

    def statusz(self) -> Response:
        """What an operator asks first."""
        if refused := self._refused():
            return refused
        backlog, measures = self.backlog(), self.measures()
        return answer(
            200,
            {
                "version": own_version(),
                "store": "down" if backlog is None else "up",
                "queue": None if backlog is None else asdict(backlog),
                "processes": [asdict(alive) for alive in measures.alive] if measures else None,
                "paused": measures.paused if measures else None,
            },
        )

    def metrics_page(self) -> Response:
        """Prometheus text."""
        if refused := self._refused():
            return refused
        return Response(
            self.metrics.render(self.backlog, self.measures),
            content_type="text/plain; version=0.0.4; charset=utf-8",
        )

    def _refused(self) -> Response | None:
        if _has_token(request, self.metrics_token) or _is_loopback(request):
            return None
        refusal = answer(401, {"error": "only from loopback, or with METRICS_TOKEN as bearer"})
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal


def _has_token(req: Request, token: str) -> bool:
    given = req.headers.get("Authorization", "").encode("latin-1", "replace")
    return bool(token) and hmac.compare_digest(given, b"Bearer " + token.encode())


def _is_loopback(req: Request) -> bool:
    """Return whether the asker sits on this machine, and is no proxy and no rebound browser tab."""
    if req.remote_addr not in _LOOPBACK_ADDRESSES or any(map(req.headers.get, _PROXY_HEADERS)):
        return False
    host = req.host.rpartition(":")[0] if not req.host.endswith("]") else req.host
    return (host or req.host).strip("[]").lower() in LOOPBACK


def own_version() -> str:
    """Return the version of the installed bot."""
    try:
        return version("licensing-bot")
    except PackageNotFoundError:
        return "unknown"
