"""Credentials behind `Authorization:`, behind `Bearer` and `Basic`, and JSON Web Tokens."""

import re
from collections.abc import Iterator
from typing import Final

from bot.evidence.redact_runs import JWT
from bot.evidence.redact_standins import STAND_IN, Edit
from bot.evidence.secret_values import is_placeholder, looks_random

SCHEMES: Final = frozenset(["bearer", "basic", "negotiate", "digest", "ntlm", "token"])

_AUTHORIZATION: Final = re.compile(
    r"(?i)authorization(?:\\*[\"'])?\s*[:=]\s*(?:\\*[\"'])?"
    r"(?:(?:digest|aws4-hmac-sha256)\s+(?P<long>)|(?:bearer|basic|negotiate|ntlm|token"
    r"|apikey|ssws)\s+)?(?P<v>(?(long)[^\r\n']+|[^\s\"'\\,;<>&]+))"
)
_SCHEME: Final = re.compile(r"\w+\s+(?P<v>[A-Za-z0-9+/._~-]{8,}={0,2})")


def authorization_edits(text: str, start: int) -> list[Edit] | None:
    """Return the credential of an Authorization header; None when it is no such line."""
    match = _AUTHORIZATION.match(text, start)
    if match is None or (match["v"][:1] == "[" and not STAND_IN.match(text, match.start("v"))):
        return None
    value = match["v"]
    if STAND_IN.search(value) or is_placeholder(value) or value.lower() in SCHEMES:
        return []
    return [("authorization", *match.span("v"))]


def scheme_edits(text: str, start: int, _: int) -> Iterator[Edit]:
    """Yield what follows `Bearer` or `Basic` when it is a credential and not the next word."""
    match = _SCHEME.match(text, start)
    if match is None or (start and (text[start - 1].isalnum() or text[start - 1] in "-_")):
        return
    value = match["v"]
    if STAND_IN.search(value):
        return
    if looks_random(value) or any(map(str.isdigit, value)) or value.endswith("="):
        yield "authorization", *match.span("v")


def jwt_edits(text: str, start: int, _: int) -> Iterator[Edit]:
    """Yield a JSON Web Token that begins here."""
    match = None if start and text[start - 1].isalnum() else JWT.match(text, start)
    if match is not None:
        yield "jwt", *match.span()
