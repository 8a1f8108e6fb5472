"""Cuts a paste into pieces: one command each, by prompts and by what output looks like."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from bot.evidence.moments import today_of
from bot.evidence.normalise import Line, Lines
from bot.evidence.observation import Fact
from bot.evidence.piece import Piece
from bot.evidence.portal import PORTAL
from bot.evidence.prompts import Command, command_of, shows_exit_code, tool_of
from bot.evidence.remarks import Remark, announces, condition_in
from bot.evidence.shapes import shape_of

#: Shapes that belong inside another tool's output and start no piece of their own.
_ABSORBS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "curl": frozenset({"http", "telnet", "openssl", "graphql", "html"}),
        "wget": frozenset({"http", "html", "graphql"}),
        "openssl": frozenset({"http", "html"}),
        "http": frozenset({"html", "graphql"}),
        "telnet": frozenset({"http", "html"}),
        "nc": frozenset({"http", "html"}),
        "ruby": frozenset({"http", "graphql", "html", "hosts", "openssl", "powershell", "log"}),
        "log": frozenset({"ruby", "graphql", "html", "http"}),
        "powershell": frozenset({"ping", "nslookup", "traceroute", "http", "html"}),
        "graphql": frozenset({"http", "html"}),
        "nmap": frozenset({"openssl", "ping"}),
        "dig": frozenset({"host"}),
        "host": frozenset({"dig", "nslookup"}),
        "nslookup": frozenset({"dig", "host", "shell"}),
        "env": frozenset({"hosts"}),
        "rake": frozenset({"ruby", "log"}),
        "devtcp": frozenset(),
        "portping": frozenset({"ping", "nc", "wget", "curl"}),
        "tlsscan": frozenset({"openssl", "nslookup", "host"}),
    }
)
#: Shapes that only the tool itself prints, whatever the command line above says.
_BANNERS: Final = frozenset({"dig", "ping", "traceroute", "nmap", "wget", "curl", "powershell"})
#: A remark stands right above its command, or one empty line higher.
_SENTENCE_ABOVE: Final = 3
#: No ticket holds more commands; of a flood the first and the last are read.
_MOST: Final = 200
#: The first line of a new run, of which a tool prints only one.
_RESTARTS = re.compile(
    r"\s*(?:PING |Pinging |traceroute to |Starting Nmap|\[?\{ ?\"(?:data|errors)\")", re.IGNORECASE
)
_CONTINUED: Final = "\\`^ "
#: Mail clients wrap near column 72; a shorter command was not wrapped.
_WRAPS_AFTER: Final = 40
_ADDRESS_ALONE = re.compile(r"\s*https?://\S+\s*$", re.IGNORECASE)
_REST_OF_COMMAND = re.compile(
    (
        r"\s*(?:-{1,2}[a-z]|\||&&|2>|https?://\S+(?:$| [|-])|customers\.\S+(?:$|:\d+ | -"
        r"| \d+$| [|]))"
    ),
    re.IGNORECASE,
)
_EXIT = re.compile(
    (
        r"^\W{0,3}(?:exit(?:[ _]?(?:code|status))?|rc|ret(?:urn)?(?: ?code)?|status"
        r"|curl exit(?: code)?|command terminated with exit code)\s?[=:]?\s?"
        r"(?P<code>\d{1,3})\W{0,2}$|^(?P<bare>\d{1,3})$"
    ),
    re.IGNORECASE,
)


@dataclass
class _Cut:
    tool: str = ""
    command: str = ""
    machine: str = ""
    lines: list[Line] = field(default_factory=list)
    exit_code: int | None = None
    remark: Remark = ""


def pieces(lines: Lines, vantage: str, today: date | None = None) -> tuple[Piece, ...]:
    """The paste's pieces in order; text before the first command is a piece without a tool.

    `today` is the day of the ticket, for a paste that does not tell its own.
    """
    day = today_of(line.text for line in lines.lines) or today
    cuts = [_Cut()]
    awaiting_exit: _Cut | None = None
    for line in lines.lines:
        command = command_of(line.text)
        if command is not None and shows_exit_code(command.line):
            awaiting_exit = cuts[-1]
        elif command is not None:
            awaiting_exit = None
            cuts.append(_begun(command, cuts[-1]))
        elif awaiting_exit is not None and _EXIT.match(line.text.strip()):
            awaiting_exit.exit_code = _code(line.text)
            awaiting_exit = None
        elif _continues(cuts[-1], line):
            cuts[-1] = _with_more(cuts[-1], line)
        elif _turns(cuts[-1], line):
            cuts.append(_announced(cuts[-1], line))
        else:
            _append(cuts, line)
    found = [cut for cut in cuts if cut.lines or cut.command]
    kept = found if len(found) <= _MOST else [*found[: _MOST // 2], *found[-_MOST // 2 :]]
    return tuple(_piece(cut, vantage, day) for cut in kept)


def _begun(command: Command, before: _Cut) -> _Cut:
    """A new command; the sentence just above it may say where or how it was run."""
    worded = [line.text for line in before.lines[-_SENTENCE_ABOVE:] if line.text.strip()]
    above = [text for text in worded if not shape_of(text)]
    remark = condition_in(above[-2:], command.machine)
    return _Cut(command.tool, command.line, command.machine, remark=remark)


def _turns(cut: _Cut, line: Line) -> bool:
    """From what was seen to how it should look, or back again?"""
    said = announces(line.text)
    if not said or shape_of(line.text):
        return False
    return said == "result" if cut.remark == "example" else said in {"example", "elsewhere"}


def _announced(cut: _Cut, line: Line) -> _Cut:
    said = announces(line.text)
    command = "" if said == "elsewhere" else cut.command
    return _Cut(cut.tool, command, cut.machine, [line], remark=said)


def _continues(cut: _Cut, line: Line) -> bool:
    """A command that its writer or a mail client broke over two lines."""
    if not cut.command or cut.lines or not line.text.strip():
        return False
    if cut.command.endswith(("\\", "`", "^", "|", "&&")):
        return True
    if PORTAL.search(cut.command) and _ADDRESS_ALONE.match(line.text):
        return False  # the command has its host: this is what it printed
    return len(cut.command) > _WRAPS_AFTER and _REST_OF_COMMAND.match(line.text) is not None


def _with_more(cut: _Cut, line: Line) -> _Cut:
    command = f"{cut.command.rstrip(_CONTINUED)} {line.text.strip()}"
    return _Cut(tool_of(command) or cut.tool, command, cut.machine, remark=cut.remark)


def _append(cuts: list[_Cut], line: Line) -> None:
    """Put a line of output where it belongs: into this piece or, with another shape, the next."""
    current = cuts[-1]
    shape = shape_of(line.text)
    if shape == current.tool and current.lines and _RESTARTS.match(line.text):
        cuts.append(_Cut(shape, "", current.machine, [line], remark=current.remark))
    elif not shape or shape == current.tool or _belongs(current, shape):
        _take_exit(current, line)
        current.lines.append(line)
    elif not current.tool and not current.command and not _says_something(current):
        current.tool = shape
        current.lines.append(line)
    else:
        cuts.append(
            _Cut(
                shape,
                current.command if not current.lines else "",
                current.machine,
                [line],
                remark=current.remark,
            )
        )


def _belongs(current: _Cut, shape: str) -> bool:
    """Under a known command only another tool's banner is not its own output."""
    if shape in _ABSORBS.get(current.tool, ()):
        return True
    return bool(current.command and current.tool) and shape not in _BANNERS


def _says_something(cut: _Cut) -> bool:
    return any(line.text.strip() for line in cut.lines)


def _take_exit(cut: _Cut, line: Line) -> None:
    """``exit=28`` or ``rc: 2`` on a line by itself, as scripts print it."""
    found = _EXIT.match(line.text.strip())
    if found and found["code"]:
        cut.exit_code = int(found["code"])
    elif found and "$?" in cut.command:
        cut.exit_code = int(found["bare"])


def _code(text: str) -> int | None:
    found = _EXIT.match(text.strip())
    return int(found["code"] or found["bare"]) if found else None


def _piece(cut: _Cut, vantage: str, today: date | None) -> Piece:
    return Piece(
        Lines(tuple(cut.lines)),
        cut.tool,
        cut.command,
        vantage,
        cut.exit_code,
        _known(cut),
        today,
    )


def _known(cut: _Cut) -> dict[str, Fact]:
    facts: dict[str, Fact] = {"machine": cut.machine} if cut.machine else {}
    return {**facts, "remark": cut.remark} if cut.remark not in {"", "result"} else facts
