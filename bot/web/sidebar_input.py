"""What the sidebar's calls bring: small JSON bodies, and who the agent is as claimed."""

import re
from dataclasses import dataclass
from typing import Final, Never, TypeVar
from urllib.parse import unquote

import msgspec
from flask import Request

from bot.web.body import read_body
from bot.web.jwt import Claims
from bot.web.refusals import Refused
from bot.web.sidebar_answers import Code, SidebarRefused

SIZE_CAP: Final = 4_096
_LONGEST_NAME: Final = 80
_CODES: Final[dict[int, Code]] = {413: "too_large", 415: "type"}
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


class NoBody(msgspec.Struct):
    """Nothing is asked for."""


class RunBody(msgspec.Struct):
    """Start a probe run."""

    vantage: str | None = None


class NoteBody(msgspec.Struct):
    """Post the note that is shown."""

    digest: str


class TickBody(msgspec.Struct):
    """Tick a step, or take its tick away."""

    done: bool


class CorrectionBody(msgspec.Struct):
    """Say what the ticket really is."""

    scenario: str
    why: str = ""


Body = TypeVar("Body", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts, as the browser claims: for the record, never for a permission."""

    id: str
    name: str


def body_of(request: Request, kind: type[Body]) -> Body:
    """Read a JSON body of this kind; raise `SidebarRefused`."""
    try:
        raw = read_body(request.environ, SIZE_CAP)
    except Refused as refused:
        code = _CODES.get(refused.status, "input")
        raise SidebarRefused(code, why=refused.problem) from None
    if raw and request.mimetype != "application/json":
        raise SidebarRefused("type")
    try:
        return msgspec.json.decode(raw or b"{}", type=kind)
    except msgspec.ValidationError as error:
        _refuse(f"The request could not be understood: {error}.")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        _refuse("The body is no JSON object.")


def _refuse(words: str) -> Never:
    raise SidebarRefused("input", words, why="a body that is not what is asked for") from None


def agent_of(request: Request, claims: Claims) -> Agent:
    """Return who the agent claims to be; a name may come percent-encoded."""
    name = _UNPRINTABLE.sub("", unquote(request.headers.get("X-Agent-Name", ""), errors="replace"))
    shown = " ".join(name.split())[:_LONGEST_NAME]
    return Agent(claims.subject, shown or f"agent {claims.subject}")
