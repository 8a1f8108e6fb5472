"""Secrets that are recognised by the marks around them: blocks, addresses, curl's options."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.evidence.redact_standins import STAND_IN, StandIns
from bot.evidence.secret_values import is_placeholder, looks_made
from bot.evidence.secrets import Kind


def _anything(_: str) -> bool:
    return True


def _not_an_account(value: str) -> bool:
    return value != "git" and not re.fullmatch(r"\d+:\d+", value)


@dataclass(frozen=True, slots=True)
class Shape:
    """One pattern; its group `v` is the secret."""

    kind: Kind
    pattern: re.Pattern[str]
    gates: tuple[str, ...]
    """The pattern is tried only when the text holds one of these."""
    accepts: Callable[[str], bool] = _anything

    def replace(self, text: str, standins: StandIns) -> str:
        """Return the text with stand-ins for every secret of this shape."""
        if not any(gate in text for gate in self.gates):
            return text
        return self.pattern.sub(lambda match: self._stand_in(match, standins), text)

    def _stand_in(self, match: re.Match[str], standins: StandIns) -> str:
        value = match["v"]
        if STAND_IN.search(value) or is_placeholder(value) or not self.accepts(value):
            return match[0]
        token = standins.token(self.kind, value)
        if self.kind == "credentials":
            standins.alias("password", value.partition(":")[2], token)
        start, end = match.start("v") - match.start(), match.end("v") - match.start()
        return match[0][:start] + token + match[0][end:]


SHAPES: Final = (
    Shape(
        "private_key",
        re.compile(
            r"(?P<v>-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----"
            r"(?:(?!-----END)[^\x00]){0,20000}(?:-----END [A-Z0-9 ]{1,60}-----)?)"
        ),
        ("PRIVATE KEY",),
    ),
    Shape(
        "license",
        re.compile(
            r"(?P<v>-----BEGIN (?:[A-Za-z0-9_]+ ){0,4}LICEN[SC]E(?: KEY| FILE| DATA)?-----"
            r"(?:(?!-----END)[^\x00]){0,200000}(?:-----END [A-Za-z0-9_ ]{1,60}-----)?)"
        ),
        ("-----BEGIN",),
    ),
    # Whoever has the key of a notification's address can answer in its receiver's name.
    Shape(
        "token",
        re.compile(r"/sent_notifications/(?P<v>[0-9A-Za-z_-]{16,64})(?![0-9A-Za-z_-])"),
        ("/sent_notifications/",),
    ),
    # A link that lets in whoever has it: an invitation, a new password, a web hook.
    Shape(
        "token",
        re.compile(
            r"/(?:-/)?(?:(?:raw_)?invit(?:es?|ations?)|(?:email_)?confirm(?:ations?)?|verif(?:y|ication)"
            r"|activate|reset(?:[-_]?password)?|password(?:_reset)?|passwords|magic(?:[-_]?links?)?"
            r"|otp|tokens?|[a-z]{1,20}[-_]token|unsubscribes?|(?:web)?hooks?|services/[A-Z]\w{2,20}"
            r"|shared?|sso|tickets?|sessions?|session_id|sid|secrets?|(?:api|access)[-_]?keys?|jwt|nonce"
            r"|signatures?|csrf|webhooks?/\d{8,25}|services/T\w{2,20}/B\w{2,20})"
            r"/(?P<v>(?!REDACTED_)[A-Za-z0-9_.~+=-]{16,400})(?![A-Za-z0-9_])",
        ),
        ("/",),
        looks_made,
    ),
    Shape(
        "token",
        re.compile(r"/bot\d{6,12}:(?P<v>[A-Za-z0-9_-]{30,60})"),
        ("/bot",),
    ),
    Shape(
        "credentials",
        re.compile(r":(?:\\{0,4}/){2}(?P<v>[^\s/@\"'<>?#\\\[\]]{1,256})@(?=[\w\[])"),
        ("@",),
        _not_an_account,
    ),
    Shape(
        "credentials",
        re.compile(
            r"(?<![\w-])(?:-[uU]|--(?:proxy-)?user)[ =]?[\"']?(?P<v>[^\s\"':/\[]+:[^\s\"'\[]+)"
        ),
        (" -u", " -U", "--user", "--proxy-user"),
        _not_an_account,
    ),
)

#: Public or our own: its base64 lines are no secrets and its checksum must stay true.
_KEPT: Final = re.compile(
    r"-----BEGIN (?P<what>CERTIFICATE(?: REQUEST)?|PUBLIC KEY|DH PARAMETERS|X509 CRL"
    r"|CLOUD LICENSE CHECK)-----(?:(?!-----(?:END|BEGIN))[^\x00]){0,100000}-----END (?P=what)-----"
)


def outside_kept_blocks(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, with True for those that shape rules may change."""
    if "-----BEGIN " not in text:
        yield text, True
        return
    done = 0
    for match in _KEPT.finditer(text):
        yield text[done : match.start()], True
        yield match[0], False
        done = match.end()
    yield text[done:], True
