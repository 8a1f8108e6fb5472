"""Cuts a paste into pieces: one command each, by prompts and by what output looks like."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from bot.evidence.moments import today_of
from bot.evidence.normalise import Line, Lines
from bot.evidence.observation import Fact
from bot.evidence.piece import Piece
from bot.evidence.portal import PORTAL
from bot.evidence.prompts import LISTING, Command, command_of, shows_exit_code, tool_of
from bot.evidence.remarks import Remark, announces, condition_in, label_in, mended
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
_CURL_ENDED = re.compile(r"\s*curl: \(\d{1,3}\)", re.IGNORECASE)
_SECTION = re.compile(
    r"\s{0,4}(?:={2,}(?!>)|#{2,}|\*{3,}|-{3,}|\[ ?\d{1,2} ?/ ?\d{1,2} ?\]) ?[^\W_].{0,80}$"
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
    user: str = ""
    lines: list[Line] = field(default_factory=list)
    exit_code: int | None = None
    remark: Remark = ""
    label: str = ""
    """What a heading calls the machine that all below it ran on."""


def pieces(lines: Lines, vantage: str, today: date | None = None) -> tuple[Piece, ...]:
    """The paste's pieces in order; text before the first command is a piece without a tool.

    `today` is the day of the ticket, for a paste that does not tell its own.
    """
    day = today_of(line.text for line in lines.lines) or today
    cuts = [_Cut()]
    awaiting_exit: _Cut | None = None
    for line in lines.lines:
        command = _run(cuts[-1], command_of(line.text))
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
        elif _is_label(cuts[-1], line):
            cuts.append(replace(_next(cuts[-1], "", line, remark=""), label=label_in(line.text)))
        elif _turns(cuts[-1], line):
            cuts.append(_announced(cuts[-1], line))
        else:
            _append(cuts, line)
    found = [cut for cut in cuts if cut.lines or cut.command]
    kept = found if len(found) <= _MOST else [*found[: _MOST // 2], *found[-_MOST // 2 :]]
    return tuple(_piece(cut, vantage, day) for cut in kept)


def _run(current: _Cut, command: Command | None) -> Command | None:
    """Below ``cat check.sh`` stands what a script would do, up to the next prompt."""
    listed = current.tool == LISTING and command is not None and not command.prompted
    return None if listed else command


def _begun(command: Command, before: _Cut) -> _Cut:
    """A new command; the sentence just above it may say where or how it was run."""
    remark = _condition(before, command.machine)
    machine = command.machine or before.label
    return _Cut(
        command.tool, command.line, machine, command.user, remark=remark, label=before.label
    )


def _condition(before: _Cut, machine: str = "") -> Remark:
    """What the sentence at the end of the piece before says of the run below it."""
    worded = [line.text for line in before.lines[-_SENTENCE_ABOVE:] if line.text.strip()]
    above = [text for text in worded if not shape_of(text)]
    return condition_in(above[-2:], machine)


def _turns(cut: _Cut, line: Line) -> bool:
    """From what was seen to how it should look, or back again?"""
    said = announces(line.text)
    if not said or shape_of(line.text):
        return False
    if said == "result":
        headed = cut.remark == "elsewhere" and line.text.rstrip().endswith(":")
        return headed or cut.remark == "example"
    return cut.remark != "example" and said in {"example", "elsewhere"}


def _is_label(cut: _Cut, line: Line) -> bool:
    """A heading that names a machine; right below a command it would be what that printed."""
    if not label_in(line.text) or shape_of(line.text):
        return False
    return not cut.command or bool(cut.lines)


def _announced(cut: _Cut, line: Line) -> _Cut:
    said = announces(line.text)
    command = "" if said == "elsewhere" else cut.command
    return _next(cut, cut.tool, line, command=command, remark=said)


def _next(
    current: _Cut, tool: str, line: Line, *, command: str = "", remark: Remark | None = None
) -> _Cut:
    """A piece that begins with this line, on the same machine."""
    said = current.remark if remark is None else remark
    return replace(current, tool=tool, command=command, lines=[line], exit_code=None, remark=said)


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
    return replace(cut, tool=tool_of(command) or cut.tool, command=command)


def _append(cuts: list[_Cut], line: Line) -> None:
    """Put a line of output where it belongs: into this piece or, with another shape, the next."""
    current = cuts[-1]
    shape = shape_of(line.text)
    if shape == current.tool and current.lines and _RESTARTS.match(line.text):
        cuts.append(_next(current, shape, line))
    elif _is_over(current, shape):
        cuts.append(_next(current, shape, line, remark=_placed(current)))
    elif not shape and _is_section(current, line):
        cuts.append(_next(current, "", line, remark=current.remark or "apart"))
    elif not shape or shape == current.tool or _belongs(current, shape):
        _take_exit(current, line)
        current.lines.append(line)
    elif not current.tool and not current.command and not _says_something(current):
        current.tool = shape
        current.lines.append(line)
    else:
        command = current.command if not current.lines else ""
        cuts.append(_next(current, shape, line, command=command))


def _is_over(current: _Cut, shape: str) -> bool:
    """After curl's error an answer is of the next run, unless one command printed both."""
    if current.tool != "curl" or shape != "http" or current.command:
        return False
    return any(_CURL_ENDED.match(line.text) for line in current.lines)


def _placed(before: _Cut) -> Remark:
    """Whose answer is it, when no command stands above it? Only a word on it tells."""
    worded = [line.text for line in before.lines[-_SENTENCE_ABOVE:] if line.text.strip()]
    return _condition(before) or ("" if mended(worded[-1]) else "apart")


def _is_section(current: _Cut, line: Line) -> bool:
    """A script's heading, such as ``== TLS``; a known tool's own output is not cut at one."""
    told = bool(current.command and current.tool)
    return not told and _says_something(current) and _SECTION.match(line.text) is not None


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
    named = (("machine", cut.machine or cut.label), ("user", cut.user))
    facts: dict[str, Fact] = {name: value for name, value in named if value}
    return {**facts, "remark": cut.remark} if cut.remark not in {"", "result"} else facts
