"""zenpy over our own session: its objects and CRUD, our auth, budget, deadlines and errors.

zenpy brings its own retries (four PUTs for one), a cache and endless waits. None of that can
happen here, because its `requests` session has one adapter, and that hands every request to
`ZendeskSession.send`. `ZENPY_FORCE_*` is refused by `bot.config`.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from zenpy import Zenpy

from bot.zendesk.calls import Call
from bot.zendesk.errors import Rejected
from bot.zendesk.session import ZendeskSession

#: zenpy builds `https://<subdomain>.<domain>`; on loopback this name stands for the account.
_STAND_IN: Final = ("account", "zendesk.invalid")
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


def open_zenpy(session: ZendeskSession) -> Any:
    """Return a zenpy client for the session's account; zenpy ships no types."""
    subdomain, domain = _names_of(session)
    over = requests.Session()
    over.trust_env = False
    over.headers["User-Agent"] = "licensing-bot"
    adapter = _OverSession(session, f"https://{subdomain}.{domain}")
    over.mount("https://", adapter)
    over.mount("http://", adapter)
    # The token is added below, in the session; zenpy must only believe that there is one.
    over.authorized = True  # type: ignore[attr-defined]  # read by zenpy
    return Zenpy(subdomain=subdomain, domain=domain, session=over, disable_cache=True, timeout=10)


def _names_of(session: ZendeskSession) -> tuple[str, str]:
    subdomain, _, domain = session.host.partition(".")
    if session.account.url.startswith("https:") and domain and not domain.isdecimal():
        address = urlsplit(session.account.url).netloc
        if not domain.replace(".", "").isdecimal() and ":" not in address:
            return subdomain, domain
    return _STAND_IN


class _OverSession(BaseAdapter):
    """Sends what zenpy wants to send through our session; no other host is ever reached."""

    def __init__(self, session: ZendeskSession, pretended: str) -> None:
        super().__init__()
        self._session = session
        self._pretended = pretended

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002, ARG002
        timeout: object = None,  # noqa: ARG002  the session has a deadline
        verify: object = True,  # noqa: FBT002, ARG002  the session verifies
        cert: object = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> requests.Response:
        """Send through the session; its errors go up through zenpy as they are.

        The answer names the address that zenpy asked for, so that it recognises its own request;
        the links of a page name the account's, and both are accepted.
        """
        call = self._call_of(request)
        reply = self._session.send(call)
        if reply.ignored_keys and call.writes:
            raise Rejected(
                f"{call.route}: Zendesk ignored keys that we sent: {', '.join(reply.ignored_keys)}",
                status=reply.status,
                route=call.route,
            )
        response = requests.Response()
        response.status_code = reply.status
        response.headers = CaseInsensitiveDict(reply.headers)
        response.encoding = "utf-8"
        response.request = request
        response.url = str(request.url)
        response._content = reply.body  # noqa: SLF001  there is no public way to set it
        return response

    def close(self) -> None:
        """Nothing is open here."""

    def _call_of(self, request: requests.PreparedRequest) -> Call:
        url, method = str(request.url), str(request.method)
        for origin in (self._pretended, self._session.account.url):
            if url.startswith(f"{origin}/"):
                break
        else:
            raise Rejected(f"zenpy wanted to call another host: {urlsplit(url).hostname}")
        if method not in _METHODS:
            raise Rejected(f"zenpy wanted to send {method}")
        parts = urlsplit(url)
        # Zendesk's own description of its API knows the paths without zenpy's ending.
        path = parts.path.removesuffix(".json")
        return Call(
            method,  # type: ignore[arg-type]  # one of _METHODS
            path,
            path.removeprefix("/api/v2/").split("/")[0],
            params=dict(parse_qsl(parts.query, keep_blank_values=True)),
            payload=_payload(request.body, method),
        )


def _payload(body: str | bytes | Any | None, method: str) -> object | None:
    """Return the JSON that zenpy made; without the id that it repeats in the body of a change."""
    if not body or method == "DELETE":
        return None
    payload = json.loads(body)
    if method in ("PUT", "PATCH") and isinstance(payload, dict):
        for inner in payload.values():
            if isinstance(inner, dict):
                inner.pop("id", None)
    return payload  # type: ignore[no-any-return]  # whatever JSON holds
