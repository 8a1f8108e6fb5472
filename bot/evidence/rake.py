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
_VALID = re.compile(
    r"valid from:? ?(?P<begins>\d{4}-\d\d-\d\d) to (?P<until>\d{4}-\d\d-\d\d)", re.IGNORECASE
)
_USERS = re.compile(
    r"current user count: ?(?P<used>\d+).{0,200}max users in license: ?(?P<bought>\d+)",
    re.IGNORECASE,
)
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
    return _info(piece)


def _info(piece: Piece) -> tuple[Observation, ...]:
    """``license:info`` prints today's date, the license's term and its users."""
    shown = piece.find(_INFO)
    if shown is None:
        return ()
    valid, today = piece.find(_VALID), _today(piece)
    if valid is None or not today:
        return (piece.see("unclear", "unknown", match=shown),)
    if today > valid["until"]:
        return (piece.see("app_subscription_expired", match=valid),)
    if today < valid["begins"]:
        return (piece.see("app_subscription_not_started", match=valid),)
    users = piece.find(_USERS)
    if users and int(users["used"]) > int(users["bought"]):
        return (piece.see("unclear", "unknown", match=users),)
    return (piece.see("ok", "ok", match=valid),)


def _today(piece: Piece) -> str:
    """The day that the task prints, or else the day of the paste."""
    said = piece.find(_TODAY)
    if said is not None:
        return said["date"]
    return piece.today.isoformat() if piece.today else ""


def read_ctl(piece: Piece) -> tuple[Observation, ...]:
    """``gitlab-ctl status``: only a stopped Sidekiq matters here."""
    down = piece.find(_DOWN)
    if down:
        return (piece.see("sidekiq_down", match=down),)
    return (piece.see("irrelevant", "unknown"),)
