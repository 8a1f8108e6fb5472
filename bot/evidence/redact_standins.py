"""Consistent stand-ins: the same secret gets the same token wherever and however it is written."""

import base64
import binascii
import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, quote_plus, unquote

from bot.evidence.inflate import unpacked_body, wrapping_of
from bot.evidence.secrets import LABELS, Kind

#: Shorter values are replaced where they were found, not hunted for elsewhere in the text.
_HUNTED: Final = 8

#: `[activation code 1]` in text, `REDACTED_activation_code_1` where brackets and spaces would have
#: to be escaped (HAR files: URLs, cookies, JSON inside JSON).
STAND_IN: Final = re.compile(
    r"\[(?:" + "|".join(map(re.escape, LABELS.values())) + r") (?P<n>\d+)\]"
    r"|REDACTED_(?:" + "|".join(LABELS) + r")_(?P<m>\d+)"
)


#: What is hunted for in whole files, most dangerous first; the rest is replaced where it stands.
_PREY: Final[tuple[Kind, ...]] = (
    "activation_code", "private_token", "password", "session", "authorization", "credentials",
    "runner_token", "deploy_token", "feed_token", "secret", "csrf_token", "one_time_password",
)  # fmt: skip
_PORTABLE_PREY: Final = 48
_TEXT_PREY: Final = 64
_LONGEST_PREY: Final = 2000
#: Such a secret is always part of a run that `redact_runs` looks at.
_ANCHORED: Final = re.compile(r"[A-Za-z0-9_+/-]{16,}\Z")

#: A secret in a text: its kind, where it starts and where it ends.
Edit = tuple[Kind, int, int]


class StandIns:
    """Hands out one token per secret and remembers what it was given."""

    def __init__(self, *, portable: bool = False) -> None:
        """Begin with no secret known; `portable` tokens survive every encoding unchanged."""
        self._portable = portable
        self._tokens: dict[str, str] = {}
        self._kinds: Counter[Kind] = Counter()
        self._taken: dict[str, int] = {}
        self._loose: list[tuple[str, str]] = []
        self._anchored: list[tuple[str, str]] = []
        self._cores: list[tuple[str, str]] = []
        self._prey: list[tuple[int, str, str]] = []

    def reserve(self, text: str) -> None:
        """Keep clear of the numbers that stand-ins in this text already use."""
        for match in STAND_IN.finditer(text):
            name = match[0].strip("[]").rpartition("_" if match["m"] else " ")[0]
            number = int((match["n"] or match["m"])[:6])
            self._taken[name] = max(self._taken.get(name, 0), number)

    def token(self, kind: Kind, value: str) -> str:
        """Return the stand-in of this secret, a new one when it is met for the first time."""
        key = canonical(value)
        known = self._tokens.get(key)
        if known is None:
            self._kinds[kind] += 1
            known = self._tokens[key] = self._name(kind)
            self._hunt(kind, key, known)
        return known

    def alias(self, kind: Kind, value: str, token: str) -> None:
        """Let a part of a secret, such as the password of `user:password`, have its stand-in."""
        key = canonical(value)
        if len(value) >= _HUNTED and key not in self._tokens:
            self._tokens[key] = token
            self._hunt(kind, key, token)

    def _name(self, kind: Kind) -> str:
        stem = f"REDACTED_{kind}" if self._portable else LABELS[kind]
        number = self._kinds[kind] + self._taken.get(stem, 0)
        return f"{stem}_{number}" if self._portable else f"[{stem} {number}]"

    def _hunt(self, kind: Kind, value: str, token: str) -> None:
        """Look for this secret everywhere, when it is long enough and there is room."""
        if not _HUNTED <= len(value) <= _LONGEST_PREY or kind == "email":
            return
        if self._portable and kind not in _PREY:
            return
        rank = _PREY.index(kind) if kind in _PREY else len(_PREY)
        room = _PORTABLE_PREY if self._portable else _TEXT_PREY
        self._prey.append((rank, value, token))
        if len(self._prey) > room:
            self._prey.remove(max(self._prey))
        self._spell()

    def _spell(self) -> None:
        """Sort what is hunted for: long runs are met as runs, the rest anywhere in a text."""
        prey = sorted(self._prey, key=_by_length)
        self._loose = [
            (form, token)
            for _, value, token in prey
            if not _ANCHORED.match(value)
            for form in spellings(value)
        ]
        self._loose += [(form, token) for _, value, token in prey for form in seed_groups(value)]
        self._anchored = [(v, token) for _, v, token in prey if _ANCHORED.match(v)]
        self._cores = [(core, token) for _, v, token in prey for core in base64_cores(v)]

    def replace_known(self, text: str) -> str:
        """Replace further copies of known secrets that are short or hold odd characters."""
        for form, token in self._loose:
            if form in text:
                text = text.replace(form, token)
        return text

    def replace_in_run(self, run: str) -> str:
        """Replace known secrets inside a longer run, also base64 that could not be read."""
        for value, token in self._anchored:
            if value in run:
                run = run.replace(value, token)
        if len(run) >= _CORE:
            for core, token in self._cores:
                if core in run:
                    return token
        return run

    def known(self) -> Iterator[tuple[str, str]]:
        """Yield secret and stand-in of what is hunted for, longest secret first."""
        return ((value, token) for _, value, token in sorted(self._prey, key=_by_length))

    def lookup(self, value: str) -> str | None:
        """Return the stand-in of a value that is already known as a secret."""
        return self._tokens.get(canonical(value))

    def counts(self) -> Mapping[str, int]:
        """Return how many different secrets of each kind were found."""
        return {str(kind): number for kind, number in self._kinds.items()}


