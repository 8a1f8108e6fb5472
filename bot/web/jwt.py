"""Did this call come through our app's installation? Verifies the token that Zendesk's proxy mints.

HS256 only, by the standard library. What a verified token proves is the way it took; its claims
are written by browser code (DESIGN 5.7), so nobody is believed to be who they say.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

AUDIENCE: Final = "cl-bot"
#: Longer tokens are not looked at; ours have about 300 characters.
LONGEST: Final = 2_048
#: RFC 7518, 3.2: a key of the hash's size or larger.
SHORTEST_SECRET: Final = 32
#: The app asks for tokens that live so long; a longer life is not ours.
LIFETIME: Final = 60
#: Between Zendesk's clock and ours.
LEEWAY: Final = 30
_LATEST: Final = 2**53
_SHAPE: Final = re.compile(r"([\w-]{1,400})\.([\w-]{1,1600})\.([\w-]{43})", re.ASCII)
_ISSUER: Final = re.compile(r"(?:https://)?([a-z0-9-]{1,63})\.zendesk\.com/?", re.ASCII)
_TICKET: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_SUBJECT: Final = re.compile(r"[\w.@+-]{1,64}", re.ASCII)


class TokenRefused(Exception):  # noqa: N818  the sender's fault, answered with 401
    """The token does not count; the message says why and never holds any part of it."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says of itself."""

    issuer: str
    subject: str
    """The agent's user id, as claimed."""
    ticket_id: int | None
    expires_at: float


@dataclass(frozen=True, slots=True)
class Verifier:
    """Knows the secrets and the accounts that may sign."""

    secrets: Sequence[str] = field(repr=False)
    """Newest first; every one counts, so that a rotation has no gap."""
    issuers: Callable[[], frozenset[str]]
    """Subdomains that are ours, lower case; empty when that is not known, as on loopback."""
    clock: Callable[[], float] = time.time

    def claims(self, token: str) -> Claims:
        """Return the claims of a token; raise `TokenRefused`.

        Nothing of it is read before its signature holds, but the header that names the algorithm.
        """
        shape = _SHAPE.fullmatch(token) if len(token) <= LONGEST else None
        if shape is None:
            raise TokenRefused("it is no token of three parts, or too long")
        _check_header(_object(shape[1]))
        self._check_signature(f"{shape[1]}.{shape[2]}", shape[3])
        return self._read(_object(shape[2]))

    def _check_signature(self, signed: str, signature: str) -> None:
        given, data = signature.encode(), signed.encode()
        good = [hmac.compare_digest(_signature(secret, data), given) for secret in self.secrets]
        if not any(good):
            raise TokenRefused("it is not signed with a secret of ours")

    def _read(self, claims: dict[str, Any]) -> Claims:
        now = self.clock()
        expires_at = _time(claims, "exp")
        _check_times(claims, expires_at, now)
        if AUDIENCE not in _listed(claims.get("aud")):
            raise TokenRefused("it is meant for somebody else (aud)")
        issuer, ours = _issuer(claims.get("iss")), self.issuers()
        if not issuer or (ours and issuer not in ours):
            raise TokenRefused("it comes from another Zendesk account (iss)")
        return Claims(issuer, _subject(claims.get("sub")), _ticket(claims), expires_at)


def _signature(secret: str, data: bytes) -> bytes:
    digest = hmac.new(secret.encode(), data, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=")


def _check_header(header: dict[str, Any]) -> None:
    if header.get("alg") != "HS256":
        raise TokenRefused("its algorithm is not HS256")
    if "crit" in header or "b64" in header:
        raise TokenRefused("it has an extension that we do not know (crit)")
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise TokenRefused("it is no JWT (typ)")


def _check_times(claims: dict[str, Any], expires_at: float, now: float) -> None:
    if expires_at <= now - LEEWAY:
        raise TokenRefused("it has expired: is the clock of this server right?")
    if expires_at > now + LIFETIME + LEEWAY:
        raise TokenRefused("it lives too long (exp)")
    if "iat" in claims:
        issued_at = _time(claims, "iat")
        if issued_at > now + LEEWAY:
            raise TokenRefused("it is from the future: is the clock of this server right?")
        if not 0 <= expires_at - issued_at <= LIFETIME + 1:
            raise TokenRefused("it lives too long (iat, exp)")
    if "nbf" in claims and _time(claims, "nbf") > now + LEEWAY:
        raise TokenRefused("it is not valid yet (nbf)")


def _time(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST:
        raise TokenRefused(f"its {name} is no time")
    return float(value)


def _listed(audience: object) -> list[object]:
    return audience if isinstance(audience, list) else [audience]


def _issuer(value: object) -> str:
    """Return the subdomain; Zendesk's own tokens write it as a host, and some as an address."""
    name = value.lower() if isinstance(value, str) else ""
    found = _ISSUER.fullmatch(name)
    return found[1] if found else name


def _subject(value: object) -> str:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _SUBJECT.fullmatch(text):
        raise TokenRefused("its sub is no user's id")
    return text


def _ticket(claims: dict[str, Any]) -> int | None:
    value = claims.get("ticket_id")
    if value is None:
        return None
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _TICKET.fullmatch(text):
        raise TokenRefused("its ticket_id is no number of a ticket")
    return int(text)


def _object(part: str) -> dict[str, Any]:
    """Decode one part: a JSON object without repeated keys, for parsers differ on those."""
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        value = json.loads(raw, object_pairs_hook=_without_repeats, parse_constant=_no_constant)
    except (binascii.Error, ValueError, RecursionError):
        raise TokenRefused("it is no JSON inside") from None
    if not isinstance(value, dict):
        raise TokenRefused("it is no JSON object inside")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
