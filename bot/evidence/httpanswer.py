"""What an HTTP answer says about the way to the portal: status, redirect, who sent the page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.evidence.httppage import HTML, OUR_PAGE
from bot.evidence.httpstatus import (
    BLOCK_WORDS,
    CAPTIVE_WORDS,
    page_of,
    proxy_status,
    status_cause,
)
from bot.evidence.observation import Fact, Observation, Verdict
from bot.evidence.piece import Piece
from bot.evidence.portal import PORTAL, host_in, is_portal

_STATUS = re.compile(
    (
        r"^\s{0,8}(?:<\s?)?HTTP\s?/\s?(?P<version>[\d.]{1,3})\s{1,4}(?P<status>\d{3})\b["
        r" \t]*(?P<reason>[^\n]{0,80})$"
    ),
    re.IGNORECASE | re.MULTILINE,
)
_HEADER = re.compile(r"^\s{0,8}(?:<\s?)?([a-z][\w-]{1,60}):[ \t]?(.{0,2000})$", re.IGNORECASE)
_SIGN_IN = re.compile(r"/customers/sign_in|/users/sign_in\b.{0,40}customers", re.IGNORECASE)
_BLOCK_PLACE = re.compile(r"block|deny|denied|forbid|restrict|filter|policy|warn", re.IGNORECASE)
_LOGIN_PLACE = re.compile(
    r"login|logon|sign-?in|auth|wi-?fi|wlan|guest|welcome|portal|splash|connect", re.IGNORECASE
)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """One status line with its headers."""

    status: int
    line: str
    headers: Mapping[str, str]
    is_connect: bool = False

    @property
    def location(self) -> str:
        """Where a redirect points."""
        return self.headers.get("location", "")


def answers_in(text: str) -> tuple[Answer, ...]:
    """Every HTTP answer in the text, in order."""
    starts = list(_STATUS.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return tuple(_answer(text, match, end) for match, end in zip(starts, ends, strict=False))


def _answer(text: str, match: re.Match[str], end: int) -> Answer:
    headers: dict[str, str] = {}
    before = text[max(0, match.start() - 700) : match.start()]
    last = ""
    for line in text[match.end() : min(end, match.end() + 20_000)].split("\n")[1:]:
        header = _HEADER.match(line)
        if last == "location" and not headers[last] and re.match(r"[\s<]{0,4}https?://", line):
            headers[last] = line.strip(" <\t")
        elif header:
            last = header[1].lower()
            headers[last] = header[2].strip()
        elif not line.strip(" <\t"):
            break
        elif last == "location" and re.match(r"^[\s<]{0,4}\S+$", line):
            headers[last] += line.strip(" <\t")
    connect = bool(
        re.search(r"connection established|tunnel established", match["reason"], re.IGNORECASE)
    )
    asked = re.search(
        (
            r"(?:^|\n)[> ]{0,4}CONNECT \S+:\d+ HTTP"
            r"(?!.*\n(?:[> ]{0,4}(?:HEAD|GET|POST) |[< ]{0,4}HTTP/[\d.]+ 200))"
        ),
        before,
        re.DOTALL,
    )
    return Answer(
        int(match["status"]), match.group(0).strip(), headers, connect or asked is not None
    )


def judge(piece: Piece, answers: tuple[Answer, ...], body: str = "") -> Observation | None:
    """The last real answer decides; a refused CONNECT decides when there is none."""
    real = [answer for answer in answers if not answer.is_connect and answer.status >= 200]  # noqa: PLR2004 - 1xx are interim
    connects = [answer for answer in answers if answer.is_connect]
    if not real and connects and connects[-1].status != 200:  # noqa: PLR2004 - HTTP
        return _refused_connect(piece, connects[-1])
    if not real:
        return None
    last = real[-1]
    facts = _facts(last)
    cause, verdict = _judged(piece, real, body or piece.text)
    return piece.see(cause, verdict, match=_line(piece, last), facts=facts)


def _line(piece: Piece, answer: Answer) -> re.Match[str] | None:
    return re.search(re.escape(answer.line), piece.text)


def _facts(answer: Answer) -> dict[str, Fact | None]:
    return {
        "http_status": answer.status,
        "location": answer.location or None,
        "server": answer.headers.get("server") or None,
    }


def _refused_connect(piece: Piece, answer: Answer) -> Observation:
    return piece.see(proxy_status(answer.status), match=_line(piece, answer), facts=_facts(answer))


def _judged(piece: Piece, real: list[Answer], text: str) -> tuple[str, Verdict]:
    last = real[-1]
    if last.status in _REDIRECTS:
        return _redirect(piece, real)
    if last.status < 300:  # noqa: PLR2004 - HTTP
        return _success(piece, real, text)
    headers = "\n".join(f"{key}: {value}" for key, value in last.headers.items())
    return status_cause(last.status, headers + "\n" + text), "fail"


def _redirect(piece: Piece, real: list[Answer]) -> tuple[str, Verdict]:
    location = real[-1].location
    if _is_loop(real):
        return "http_redirect_loop", "fail"
    if not location:
        return _without_location(piece, real[-1])
    if _SIGN_IN.search(location.partition("?")[0]):
        return "http_ok_redirect_signin", "ok"
    if is_portal(host_in(location)) or location.startswith("/"):
        return _portal_redirect(location)
    return _elsewhere(piece, location), "fail"


def _without_location(piece: Piece, last: Answer) -> tuple[str, Verdict]:
    """The status line alone is what was asked for, or the headers are incomplete."""
    if re.search(r"\bhead\b|grep|-w|-o ", piece.command) or not (piece.command or last.headers):
        return "http_ok_redirect_signin", "ok"
    return "truncated", "unknown"


def _elsewhere(piece: Piece, location: str) -> str:
    """Somebody on the way answered for the portal: a login page or a block page?"""
    if _BLOCK_PLACE.search(location):
        return "http_block_page"
    if CAPTIVE_WORDS.search(location) or _LOGIN_PLACE.search(location):
        return "http_captive_portal"
    if BLOCK_WORDS.search(location) or BLOCK_WORDS.search(page_of(piece.text)):
        return "http_block_page"
    if CAPTIVE_WORDS.search(piece.flat):
        return "http_captive_portal"
    return "http_unexpected_status"


def _portal_redirect(location: str) -> tuple[str, Verdict]:
    """A redirect inside the portal: sign-in, or plain http that is sent to https."""
    path = re.sub(r"^https?://[^/]*", "", location)
    if path.startswith("/users/sign_in"):
        return "http_unexpected_status", "fail"  # some instance's own page, not the portal's
    if re.match(r"/(?:customers|subscriptions|oauth|.{0,40}(?:sign_in|login))\b", path):
        return "http_ok_redirect_signin", "ok"
    if location.startswith("https://") and not path.strip("/"):
        return "http_redirect_https", "warn"
    return "http_unexpected_status", "fail"


def _is_loop(real: list[Answer]) -> bool:
    places = [answer.location for answer in real if answer.location]
    return len(places) > 3 and len(set(places)) <= 2  # noqa: PLR2004 - a loop repeats itself


def _success(piece: Piece, real: list[Answer], text: str) -> tuple[str, Verdict]:
    page = page_of(text)
    came_by_sign_in = any(_SIGN_IN.search(a.location.partition("?")[0]) for a in real)
    if BLOCK_WORDS.search(page) and not came_by_sign_in:
        return "http_block_page", "fail"
    if CAPTIVE_WORDS.search(page) and not came_by_sign_in:
        return "http_captive_portal", "fail"
    if came_by_sign_in or OUR_PAGE.search(page) or OUR_PAGE.search(piece.command):
        return "http_ok_redirect_signin", "ok"
    if HTML.search(page) and not PORTAL.search(_title(page)):
        return "http_block_page", "fail"
    return _bare_success(piece, real[-1])


def _title(page: str) -> str:
    title = re.search(r"<title[^>]{0,80}>([^<]{0,200})", page, re.IGNORECASE)
    return title[1] if title else ""


def _bare_success(piece: Piece, last: Answer) -> tuple[str, Verdict]:
    """A 2xx without a page: an API answer in JSON is fine, a bare 200 is not the portal's 302."""
    if "json" in last.headers.get("content-type", "") and re.search(
        r"graphql|/api/", piece.command
    ):
        return "http_ok_redirect_signin", "ok"
    return "http_unexpected_status", "fail"
