"""Where and how was a piece's command run: against which host, with what help, on which machine?"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.evidence.helped import (
    container_in,
    helps_in,
    posts,
    runs_in_product,
    session_helps_in,
    ssh_host_in,
    user_in,
)
from bot.evidence.piece import Piece
from bot.evidence.portal import host_in

if TYPE_CHECKING:
    from bot.evidence.observation import Fact

#: On these command lines a dot joins a receiver and a method, not a domain.
_NO_HOST: Final = frozenset({"ruby", "rake", "ctl", "env", "clock"})
#: These say what they were aimed at, when the command was not pasted.
_TOLD: Final = {
    "powershell": re.compile(r"ComputerName\s*: ?(?P<host>[\w.-]+)", re.IGNORECASE),
    "wget": re.compile(r"^--\d{4}-[\d-]+ [\d:]+--\s+https?://(?P<host>[\w.-]+)", re.MULTILINE),
}
#: Where or how a command was run, when the sentence above it says so.
_CONDITIONS: Final = frozenset({"elsewhere", "changed", "apart"})
_HTTP: Final = 80
_OF_URL: Final = re.compile(
    r"\b(?:http://[\w.-]+(?=[/\s'\"?]|$)|https?://[\w.-]+:)(?P<port>(?<=:)\d{1,5}\b|)",
    re.IGNORECASE,
)
_PORTS: Final = {
    "nc": re.compile(r"[\w.]\s+(?P<port>\d{1,5})(?=\s*(?:$|[;|&<>2]))"),
    "telnet": re.compile(r"[\w.]\s+(?P<port>\d{1,5})(?=\s*(?:$|[;|&<>]))"),
    "powershell": re.compile(r"-(?:Remote)?Port[: ](?P<port>\d{1,5})\b", re.IGNORECASE),
    "openssl": re.compile(r"-connect\s+[\w.\[\]:-]+:(?P<port>\d{1,5})\b"),
    "curl": _OF_URL,
    "wget": _OF_URL,
}
#: Of what these say a filter may have shown a part only.
_LOOKUPS: Final = frozenset({"dig", "host", "nslookup"})


def aimed_in_order(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces as `aimed` makes them, each with what the commands before it have changed."""
    given: dict[str, None] = {}
    for piece in pieces:
        yield aimed(piece, tuple(given))
        given |= dict.fromkeys(session_helps_in(piece.command))


def aimed(piece: Piece, given: tuple[str, ...] = ()) -> Piece:
    """The piece with what its command line, and the sentence above it, say of the run."""
    host = host_in(piece.command) if piece.command and piece.tool not in _NO_HOST else ""
    told = _TOLD[piece.tool].search(piece.text) if piece.tool in _TOLD and not host else None
    host = told["host"] if told else host
    facts: dict[str, Fact] = {"host": host} if host else {}
    remark = str(piece.facts.get("remark", ""))
    helps = helps_in(piece.command) + ((remark,) if remark in _CONDITIONS else ())
    if helps := tuple(dict.fromkeys((*helps, *given))):
        facts["helped_by"] = helps
    if (port := _port_in(piece)) is not None:
        facts["port"] = port
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
    return container_in(command) or ssh_host_in(command)


def _port_in(piece: Piece) -> int | None:
    """The port that a command line names; a URL without one has its scheme's."""
    port = _PORTS[piece.tool].search(piece.command) if piece.tool in _PORTS else None
    if port is None:
        return None
    number = port["port"]
    return int(number) if number else _HTTP
