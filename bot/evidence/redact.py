"""Takes secrets out of anything a customer sent and leaves what explains the fault."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.evidence.redact_names import lowered, replace_cookie_lines, replace_named
from bot.evidence.redact_shapes import BLOCKS, SHAPES, outside_kept_blocks
from bot.evidence.redact_standins import (
    STAND_IN,
    StandIns,
    decoded_base64,
    encoded_base64,
)
from bot.evidence.secrets import looks_random


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its secrets."""

    text: str
    found: Mapping[str, int] = field(default_factory=dict)
    """How many different secrets of each kind were taken out."""


_PASSES: Final = 4


def redact(text: str) -> Redacted:
    """Return the text with a stand-in such as `[activation code 1]` for every secret.

    The same secret has the same stand-in throughout the text. Hosts, addresses, statuses, issuers
    and error messages stay. A second run over the result changes nothing.
    """
    standins = StandIns()
    standins.reserve(text)
    redactor = TextRedactor(standins)
    for _ in range(_PASSES):
        before, text = text, redactor.clean(text)
        if text == before:
            break
    return Redacted(text, standins.counts())


_DEPTH: Final = 3


class TextRedactor:
    """Redacts text after text with one collection of stand-ins."""

    def __init__(self, standins: StandIns) -> None:
        """Take and give stand-ins from this collection."""
        self.standins = standins

    def clean(self, text: str, depth: int = 0) -> str:
        """Return the text with stand-ins; `depth` counts the encodings it was taken out of."""
        if "-----BEGIN" in text:
            for block in BLOCKS:
                text = block.replace(text, lowered(text), self.standins)
        return "".join(
            self._piece(piece, depth) if ours else piece
            for piece, ours in outside_kept_blocks(text)
        )

    def inner(self, text: str, depth: int) -> str:
        """Redact what stood inside base64."""
        return self.clean(text, depth)

    def _piece(self, text: str, depth: int) -> str:
        lower = lowered(text)
        if "cookie" in lower or "-b " in lower:
            text = replace_cookie_lines(text, self.standins)
        for shape in SHAPES:
            text = shape.replace(text, lower, self.standins)
        text = replace_named(text, self.standins)
        text = _replace_emails(text, self.standins)
        text = self.standins.replace_known(text)
        text = self._runs(text, depth)
        return self.standins.replace_inside_base64(self.standins.replace_known(text))

    def _runs(self, text: str, depth: int) -> str:
        """Look into base64 and take out runs of characters that only chance makes."""
        pattern = _ENCODED_RUN if "%" in text else _RUN
        return pattern.sub(lambda match: self._run(match, depth), text)

    def _run(self, match: re.Match[str], depth: int) -> str:
        run = match[0]
        if STAND_IN.search(run):
            return run
        known = self.standins.lookup(run)
        if known is not None:
            return known
        inside = decoded_base64(run) if depth < _DEPTH else None
        if inside is not None:
            clean = self.inner(inside, depth + 1)
            return run if clean == inside else encoded_base64(clean, run)
        if _DIGEST.search(match.string[max(0, match.start() - 8) : match.start()]):
            return run
        return _replace_random(run, self.standins)


_EMAIL: Final = re.compile(
    r"(?<![\w.%+/-])(?P<local>[\w.+'&~-]{1,64})(?P<at>@|%40|\\{1,4}u0040|&\#64;)"
    r"(?P<domain>(?:[A-Za-z0-9-]{1,63}\.){1,6}(?P<tld>[A-Za-z]{2,24}))(?!\.?[\w-])"
    r"(?!:[~/])(?! [~/][^\]\n]{0,80}\][#$])"
)
_FILE: Final = re.compile(r"(?i)(?:png|jpe?g|gif|svg|webp|css|m?js|map|json|html|woff2?|ttf|ico)\Z")


def _replace_emails(text: str, standins: StandIns) -> str:
    """Take out who, keep where: `[e-mail 1]@acme.example`; a shell prompt is no address."""
    if "@" not in text and "%40" not in text and "0040" not in text and "&#64;" not in text:
        return text

    def stand_in(match: re.Match[str]) -> str:
        local = match["local"]
        if local == "git" or _FILE.match(match["tld"]) or STAND_IN.search(local):
            return match[0]
        whole = f"{local}@{match['domain']}"
        return standins.token("email", whole) + match["at"] + match["domain"]

    return _EMAIL.sub(stand_in, text)


_RUN: Final = re.compile(r"[A-Za-z0-9_+/-]{20,}={0,2}")
_ENCODED: Final = r"(?:[A-Za-z0-9_+/-]|%2[BbFf]|%3[Dd])"
_ENCODED_RUN: Final = re.compile(r"(?<!%)(?<!%[0-9A-Fa-f])" + _ENCODED + "{20,}={0,2}")
_SIGNED: Final = re.compile(r".{16,}--(?:[0-9a-f]{40,64}|[\w%+/=-]{20,})\Z", re.DOTALL)
_CODE: Final = re.compile(r"\w{24}\Z")
_DIGEST: Final = re.compile(r"(?i)sha(?:1|256|384|512)[-:/]\Z")
_SHORTEST: Final = 20


def _replace_random(run: str, standins: StandIns) -> str:
    if "/" in run and _is_path(run):
        parts = run.split("/")
        return "/".join(_replace_word(part, standins) for part in parts)
    return _replace_word(run, standins)


def _is_path(run: str) -> bool:
    """Say whether slashes separate words here, and are not part of base64."""
    words = [part for part in run.split("/") if part]
    plain = [part for part in words if part.isalpha() and part.lower() == part]
    return run.startswith("/") or any(len(part) > 3 for part in plain) or len(plain) > 1  # noqa: PLR2004 - four letters are a word


def _replace_word(run: str, standins: StandIns) -> str:
    if len(run) < _SHORTEST:
        return run
    if _SIGNED.match(run):
        return standins.token("session", run)
    if not looks_random(run) or not _is_mixed(run):
        return run
    return standins.token("activation_code" if _CODE.match(run) else "token", run)


_PARTS: Final = re.compile(r"[-_]")
_PLAIN: Final = re.compile(
    r"[0-9a-f]*\Z|[0-9A-F]*\Z|[a-z]*\d{0,4}\Z|[A-Z]*\d{0,4}\Z|[A-Z][a-z]+\d{0,4}\Z"
)


def _is_mixed(run: str) -> bool:
    """Say whether a hyphenated run is more than words, numbers and hexadecimal in a row."""
    return not all(_PLAIN.match(part) for part in _PARTS.split(run))
