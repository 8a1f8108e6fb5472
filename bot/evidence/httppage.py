"""A web page without its headers: whose words are these?"""

import re
from typing import Final

from bot.evidence.httpstatus import (
    BLOCK_WORDS,
    CAPTIVE_WORDS,
    page_of,
    squid_cause,
    squid_code,
    status_cause,
)
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.rules import first, table

HTML: Final = re.compile(r"<!doctype html|<html|<head|<title|<body|<h1", re.IGNORECASE)
OUR_PAGE: Final = re.compile(
    r"customers[ _-]portal|_customers_?dot|customersdot|/customers/sign_in", re.IGNORECASE
)
_REDIRECTED = re.compile(r"you are being .{0,80}redirected", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]{0,80}>[^<]{0,200}", re.IGNORECASE)
_STATUS_TITLE = re.compile(r"<(?:title|h1)[^>]{0,80}>\s*(?P<http_status>[45]\d\d)\b", re.IGNORECASE)
_MOVED = re.compile(r"<(?:title|h1)[^>]{0,80}>\s*30[12378] [a-z]", re.IGNORECASE)
#: Pages of the customer's own instance in trouble, and of the portal's own edge.
_KNOWN_PAGES = table(
    (
        (
            r"(?:gitlab|example company) is not responding|taking too much time to respond"
            r"|waiting for (?:gitlab|example company) to boot"
        ),
        "app_gateway_timeout",
    ),
    (r"whoops, something went wrong on our end", "app_error_500"),
    (
        (
            r"attention required! \| cloudflare|sorry, you have been blocked"
            r"|error code: 10[0-3]\d\b|just a moment\.\.\."
        ),
        "http_forbidden",
    ),
    (r"error code: 5[0-2]\d\b|<title>[^<|]{0,80}\| 5\d\d: ", "http_server_error"),
)


def judge_page(piece: Piece) -> Observation | None:
    """A filter's page may quote the portal's address, so its own words are looked for first."""
    page = page_of(piece.text)
    proxy = squid_code(page)
    if proxy and HTML.search(page):
        return piece.see(squid_cause(proxy), match=piece.where(proxy))
    blocked = BLOCK_WORDS.search(page)
    ours = OUR_PAGE.search(page) or _REDIRECTED.search(page)
    known = first(piece, _KNOWN_PAGES)
    if known is not None:
        return known
    if ours and not blocked:
        return piece.see("http_ok_redirect_signin", "ok", match=ours)
    return _foreign_page(piece, page) if HTML.search(page) else None


def _foreign_page(piece: Piece, page: str) -> Observation:
    title = _TITLE.search(page)
    status = _STATUS_TITLE.search(page)
    if _MOVED.search(page) and not BLOCK_WORDS.search(page):
        return _moved(piece, title)
    if CAPTIVE_WORDS.search(page) and not BLOCK_WORDS.search(page):
        return piece.see("http_captive_portal", match=title)
    if status and not BLOCK_WORDS.search(page.replace(status.group(0), "")):
        return piece.see(status_cause(int(status["http_status"])), match=status)
    return piece.see("http_block_page", match=title)


def _moved(piece: Piece, title: re.Match[str] | None) -> Observation:
    """The page below a redirect, without its header: of plain http it is what to expect."""
    if "http://" in piece.command:
        return piece.see("http_redirect_https", "warn", match=title)
    return piece.see("truncated", "unknown", match=title)
