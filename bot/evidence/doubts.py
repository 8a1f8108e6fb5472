"""What in a paste speaks of trouble and no reader has taken into account?"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from bot.evidence.complaints import complains, is_personal, is_prose, is_remark
from bot.evidence.hints import hint_in
from bot.evidence.normalise import Line, Lines
from bot.evidence.observation import Fact, Observation
from bot.evidence.piece import Piece
from bot.evidence.prompts import LISTING, command_of
from bot.evidence.shapes import shape_of
from bot.evidence.shell import MISSING
from bot.evidence.troublewords import trouble_in

#: No tool prints a longer line that people could read.
_LONGEST: Final = 2_000
#: A flood of trouble needs no more than its first lines to close the gate.
_MOST: Final = 5
_HEADER: Final = re.compile(r"\s*(?:[<>*] )?(?P<name>[a-z][a-z0-9-]{1,60}): ", re.IGNORECASE)
#: Not headers, although a colon follows; of a header only these speak of this transfer.
_SPEAKING: Final = frozenset(
    {
        "curl", "wget", "error", "fatal", "warning", "ping", "ping6", "nc", "ncat", "telnet",
        "openssl", "http", "socketerror", "traceroute", "nmap", "dig", "host", "git", "bash", "sh",
        "status", "result", "http-error", "x-squid-error", "proxy-status", "caused-by", "reason",
    }
)  # fmt: skip
_ANSWERS: Final = frozenset({"curl", "wget", "http", "telnet", "openssl", "nc", "powershell"})
#: Their headers stand in one block, and what follows it is a body or a person's remark.
_HEADS_ONCE: Final = frozenset({"curl", "http"})
_STATUS_LINE: Final = re.compile(r"\s*(?:[<*] )?HTTP/\d")
#: Lines about one attempt of a tool that goes on to the next address by itself.
_ATTEMPT: Final = re.compile(
    r"\s*(?:\* |nc: |ncat: |telnet: |trying |connecting to |verbindungsaufbau |connexion "
    r"|resolving |warning: (?:inverse|forward) host|;; |nslookup: can't resolve '\(null\)'"
    r"|--\d{4}-|\d{1,2}\s+\*)",
    re.IGNORECASE,
)
_SILENT_HOP: Final = re.compile(r"\s*\d{1,2}\s+\*")
#: These ask one server after the other.
_LOOKUPS: Final = frozenset({"dig", "host", "nslookup", "getent"})
_REPEATED: Final = re.compile(r"\b(?:for|while|until|watch|seq|repeat|foreach)\b|\d\.\.\d")
#: The portal's API refuses an empty question, which proves the way to it.
_API: Final = re.compile(r"/graphql\b|/api/")
#: What curl says of local files and options; of its warnings only a repetition is about the way.
_CURLS_OWN: Final = re.compile(
    r"\s*(?:warning: (?!transient|problem)|\* failure writing output)", re.IGNORECASE
)
#: Answers to junk, sent only to see whether the port is open.
_TO_JUNK: Final = re.compile(r"\s*HTTP/[\d.]+ 400\b")
_OPENS: Final = frozenset({"telnet", "nc", "openssl"})
#: Heads of tables, pages, and what curl adds to an error of its own.
_DECORATION: Final = re.compile(
    r"loss%|\bsnt\b|^\s*</?[a-z!]|\"x-frame-options\"|^more details here: |how to fix it, please"
    r"|^curl failed to verify|^establish a secure connection to it"
    r"|^\(irb\):\d+:.*\bNameError\b",
    re.IGNORECASE,
)


def doubts_in(piece: Piece, seen: Sequence[Observation]) -> tuple[Observation, ...]:
    """The lines of trouble beside what was read, as observations that only doubt good news."""
    if piece.tool == LISTING:
        return ()
    found: list[Observation] = []
    for spoken, run in groupby(_left_over(piece, seen), key=itemgetter(0)):
        lines = tuple(line for _, line in run)
        found += _told(piece, lines) if spoken else _printed(piece, lines)
    return tuple(found[:_MOST])


def _told(piece: Piece, lines: tuple[Line, ...]) -> Iterator[Observation]:
    """A person complains; a sentence may have been wrapped."""
    if complains(" ".join(line.text.strip() for line in lines)):
        yield _alone(piece, lines).see("unclear", "unknown", doubt="told")


def _printed(piece: Piece, lines: Iterable[Line]) -> Iterator[Observation]:
    """A program complains; its words may name the layer."""
    for line in lines:
        if trouble_in(line.text[:_LONGEST]) is not None:
            cause = hint_in(line.text[:_LONGEST]) or "unclear"
            yield _alone(piece, (line,)).see(cause, "unknown", doubt="printed")


def _alone(piece: Piece, lines: tuple[Line, ...]) -> Piece:
    facts: dict[str, Fact] = {
        key: piece.facts[key] for key in ("machine", "host") if key in piece.facts
    }
    return Piece(Lines(lines), "text", vantage=piece.vantage, facts=facts)


def _is_spoken(text: str, *, below_output: bool) -> bool:
    """Right below a command stands what it printed, unless the line plainly is a person's."""
    if shape_of(text):
        return False
    if not is_prose(text):
        return not below_output and is_remark(text)
    return not below_output or is_personal(text)


