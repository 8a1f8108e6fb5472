"""`/insights`: how the bot does, as a page for people; sums only, never a figure about a person."""

import base64
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from flask import Blueprint, Response, render_template, request

from bot.store.corrections import CorrectionLog
from bot.store.database import Database, StoreDown
from bot.store.insights import read_insights
from bot.web.answer import RETRY_AFTER, answer
from bot.web.insights_figures import sections_of, tiles_of
from bot.web.insights_link import LONGEST_DAYS, PATH, LinkSigner
from bot.web.jwt import Verifier
from bot.web.sidebar import verified
from bot.web.sidebar_answers import SidebarRefused

SPANS: Final = (7, 30, 90)
_DEFAULT_SPAN: Final = 30
_NO_LINK: Final = "this link has run out or is none: `licensing-bot insights-link` makes one"


@dataclass(frozen=True, slots=True)
class InsightsPage:
    """The page, and who may read it."""

    database: Database
    signer: LinkSigner
    verifier: Verifier
    version: str

    def blueprint(self) -> Blueprint:
        """Return the route."""
        routes = Blueprint("insights", __name__, template_folder="insights_page")
        routes.add_url_rule(
            PATH, "page", self.page, methods=["GET"], provide_automatic_options=False
        )
        return routes

    def page(self) -> Response:
        """Return the page, or say where a link comes from."""
        if not self._may_read():
            refusal = answer(
                401,
                {"error": _NO_LINK},
            )
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
        days = _span(request.args.get("days", ""))
        try:
            found = read_insights(self.database, days)
            words = CorrectionLog(self.database).agents_words(days)
        except StoreDown as down:
            return answer(503, {"error": f"{down}; try again in {RETRY_AFTER} s"})
        style = _style()
        html = render_template(
            "insights.html",
            tiles=tiles_of(found, words),
            sections=sections_of(found, words),
            spans=[(span, _link(span)) for span in SPANS],
            days=days,
            style=style,
            version=self.version,
        )
        return _guarded(Response(html, content_type="text/html; charset=utf-8"), style)

    def _may_read(self) -> bool:
        if header := request.headers.get("Authorization", ""):
            try:
                verified(self.verifier, header)
            except SidebarRefused:
                return False
            return True
        return self.signer.is_good(request.args.get("until", ""), request.args.get("signature", ""))


def _link(span: int) -> str:
    """Return this page's address for another span, with the same signature."""
    kept = {key: request.args.get(key, "") for key in ("until", "signature")}
    if not all(value.isalnum() for value in kept.values()):
        return f"?days={span}"
    return f"?until={kept['until']}&signature={kept['signature']}&days={span}"


def _span(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < len("1000") else 0
    return min(number, LONGEST_DAYS) or _DEFAULT_SPAN


def _style() -> str:
    return (files("bot.web") / "insights_page" / "insights.css").read_text("utf-8")


def _guarded(response: Response, style: str) -> Response:
    """Allow the page its own style sheet and nothing else: no script, no picture, no request."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
