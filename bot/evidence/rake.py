"""What did license:load, license:info and gitlab-ctl print?"""

import re

from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.ruby import read_ruby
from bot.evidence.rules import first, table

_RULES = table(
    (r"activation successful|license added:", "app_graphql_ok", "ok"),
    (r"no license has been applied|no license installed", "no_license"),
)
_INVALID = re.compile(
    r"activation unsuccessful|license invalid|license file missing|could not apply", re.IGNORECASE
)
_INFO = re.compile(
    (r"expires:? ?(?:on|at)?|current user count|plan ?:|today's date|valid from"), re.IGNORECASE
)
_TODAY = re.compile(r"today's date: ?(?P<date>\d{4}-\d\d-\d\d)", re.IGNORECASE)
_VALID = re.compile(r"valid from:? ?\d{4}-\d\d-\d\d to (?P<until>\d{4}-\d\d-\d\d)", re.IGNORECASE)
_DOWN = re.compile(
    (r"(?:down|fail): sidekiq|sidekiq.{0,30}(?:is )?not running|running\? \.\.\. no\b"),
    re.IGNORECASE,
)


def read_rake(piece: Piece) -> tuple[Observation, ...]:
    """The outcome, and the error string printed below it."""
    down = piece.find(_DOWN)
    if down:
        return (piece.see("sidekiq_down", match=down),)
    found = first(piece, _RULES)
    if found is not None:
        return (found,)
    network = tuple(s for s in read_ruby(piece) if s.verdict == "fail")
    if network:
        return network
    invalid = piece.find(_INVALID)
    if invalid:
        return (piece.see("unclear", "fail", layer="app", match=invalid),)
    ended = _ended(piece)
    if ended:
        return (piece.see("app_subscription_expired", match=ended),)
    if piece.find(_INFO):
        return (piece.see("unclear", "unknown", match=piece.find(_INFO)),)
    return ()


def _ended(piece: Piece) -> re.Match[str] | None:
    """license:info prints today's date and the license's dates; nothing else is needed."""
    today, valid = piece.find(_TODAY), piece.find(_VALID)
    if today and valid and today["date"] > valid["until"]:
        return valid
    return None


def read_ctl(piece: Piece) -> tuple[Observation, ...]:
    """``gitlab-ctl status``: only a stopped Sidekiq matters here."""
    down = piece.find(_DOWN)
    if down:
        return (piece.see("sidekiq_down", match=down),)
    return (piece.see("irrelevant", "unknown"),)
