"""Zendesk's proxy for `client.request`: fills in settings, mints the token, hands the answer on."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from bot.sandbox.host_apps import TrayApp
from bot.sandbox.host_jwt import SigningError, minted

SECONDS: Final = 15.0
_LARGEST: Final = 5 * 1024 * 1024
_SETTING: Final = re.compile(r"\{\{\s*setting\.([\w-]+)\s*\}\}")
_TOKEN: Final = re.compile(r"\{\{\s*jwt\.token\s*\}\}")
#: The proxy's own, and what a browser would not let a page set.
_DROPPED: Final = frozenset(
    {"host", "connection", "content-length", "cookie", "origin", "referer", "transfer-encoding"}
)
_PASSED_ON: Final = frozenset({"content-type", "cache-control", "etag", "retry-after", "vary"})


class ProxyError(Exception):
    """The proxy answers by itself; the message goes to the app."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the app asked for."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    secure: bool = False
    jwt: Mapping[str, Any] | None = None
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class Answered:
    """What the other side said."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def read(given: Mapping[str, Any]) -> Wanted:
    """Read the options of `client.request`, as the tray sends them."""
    jwt = given.get("jwt")
    headers = given.get("headers") or {}
    if not isinstance(headers, Mapping) or not isinstance(jwt, Mapping | None):
        raise ProxyError(400, "headers and jwt must be objects")
    return Wanted(
        url=str(given.get("url") or ""),
        method=str(given.get("method") or "GET").upper(),
        headers={str(name): str(value) for name, value in headers.items()},
        body=str(given.get("body") or ""),
        secure=given.get("secure") is True,
        jwt=jwt,
        seconds=_seconds(given.get("timeout")),
    )


def ask(app: TrayApp, wanted: Wanted, client: httpx.Client, now: int) -> Answered:
    """Send the request and return the answer, or raise `ProxyError`."""
    filler = _Filler(app, wanted, now)
    url = filler.fill(wanted.url, "url")
    _check_host(app, url)
    headers = {
        name: filler.fill(value, "header")
        for name, value in wanted.headers.items()
        # "Header names with an underscore are unsupported" (facts §3).
        if "_" not in name and name.lower() not in _DROPPED
    }
    body = filler.fill(wanted.body, "body") if wanted.body else ""
    request = client.build_request(
        wanted.method, url, headers=headers, content=body.encode() or None, timeout=wanted.seconds
    )
    try:
        answer = client.send(request)
    except httpx.TimeoutException:
        raise ProxyError(504, "The request timed out") from None
    except httpx.HTTPError as error:
        raise ProxyError(502, f"Could not connect: {type(error).__name__}") from None
    kept = [(name, value) for name, value in answer.headers.items() if name in _PASSED_ON]
    return Answered(answer.status_code, tuple(kept), answer.content[:_LARGEST])


def _check_host(app: TrayApp, url: str) -> None:
    """Zendesk lets requests with secrets out to the manifest's hosts only; this desk, any."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme not in {"http", "https"} or not host:
        raise ProxyError(403, f"{url[:200]} is not a proxyable URI")
    if host.endswith(".zendesk.com") or host not in app.hosts:
        raise ProxyError(
            403, f"{host} is not a proxyable URI: domainWhitelist names {sorted(app.hosts)}"
        )


@dataclass(slots=True)
class _Filler:
    """Puts settings and token in the place of their names, where the manifest allows it."""

    app: TrayApp
    wanted: Wanted
    now: int

    def fill(self, text: str, scope: str) -> str:
        """Fill one part of the request; without `secure: true` nothing is replaced."""
        if not self.wanted.secure:
            return text
        filled = _SETTING.sub(lambda found: self._setting(found[1], scope), text)
        return _TOKEN.sub(lambda _: self._token(), filled)

    def _setting(self, name: str, scope: str) -> str:
        parameter = self.app.parameter(name)
        scopes = parameter.get("scopes")
        if not parameter:
            raise ProxyError(400, f"setting.{name} is no parameter of this app")
        if parameter.get("secure") and scopes is not None and scope not in scopes:
            raise ProxyError(400, f"setting.{name} may not be used in {scope}: see its scopes")
        value = self.app.settings.get(name, parameter.get("default"))
        return "" if value is None else str(value)

    def _token(self) -> str:
        if self.wanted.jwt is None:
            raise ProxyError(400, "{{jwt.token}} needs the option jwt")
        try:
            return minted(
                {**self.wanted.jwt, "claims": self._claims(self.wanted.jwt.get("claims") or {})},
                self.fill(str(self.wanted.jwt.get("secret_key") or ""), "jwt_secret_key"),
                self.now,
            )
        except SigningError as problem:
            raise ProxyError(400, str(problem)) from problem

    def _claims(self, claims: Any) -> Any:
        if "{{" not in json.dumps(claims):
            return claims
        return {
            key: self.fill(value, "jwt_claim") if isinstance(value, str) else value
            for key, value in claims.items()
        }


def _seconds(milliseconds: Any) -> float:
    usable = isinstance(milliseconds, int | float) and milliseconds > 0
    return min(milliseconds / 1000, SECONDS) if usable else SECONDS