def _by_length(prey: tuple[int, str, str]) -> int:
    return -len(prey[1])


def canonical(value: str) -> str:
    """Return the one spelling under which a secret is remembered: no %-codes, no escaped slash."""
    if "\\" in value:
        value = value.replace("\\/", "/").replace("\\u0026", "&").replace("\\u003d", "=")
    return unquote(value) if "%" in value else value


def spellings(value: str) -> Iterator[str]:
    """Yield how a secret may be written in text: raw, for URLs, for JSON, for HTML, in base64."""
    seen: set[str] = set()
    for form in (
        value, quote(value, safe=""), quote(value), quote_plus(value), value.replace("/", "\\/"),
        html.escape(value),
    ):  # fmt: skip
        if form not in seen:
            seen.add(form)
            yield form


_BASE32: Final = re.compile(r"(?:[A-Z2-7]{16,64}|[a-z2-7]{16,64})\Z")


def seed_groups(value: str) -> Iterator[str]:
    """Yield how pages show the seed of an authenticator to people: in fours, in either case."""
    if not _BASE32.match(value):
        return
    for seed in (value.upper(), value.lower()):
        fours = [seed[at : at + 4] for at in range(0, len(seed), 4)]
        yield from (" ".join(fours), "-".join(fours))
        if seed != value:
            yield seed


_CORE: Final = 14


def base64_cores(value: str) -> Iterator[str]:
    """Yield the three renderings of a secret inside longer base64, without the ragged edges."""
    raw = value.encode("utf-8", "replace")
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")
        core = coded[(offset * 8 + 5) // 6 + (1 if offset else 0) : -2]
        if len(core) >= _CORE:
            yield core


_LONGEST_INSIDE: Final = 1 << 20
_PRINTABLE: Final = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]*\Z")


def decoded_base64(run: str) -> str | None:
    """Return the readable text inside a base64 run, unpacked when it is compressed, else None."""
    bare = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = binascii.a2b_base64(bare + "=" * (-len(bare) % 4))
        text = (unpacked_body(raw, _LONGEST_INSIDE) if wrapping_of(raw) else raw).decode("utf-8")
    except (ValueError, binascii.Error):
        return None
    return text if text and _PRINTABLE.match(text) else None


def encoded_base64(text: str, like: str) -> str:
    """Return the text in base64, in the alphabet and with the padding of the run it replaces."""
    coded = base64.b64encode(text.encode("utf-8", "replace")).decode()
    if "-" in like or "_" in like:
        coded = coded.replace("+", "-").replace("/", "_")
    return coded if like.endswith("=") or len(like) % 4 == 0 else coded.rstrip("=")