def _left_over(piece: Piece, seen: Sequence[Observation]) -> Iterator[tuple[bool, Line]]:
    """The lines that nobody has judged, and whether a person wrote them."""
    judged = any(one.verdict in {"fail", "warn"} or one.facts.get("weighed") for one in seen)
    ends = _decided_at(piece, seen)
    below_output = bool(piece.command)
    headed = True
    for index, line in enumerate(piece.out.lines):
        text = line.text[:_LONGEST]
        below_output = below_output and bool(text.strip())
        headed = _is_headed(piece, text, headed=headed)
        if not text.strip() or _is_decoration(piece, text, headed=headed):
            continue
        spoken = _is_spoken(text, below_output=below_output)
        tried = (index < ends and _is_attempt(piece, text)) or _is_silent_hop(piece, text)
        if not tried and (spoken or not judged):
            yield spoken, line


def _is_attempt(piece: Piece, text: str) -> bool:
    if _REPEATED.search(piece.command):
        return False
    return piece.tool in _LOOKUPS or _ATTEMPT.match(text) is not None


def _is_silent_hop(piece: Piece, text: str) -> bool:
    """A router that does not answer; the reader knows whether the last one did."""
    return piece.tool == "traceroute" and _SILENT_HOP.match(text) is not None


def _is_headed(piece: Piece, text: str, *, headed: bool) -> bool:
    """Do headers go on here? An empty line ends them, a status line begins them again."""
    if piece.tool not in _HEADS_ONCE:
        return True
    return bool(text.strip()) if headed else _STATUS_LINE.match(text) is not None


def _is_decoration(piece: Piece, text: str, *, headed: bool) -> bool:
    """Commands, missing tools and headers, whose values are about policy and reporting."""
    if _DECORATION.search(text) or MISSING.search(text) or command_of(text) is not None:
        return True
    if (piece.tool in _OPENS and _TO_JUNK.match(text)) or (
        piece.tool == "curl" and _CURLS_OWN.match(text)
    ):
        return True
    if text.lstrip().startswith("{") and _API.search(piece.command):
        return True
    header = _HEADER.match(text)
    if header is None or not (headed or text.lstrip().startswith(("<", ">", "*"))):
        return False
    return piece.tool in _ANSWERS and header["name"].lower() not in _SPEAKING


def _decided_at(piece: Piece, seen: Iterable[Observation]) -> int:
    """The last line that a good outcome was read from; the attempts before it are explained."""
    details = [one.detail for one in seen if one.verdict == "ok" and one.detail]
    marks = (
        index
        for index, line in enumerate(piece.out.lines)
        if line.raw.strip() and any(line.raw.strip() in detail for detail in details)
    )
    return max(marks, default=0)
