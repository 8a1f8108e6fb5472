"""Looks through a stand-in of Globalping, with what most tests want."""

from datetime import UTC, datetime

from bot.evidence.look import Look
from bot.vantages.globalping import Globalping
from tests.vantages.pocket_globalping import PORTAL, PocketGlobalping, pocket_globalping

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def globalping(desk: PocketGlobalping, *, token: str = "", run_seconds: float = 60.0) -> Globalping:
    return Globalping(
        f"https://{PORTAL}/",
        "DE",
        lambda: NOW,
        token,
        api=desk.url,
        pause=lambda _: None,
        run_seconds=run_seconds,
        call_seconds=30.0,
    )


def look(place: str = "", **settings: object) -> tuple[Look, PocketGlobalping]:
    with pocket_globalping(**settings) as desk:
        seen, _ = globalping(desk)(place)
    return seen, desk


def line(seen: Look) -> str:
    """The one line of a look that saw nothing."""
    (only,) = seen.observations
    assert (only.verdict, seen.assessment.activates) == ("unknown", "unknown")
    return only.detail
