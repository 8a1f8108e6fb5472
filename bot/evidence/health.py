"""Is the instance itself well? Its health, readiness and liveness answers."""

import re
from typing import Final

from bot.evidence.observation import Observation
from bot.evidence.piece import Piece

_CHECK = re.compile(
    r"\"(?P<name>\w+)_check\"\s?:\s?\[\s?\{[^{}\]]{0,200}?\"status\"\s?:\s?\"(?P<status>\w+)\"",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"^\s*\{\s?\"status\"\s?:\s?\"(?P<status>\w+)\"", re.IGNORECASE)
#: What ``/-/health`` answers.
_WELL: Final = re.compile(r"^\s*(?:gitlab|example_company) ok\s*$", re.IGNORECASE | re.MULTILINE)
#: Without these Sidekiq does no work.
_OF_QUEUES: Final = frozenset({"queues", "redis", "shared_state", "queues_metadata"})


def read_health(piece: Piece) -> tuple[Observation, ...]:
    """The first check that fails; a healthy instance says nothing of its way to the portal."""
    checks = list(_CHECK.finditer(piece.flat))
    for check in checks:
        if check["status"].lower() != "ok":
            cause = "sidekiq_down" if check["name"].lower() in _OF_QUEUES else "app_error_500"
            return (piece.see(cause, match=check),)
    whole = _WHOLE.search(piece.flat)
    if whole and whole["status"].lower() != "ok":
        return (piece.see("app_error_500", match=whole),)
    well = whole or (checks[0] if checks else None) or _WELL.search(piece.text)
    return (piece.see("ok", "ok", match=well),) if well else ()
