"""Mints the token that Zendesk's proxy puts in the place of `{{jwt.token}}`."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


class SigningError(Exception):
    """The app asked for a token that the proxy does not make; the message says why."""


def minted(wanted: Mapping[str, Any], secret: str, now: int) -> str:
    """Return a token with the app's claims; `iat` and `exp` are the proxy's own."""
    if wanted.get("algorithm") != "HS256":
        raise SigningError(f"jwt.algorithm must be HS256, not {wanted.get('algorithm')!r}")
    claims, expiry = wanted.get("claims") or {}, wanted.get("expiry", 60)
    if not isinstance(claims, Mapping):
        raise SigningError("jwt.claims must be an object")
    if isinstance(expiry, bool) or not isinstance(expiry, int | float):
        raise SigningError("jwt.expiry must be a number of seconds")
    if not secret:
        raise SigningError("jwt.secret_key is empty: is the setting filled in?")
    body = {**claims, "iat": now, "exp": now + int(expiry)}
    signed = f"{_part({'typ': 'JWT', 'alg': 'HS256'})}.{_part(body)}"
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_text(digest)}"


def _part(value: Mapping[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
