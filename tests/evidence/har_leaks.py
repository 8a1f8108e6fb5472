"""Looks for secrets in a text the way somebody would who wants to find them."""

import base64
import html
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote, quote_plus, unquote, unquote_plus

_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_DEEPEST = 4


def readings(text: str) -> set[str]:
    """The text and everything that a few trivial decodings make of it."""
    seen: set[str] = set()
    waiting = [(text, 0)]
    while waiting:
        one, depth = waiting.pop()
        if one in seen or not one:
            continue
        seen.add(one)
        if depth < _DEEPEST:
            waiting += [(other, depth + 1) for other in _decoded(one)]
    return seen


def _decoded(text: str) -> Iterator[str]:
    if "\\" in text:
        yield _ESCAPE.sub(_unescape, text)
    if "%" in text:
        yield unquote(text)
        yield unquote_plus(text)
    if "&" in text:
        yield html.unescape(text)
    inside = [found for run in _RUN.findall(text) for found in _base64(run)]
    if inside:
        yield "\n".join(inside)


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _PLAIN.get(code, code)


def _base64(run: str) -> Iterator[str]:
    for skip in range(4):
        part = run[skip:].replace("-", "+").replace("_", "/")
        part = part[: len(part) // 4 * 4] if skip else part + "=" * (-len(part) % 4)
        try:
            raw = base64.b64decode(part)
        except ValueError:
            continue
        raw = _unpacked(raw)
        text = raw.decode("utf-8", "ignore")
        if len(text) > 0.9 * len(raw):
            yield text


def _unpacked(raw: bytes) -> bytes:
    for mark, wrapping in ((b"\x1f\x8b", 31), (b"\x78", 15)):
        if raw.startswith(mark):
            with suppress(zlib.error):
                return zlib.decompressobj(wbits=wrapping).decompress(raw)
    return raw


def _forms(secret: str) -> set[str]:
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
    forms |= {json.dumps(secret)[1:-1], secret.replace("/", "\\/"), html.escape(secret)}
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + secret.encode()).decode().rstrip("=")
        core = coded[(offset * 8 + 5) // 6 + (1 if offset else 0) : -2]
        if len(core) >= 12:
            forms |= {core, core.replace("+", "-").replace("/", "_")}
    return forms


def leaks(secrets: list[str], text: str) -> list[str]:
    """The secrets that can still be found in the text, whole or in a piece of 12 characters."""
    seen = readings(text)
    found = []
    for secret in secrets:
        pieces = _forms(secret)
        if len(secret) >= 20 and "@" not in secret:  # the domain of an address stays
            pieces |= {secret[i : i + 12] for i in range(len(secret) - 11)}
        if any(piece in reading for reading in seen for piece in pieces):
            found.append(secret)
    return found
