"""E-mail addresses: who goes, where stays."""

import re
from typing import Final

from bot.evidence.redact_standins import STAND_IN, StandIns

_MARKS: Final = ("@", "%40", "\\u0040", "&#64;")
_DOMAIN: Final = re.compile(
    r"(?:[A-Za-z0-9-]{1,63}\.){1,6}(?P<tld>[A-Za-z]{2,24})(?!\.?[\w-])"
    r"(?!:[~/])(?! [~/][^\]\n]{0,80}\][#$])"
)
_FILE: Final = re.compile(r"(?i)(?:png|jpe?g|gif|svg|webp|css|m?js|map|json|html|woff2?|ttf|ico)\Z")
_LONGEST: Final = 64


def replace_emails(text: str, standins: StandIns) -> str:
    """Return `[e-mail 1]@acme.example` for addresses; a shell prompt is none."""
    pieces: list[str] = []
    done = 0
    for at, after in _marks(text):
        domain = _DOMAIN.match(text, after)
        if domain is None or _FILE.match(domain["tld"]):
            continue
        start = _local_start(text, at)
        local = text[start:at]
        if start < done or not local or local == "git" or STAND_IN.search(local):
            continue
        pieces += [text[done:start], standins.token("email", f"{local}@{domain[0]}")]
        done = at
    return "".join([*pieces, text[done:]]) if pieces else text


def _marks(text: str) -> list[tuple[int, int]]:
    """Return where an @ starts and ends, however it is written."""
    marks = []
    for mark in _MARKS:
        at = text.find(mark)
        while at >= 0:
            marks.append((at, at + len(mark)))
            at = text.find(mark, at + 1)
    return sorted(marks)


def _local_start(text: str, end: int) -> int:
    """Return where the part before the @ begins; a longer word is no address."""
    at, least = end, max(0, end - _LONGEST)
    while at > least and (text[at - 1].isalnum() or text[at - 1] in "._+'&~-"):
        at -= 1
    if text[at - 1 : at] == "%":
        at = min(at + 2, end)  # the rest of a percent code such as %22
    return at
