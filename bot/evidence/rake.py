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
_INFO = re.compile(r"expires:? ?(?:on|at)?|current user count|plan ?:", re.IGNORECASE)
_DOWN = re.compile(r"(?:down|fail): sidekiq|sidekiq.{0,30}(?:is )?not running", re.IGNORECASE)


def read_rake(piece: Piece) -> tuple[Observation, ...]:
    """The outcome, and the error string printed below it."""
    found = first(piece, _RULES)
    if found is not None:
        return (found,)
    network = tuple(s for s in read_ruby(piece) if s.verdict == "fail")
    if network:
        return network
    invalid = piece.find(_INVALID)
    if invalid:
        return (piece.see("unclear", "fail", layer="app", match=invalid),)
    if piece.find(_INFO):
        return (piece.see("irrelevant", "unknown", match=piece.find(_INFO)),)
    return ()


def read_ctl(piece: Piece) -> tuple[Observation, ...]:
    """``gitlab-ctl status``: only a stopped Sidekiq matters here."""
    down = piece.find(_DOWN)
    if down:
        return (piece.see("sidekiq_down", match=down),)
    return (piece.see("irrelevant", "unknown"),)
