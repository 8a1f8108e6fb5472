"""Keeps strangers out of the pages that need no password: other sites and other machines."""

import ipaddress
from urllib.parse import urlsplit

from flask import request

from bot.sandbox.replies import forbidden

_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def only_from_here() -> None:
    """Refuse callers from other machines, foreign host names and other sites' pages."""
    if not _is_loopback(request.remote_addr or "127.0.0.1"):
        raise forbidden("This page is for the machine it runs on")
    # A foreign name that was pointed at 127.0.0.1 is another site's script (DNS rebinding).
    if urlsplit(f"//{request.host}").hostname not in _NAMES:
        raise forbidden("Unknown host name")
    if request.method not in {"GET", "HEAD"} and not _same_origin():
        raise forbidden("Cross-site request")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _same_origin() -> bool:
    """A browser names the origin of every POST; a tool that sends none is no browser."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    return origin is None or origin == request.host_url.rstrip("/")
