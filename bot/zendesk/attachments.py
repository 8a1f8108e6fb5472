"""Fetches a ticket's files: from Zendesk's hosts only, within limits, trusting nothing they claim.

Zendesk answers for a private file with one redirect to a temporary address, which carries its own
permission; our credentials go to the account's host and nowhere else.
"""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Final
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from bot.runbook.ticket import Attachment
from bot.zendesk.calls import Call
from bot.zendesk.deadline import DeadlineTransport, seconds_left, total_deadline
from bot.zendesk.errors import AuthFailed, GatewayTrouble, Unreachable, ZendeskError, error_of
from bot.zendesk.session import USER_AGENT, ZendeskSession

#: Zendesk takes files up to 50 MB; what is larger is not what the ticket says.
LARGEST: Final = 50 * 1024 * 1024
#: Seconds for one file, redirect included.
PATIENCE: Final = 30.0
ROUTE: Final = "attachments.fetch"
#: Where Zendesk keeps files. A temporary address must be below one of these.
FILE_HOSTS: Final = ("zendesk.com", "zdusercontent.com", "zdassets.com")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LONGEST_ERROR: Final = 4096
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class AttachmentRefused(ZendeskError):  # noqa: N818  named like its siblings in errors.py
    """We do not fetch this file; asking again changes nothing."""


class AttachmentFetcher:
    """Fetches files of one account; safe to share between threads."""

    def __init__(
        self,
        session: ZendeskSession,
        *,
        largest: int = LARGEST,
        patience: float = PATIENCE,
        tls: ssl.SSLContext | None = None,
        proxy: str | None = None,
    ) -> None:
        self._session = session
        self._largest = largest
        self._patience = patience
        secure = session.account.url.startswith("https:")
        self._client = httpx.Client(
            transport=DeadlineTransport(
                tls or (httpx.create_ssl_context() if secure else None),
                proxy or session.account.proxy or None,
            ),
            headers={"user-agent": USER_AGENT, "accept": "*/*", "accept-encoding": "identity"},
            follow_redirects=False,
            trust_env=False,
        )

    def close(self) -> None:
        """Close idle connections."""
        self._client.close()

    def fetch(self, attachment: Attachment, into: IO[bytes], ticket_id: int | None = None) -> int:
        """Write the file's bytes and return how many; raises `ZendeskError`, then `into` is junk.

        The name and the type that the ticket gives are never used.
        """
        if attachment.malware:
            raise AttachmentRefused(f"{ROUTE}: Zendesk found malware in the file", route=ROUTE)
        if attachment.size > self._largest:
            raise self._too_large()
        address = own_address(self._session.account.url, attachment.content_url)
        call = Call("GET", "/attachments", ROUTE, ticket_id=ticket_id)
        authorization = self._session.admit(call)
        with total_deadline(self._patience):
            try:
                return self._fetched(address, authorization, into)
            except AuthFailed:
                if not self._session.renew(authorization):
                    raise
            return self._fetched(address, self._session.admit(call), into)

    def _fetched(self, address: str, authorization: str, into: IO[bytes]) -> int:
        with self._asked(address, {"authorization": authorization}) as answer:
            if answer.status_code not in _REDIRECTS:
                return self._copy(answer, into)
            moved = temporary_address(address, answer.headers.get("location", ""))
        # The temporary address is its own permission: nothing of ours goes there.
        with self._asked(moved, {}) as answer:
            return self._copy(answer, into)

    @contextmanager
    def _asked(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        request = self._client.build_request("GET", url, headers=dict(headers))
        try:
            answer = self._client.send(request, stream=True)
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise Unreachable(f"{ROUTE}: no connection ({error})", route=ROUTE) from error
        try:
            yield answer
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise Unreachable(f"{ROUTE}: the file broke off ({error})", route=ROUTE) from error
        finally:
            answer.close()

    def _copy(self, answer: httpx.Response, into: IO[bytes]) -> int:
        if answer.status_code in _REDIRECTS:
            raise AttachmentRefused(f"{ROUTE}: Zendesk redirects more than once", route=ROUTE)
        if answer.status_code != httpx.codes.OK:
            raise error_of(
                answer.status_code, dict(answer.headers.items()), _beginning(answer),
                route=ROUTE, writes=False,
            )  # fmt: skip
        told = answer.headers.get("content-length", "")
        if told.isdigit() and int(told) > self._largest:
            raise self._too_large()
        size = 0
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > self._largest:
                raise self._too_large()
            if seconds_left() <= 0:
                raise GatewayTrouble(f"{ROUTE}: the file did not arrive in time", route=ROUTE)
            into.write(piece)
        if told.isdigit() and not answer.headers.get("content-encoding") and size < int(told):
            raise GatewayTrouble(f"{ROUTE}: the file broke off", route=ROUTE)
        return size

    def _too_large(self) -> AttachmentRefused:
        megabytes = self._largest // (1024 * 1024)
        return AttachmentRefused(f"{ROUTE}: the file is larger than {megabytes} MB", route=ROUTE)


def own_address(account: str, url: str) -> str:
    """Return the address when it is on the account's own host and port, else refuse it."""
    home, parts = urlsplit(account), _parts(url)
    same = (parts.scheme, parts.netloc.lower()) == (home.scheme, home.netloc.lower())
    if not same or not parts.path.startswith("/"):
        raise AttachmentRefused(f"{ROUTE}: the file is not on {home.hostname}", route=ROUTE)
    return url


def temporary_address(address: str, location: str) -> str:
    """Return where the account's host sends us, when that is a host of Zendesk's files."""
    home = urlsplit(address).hostname or ""
    moved = urljoin(address, location)
    parts = _parts(moved)
    host = (parts.hostname or "").lower()
    if not location or parts.username is not None:
        raise AttachmentRefused(f"{ROUTE}: Zendesk redirects without an address", route=ROUTE)
    if home in _LOOPBACK and host in _LOOPBACK:
        return moved
    known = host == home or any(host == one or host.endswith("." + one) for one in FILE_HOSTS)
    if parts.scheme != "https" or parts.port not in (None, 443) or not known:
        where = host or "nowhere"
        raise AttachmentRefused(
            f"{ROUTE}: Zendesk redirects to {where}, which is no host of its files", route=ROUTE
        )
    return moved


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise AttachmentRefused(f"{ROUTE}: the file's address is malformed") from error
    return parts


def _beginning(answer: httpx.Response) -> bytes:
    found = b""
    for piece in answer.iter_bytes():
        found += piece
        if len(found) >= _LONGEST_ERROR:
            break
    return found[:_LONGEST_ERROR]
