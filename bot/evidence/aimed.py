"""Where and how was a piece's command run: against which host, with what help, on which machine?"""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.evidence.helped import (
    helps_in,
    posts,
    runs_in_container,
    runs_in_product,
    ssh_host_in,
    user_in,
)
from bot.evidence.piece import Piece
from bot.evidence.portal import host_in

if TYPE_CHECKING:
    from bot.evidence.observation import Fact

#: On these command lines a dot joins a receiver and a method, not a domain.
_NO_HOST: Final = frozenset({"ruby", "rake", "ctl", "env", "clock"})
#: Test-NetConnection says what it tested, when its command was not pasted.
_TESTED = re.compile(r"ComputerName\s*: ?(?P<host>[\w.-]+)", re.IGNORECASE)
#: Where or how a command was run, when the sentence above it says so.
_CONDITIONS: Final = frozenset({"elsewhere", "changed"})
#: Of what these say a filter may have shown a part only.
_LOOKUPS: Final = frozenset({"dig", "host", "nslookup"})


def aimed(piece: Piece) -> Piece:
    """The piece with what its command line, and the sentence above it, say of the run."""
    host = host_in(piece.command) if piece.command and piece.tool not in _NO_HOST else ""
    tested = _TESTED.search(piece.text) if piece.tool == "powershell" else None
    host = host or (tested["host"] if tested else "")
    facts: dict[str, Fact] = {"host": host} if host else {}
    remark = str(piece.facts.get("remark", ""))
    if helps := helps_in(piece.command) + ((remark,) if remark in _CONDITIONS else ()):
        facts["helped_by"] = helps
    if piece.tool in _LOOKUPS and "|" in piece.command:
        facts["filtered"] = True
    if posts(piece.command):
        facts["posted"] = True
    if user := user_in(piece.command):
        facts["user"] = user
    if machine := _runs_on(piece.command):
        facts["machine"] = machine
    if runs_in_product(piece.command):
        facts["in_product"] = True
    return replace(piece, facts={**piece.facts, **facts}) if facts else piece


def _runs_on(command: str) -> str:
    return "container" if runs_in_container(command) else ssh_host_in(command)
