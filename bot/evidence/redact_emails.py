"""E-mail addresses: who goes, where stays."""

import re
from typing import Final

from bot.evidence.redact_standins import STAND_IN, StandIns

_MARK: Final = re.compile(r"@|%40|\\{1,4}u0040|&\#64;")
_GATES: Final = ("@", "%40", "u0040", "&#64;")
_DOMAIN: Final = re.compile(
    r"(?:[A-Za-z0-9-]{1,63}\.){1,6}(?P<tld>[A-Za-z]{2,24})(?!\.?[\w-])"
    r"(?!:[~/])(?! [~/][^\]\n]{0,80}\][#$])"
)
_FILE: Final = re.compile(r"(?i)(?:png|jpe?g|gif|svg|webp|css|m?js|map|json|html|woff2?|ttf|ico)\Z")
_LONGEST: Final = 64


def replace_emails(text: str, standins: StandIns) -> str:
    """Return `[e-mail 1]@acme.example` for addresses; a shell prompt is none."""
    if not any(gate in text for gate in _GATES):
        return text
    pieces: list[str] = []
    done = 0
    for mark in _MARK.finditer(text):
        domain = _DOMAIN.match(text, mark.end())
        start = _local_start(text, mark.start())
        if domain is None or start < done or _FILE.match(domain["tld"]):
            continue
        local = text[start : mark.start()]
        if not local or local == "git" or STAND_IN.search(local):
            continue
        token = standins.token("email", f"{local}@{domain[0]}")
        pieces += [text[done:start], token]
        done = mark.start()
    return "".join([*pieces, text[done:]]) if pieces else text


def _local_start(text: str, end: int) -> int:
    """Return where the part before the @ begins; a path or a longer word is no address."""
    at, least = end, max(0, end - _LONGEST)
    while at > least and (text[at - 1].isalnum() or text[at - 1] in "._+'&~-"):
        at -= 1
    return end if text[at - 1 : at] in {"%", "/"} and at else at
